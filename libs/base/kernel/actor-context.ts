/**
 * Who acts, and in which workspace: the first argument of every domain method.
 * A repository filters by `workspaceId` and by nothing the caller can choose.
 */
export interface ActorContext {
  readonly workspaceId: string;
  readonly actor: { readonly kind: 'user' | 'api-key' | 'mailbox' | 'system'; readonly id: string };
}

/** The product acting on its own behalf (a job, a listener) inside one workspace. */
export function systemActor(workspaceId: string, id: string): ActorContext {
  return { workspaceId, actor: { kind: 'system', id } };
}
