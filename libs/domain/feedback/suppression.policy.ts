import type { EntityManager } from 'typeorm';
import { type BounceClass, simulatedAddresses } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { allowedSql } from '#domain/audience';

/**
 * Refusals after which the address is written to no more: nobody reads there, and providers count every further attempt
 * against the sender. A refusal because of the content, the sender or a full mailbox says nothing about the address.
 */
const hardBounces: ReadonlySet<BounceClass> = new Set(['invalid-recipient', 'bad-domain', 'inactive-mailbox']);

export interface BouncedDelivery {
  readonly deliveryId: RowId;
  readonly bounceClass: BounceClass | null;
  /** What the server said. */
  readonly reply: string;
}

/** Suppresses the addresses behind hard bounces, in the transaction that records them. What was suppressed before keeps its reason; who was let have mail is not suppressed. */
export async function suppressHardBounces(
  manager: EntityManager,
  bounced: readonly BouncedDelivery[],
  source: 'smtp' | 'dsn' = 'smtp',
): Promise<void> {
  const hard = bounced.filter(({ bounceClass }) => bounceClass !== null && hardBounces.has(bounceClass));
  if (hard.length === 0) return;
  // Ordered, so that two transactions that meet in the same addresses wait for each other instead of deadlocking.
  await manager.query(
    `INSERT INTO suppressions (workspace_id, address_key, reason, detail, delivery_id, source)
     SELECT DISTINCT ON (d.workspace_id, lower(d.email)) d.workspace_id, lower(d.email), 'hard-bounce', b.reply, d.id, $3
     FROM unnest($1::bigint[], $2::text[]) AS b (delivery_id, reply) JOIN deliveries d ON d.id = b.delivery_id
     WHERE NOT ${allowedSql('lower(d.email)', 'd.workspace_id')} AND lower(d.email) <> ALL($4::text[])
     ORDER BY d.workspace_id, lower(d.email)
     ON CONFLICT DO NOTHING`,
    [hard.map(({ deliveryId }) => deliveryId), hard.map(({ reply }) => reply), source, simulatedAddresses],
  );
}
