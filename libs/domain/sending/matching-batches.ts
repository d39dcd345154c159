import type { DataSource, EntityManager } from 'typeorm';
import type { MailClass } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { type QueueFilter, batchFilter, batchFilterValues } from './queue-orders.js';
import { type NewBatch, insertBatches } from './record-outcomes.js';

/** A batch in the queue, and which of its deliveries a filter means. */
export interface MatchingBatch {
  readonly id: RowId;
  readonly lane_id: number;
  readonly workspace_id: string;
  readonly campaign_id: string | null;
  readonly class: MailClass;
  readonly attempt: number;
  readonly due_at: Date;
  readonly expires_at: Date;
  readonly hold_id: number | null;
  readonly message_id: string | null;
  /** Of its lane. */
  readonly source_id: number;
  readonly site: string;
  readonly provider: string;
  readonly delivery_ids: readonly RowId[];
  /** At least one. */
  readonly matched: readonly RowId[];
}

/** So many batches are a tenth of a second's work: senders that wait for one of them hardly notice. */
const CHUNK = 400;

/**
 * Walks over the waiting batches that a filter means, some hundred to a transaction. Those of senders are left out: orders
 * tell them. So are those that a sender is just claiming.
 * @param condition on `b`, beside the filter
 * @param upTo deliveries with a higher id are not meant
 * @returns the sum of what `work` returns
 */
export async function eachMatchingBatch(
  dataSource: DataSource,
  filter: QueueFilter,
  { condition, upTo }: { readonly condition: string; readonly upTo: RowId | null },
  work: (manager: EntityManager, batches: readonly MatchingBatch[]) => Promise<number>,
): Promise<number> {
  let done = 0;
  for (let after: RowId | undefined = '0'; after !== undefined;) {
    const from: RowId = after;
    after = await dataSource.transaction(async (manager) => {
      const rows = (await manager.query(
        `SELECT b.id, b.lane_id, b.workspace_id, b.campaign_id, b.class, b.attempt, b.due_at, b.expires_at, b.hold_id, b.message_id, l.source_id, l.site, l.provider, b.delivery_ids,
           CASE WHEN $1::text IS NULL THEN b.delivery_ids ELSE ARRAY(
             SELECT d.id FROM unnest(b.delivery_ids) AS one (id) JOIN deliveries d ON d.id = one.id WHERE lower(split_part(d.email, '@', -1)) = $1) END AS matched
         FROM batches b JOIN lanes l ON l.id = b.lane_id
         WHERE b.id > $2 AND b.lease_owner IS NULL AND ${condition} AND ${batchFilter(3)}
         ORDER BY b.id LIMIT ${CHUNK} FOR UPDATE OF b SKIP LOCKED`,
        [filter.domain ?? null, from, ...batchFilterValues(filter)],
      )) as MatchingBatch[];
      const meant = rows
        .map((row) => (upTo === null ? row : { ...row, matched: row.matched.filter((id) => BigInt(id) <= BigInt(upTo)) }))
        .filter(({ matched }) => matched.length > 0);
      if (meant.length > 0) done += await work(manager, meant);
      return rows.length < CHUNK ? undefined : rows.at(-1)!.id;
    });
  }
  return done;
}

/**
 * Makes batches of what was meant: whole ones stay, of the others the meant deliveries become batches of their own.
 * @returns ids of the whole ones
 */
export async function separate(
  manager: EntityManager,
  batches: readonly MatchingBatch[],
  change: (batch: MatchingBatch) => Partial<Pick<NewBatch, 'dueAt' | 'holdId' | 'laneId'>>,
): Promise<RowId[]> {
  const parts = batches.filter((batch) => !isWhole(batch));
  if (parts.length > 0) {
    await shrink(manager, parts);
    await insertBatches(
      manager,
      parts.map((batch) => ({
        laneId: batch.lane_id,
        workspaceId: batch.workspace_id,
        campaignId: batch.campaign_id,
        class: batch.class,
        attempt: batch.attempt,
        expiresAt: batch.expires_at,
        dueAt: batch.due_at,
        deliveryIds: batch.matched,
        messageId: batch.message_id,
        ...change(batch),
      })),
    );
  }
  return batches.filter(isWhole).map(({ id }) => id);
}

/** Takes what was meant out of the queue. */
export async function remove(manager: EntityManager, batches: readonly MatchingBatch[]): Promise<void> {
  await shrink(
    manager,
    batches.filter((batch) => !isWhole(batch)),
  );
  await manager.query('DELETE FROM batches WHERE id = ANY($1::bigint[])', [batches.filter(isWhole).map(({ id }) => id)]);
}

export function countMatched(batches: readonly MatchingBatch[]): number {
  return batches.reduce((sum, { matched }) => sum + matched.length, 0);
}

function isWhole({ matched, delivery_ids }: MatchingBatch): boolean {
  return matched.length === delivery_ids.length;
}

async function shrink(manager: EntityManager, parts: readonly MatchingBatch[]): Promise<void> {
  if (parts.length === 0) return;
  const rests = parts.map(({ delivery_ids, matched }) => {
    const taken = new Set(matched);
    return `{${delivery_ids.filter((id) => !taken.has(id)).join(',')}}`;
  });
  await manager.query(
    `UPDATE batches SET delivery_ids = r.ids::bigint[] FROM unnest($1::bigint[], $2::text[]) AS r (id, ids) WHERE batches.id = r.id`,
    [parts.map(({ id }) => id), rests],
  );
}
