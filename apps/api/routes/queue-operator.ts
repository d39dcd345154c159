import type { DataSource } from 'typeorm';
import { type ActorContext, defineErrors } from '#base/kernel';
import type { OperatorScope } from '#domain/sending';

const operatorError = defineErrors({
  operator_required: {
    kind: 'forbidden',
    retry: 'never',
    meaning: 'Only administrators of the installation may see or change mail of all workspaces. Leave `scope` away to work on your own.',
  },
});

/**
 * Whose mail the caller may touch: that of their workspace, or all of it for an administrator of the installation who asks
 * for it. Never by an API key, which belongs to one workspace.
 * @throws ChaparError `operator_required`
 */
export async function operatorOf(dataSource: DataSource, context: ActorContext, scope: 'workspace' | 'instance'): Promise<OperatorScope> {
  const { kind, id } = context.actor;
  const [row] =
    kind === 'user'
      ? ((await dataSource.query('SELECT email AS name, is_instance_admin AS "isAdmin" FROM users WHERE id = $1', [id])) as NamedActor[])
      : ((await dataSource.query('SELECT name, false AS "isAdmin" FROM api_keys WHERE id::text = $1', [id])) as NamedActor[]);
  if (scope === 'instance' && !row?.isAdmin)
    throw operatorError('operator_required', 'Only administrators of the installation may work on mail of all workspaces.');
  const by = kind === 'user' ? (row?.name ?? 'a user') : `API key ${row?.name ?? id}`;
  return { workspaceId: scope === 'instance' ? null : context.workspaceId, by };
}

interface NamedActor {
  readonly name: string;
  readonly isAdmin: boolean;
}
