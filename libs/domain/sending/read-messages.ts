import { Outcome } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { type readDeliveries } from './batch-claims.js';
import type { LeasedBatch } from './leased-batch.js';
import type { CampaignEnvelope, OutgoingMessage } from './outgoing-message.js';

export type DeliveryRow = Awaited<ReturnType<typeof readDeliveries>>[number];

/** Why a delivery that was claimed is not to be sent: the queue itself can tell its outcome. */
export interface Unsendable {
  readonly outcome: Outcome;
  readonly reply: string;
}

/** @returns the message to send, or why it is not to be sent */
export function toMessage(
  id: RowId,
  row: DeliveryRow | undefined,
  lease: LeasedBatch,
  envelope: CampaignEnvelope | undefined,
  refusesSandbox: boolean,
): OutgoingMessage | Unsendable {
  if (!row) return { outcome: Outcome.failed, reply: 'The delivery was deleted before it was sent.' };
  if ((envelope?.isSandbox || row.isSandbox) && refusesSandbox)
    return {
      outcome: Outcome.failed,
      reply: 'The sandbox domain reaches only the built-in simulator, which is off while delivery is live.',
    };
  if (row.isSuppressed) return { outcome: Outcome.suppressed, reply: 'The address was suppressed after the campaign was prepared.' };
  const { facts } = lease;
  return {
    lease,
    class: facts.class,
    workspaceId: facts.workspaceId,
    deliveryId: id,
    kind: row.kind,
    email: row.email,
    domain: row.email.slice(row.email.lastIndexOf('@') + 1).toLowerCase(),
    merge: row.merge,
    templateVersionId: row.templateVersionId ?? envelope?.templateVersionId ?? null,
    envelope,
    messageId: row.messageId,
    signingDomain: envelope?.domainName ?? row.domainName ?? undefined,
    losses: 0,
  };
}
