import type { EntityManager } from 'typeorm';
import { type CounterMetric, MailClass, Outcome } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { type BouncedDelivery, suppressHardBounces } from '#domain/feedback';
import { type CounterIncrement, incrementCounters } from '#domain/tracking';
import type { BatchFacts, OutcomeRecord } from './delivery-outcome.js';
import { BATCH_SIZE } from './enqueue-deliveries.js';

const metricOf: Record<Outcome, CounterMetric> = {
  [Outcome.delivered]: 'accepted',
  [Outcome.deferred]: 'deferred_total',
  [Outcome.bounced]: 'bounced',
  [Outcome.failed]: 'failed',
  [Outcome.cancelled]: 'cancelled',
  [Outcome.unknown]: 'unknown',
  [Outcome.suppressed]: 'suppressed',
};

/** Appends outcomes, counts them, and queues the deferred ones again, in the caller's transaction. */
export async function recordOutcomes(manager: EntityManager, records: readonly OutcomeRecord[]): Promise<void> {
  if (records.length === 0) return;
  await insertAttempts(manager, records);
  await queueRetries(manager, records);
  // Before the counters, as in every transaction that writes both: the other order could deadlock.
  await suppressHardBounces(manager, records.filter(isBounce).map(toBounce));
  await incrementCounters(manager, records.flatMap(incrementsOf));
}

function isBounce({ outcome }: OutcomeRecord): boolean {
  return outcome.outcome === Outcome.bounced;
}

function toBounce({ deliveryId, outcome }: OutcomeRecord): BouncedDelivery {
  return { deliveryId, bounceClass: outcome.bounceClass, reply: outcome.reply };
}

export async function insertAttempts(manager: EntityManager, records: readonly OutcomeRecord[]): Promise<void> {
  const column = <T>(of: (record: OutcomeRecord) => T): T[] => records.map(of);
  await manager.query(
    `INSERT INTO attempts (workspace_id, campaign_id, delivery_id, number, outcome, via, bounce_class, smtp_code, enhanced_code, reply, mx, lane_id, tls, duration_ms, epoch, at, transcript)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::smallint[], $5::smallint[], $6::smallint[], $7::text[], $8::smallint[], $9::text[],
       $10::text[], $11::text[], $12::int[], $13::jsonb[], $14::int[], $15::bigint[], $16::timestamptz[], $17::bytea[])`,
    [
      column(({ batch }) => batch.workspaceId),
      column(({ batch }) => batch.campaignId),
      column(({ deliveryId }) => deliveryId),
      column(({ batch }) => batch.attempt),
      column(({ outcome }) => outcome.outcome),
      column(({ outcome }) => outcome.via),
      column(({ outcome }) => outcome.bounceClass),
      column(({ outcome }) => outcome.smtpCode),
      column(({ outcome }) => outcome.enhancedCode),
      column(({ outcome }) => outcome.reply),
      column(({ outcome }) => outcome.mx),
      column(({ batch }) => batch.laneId),
      column(({ outcome }) => outcome.tls && JSON.stringify(outcome.tls)),
      column(({ outcome }) => (outcome.durationMs === null ? null : Math.round(outcome.durationMs))),
      column(({ batch }) => batch.epoch),
      column(({ outcome }) => outcome.at.toISOString()),
      column(({ outcome }) => outcome.transcript ?? null),
    ],
  );
}

/** Campaign mail is counted; test mail travels in the transactional class and is not. */
export function isCounted(batch: BatchFacts): batch is BatchFacts & { campaignId: string } {
  return batch.campaignId !== null && batch.class === MailClass.bulk;
}

export function incrementsOf({ batch, outcome }: OutcomeRecord): CounterIncrement[] {
  if (!isCounted(batch)) return [];
  const { campaignId } = batch;
  const increments: CounterIncrement[] = [{ campaignId, metric: metricOf[outcome.outcome], dimension: dimensionOf(batch, outcome), by: 1 }];
  if (outcome.outcome === Outcome.deferred && batch.attempt === 1) increments.push({ campaignId, metric: 'deferred_unique', by: 1 });
  return increments;
}

function dimensionOf(batch: BatchFacts, outcome: OutcomeRecord['outcome']): string {
  switch (outcome.outcome) {
    case Outcome.delivered:
    case Outcome.deferred:
      return batch.provider;
    case Outcome.bounced:
      return outcome.bounceClass ?? 'other';
    default:
      return '';
  }
}

/** Deferred deliveries of the same kind that came back together wait together, as one new batch. */
async function queueRetries(manager: EntityManager, records: readonly OutcomeRecord[]): Promise<void> {
  const groups = new Map<string, { batch: BatchFacts; dueAt: Date; ids: RowId[] }>();
  for (const { batch, deliveryId, dueAt } of records) {
    if (dueAt === undefined) continue;
    const key = `${batch.laneId} ${batch.workspaceId} ${batch.campaignId} ${batch.class} ${batch.attempt} ${batch.expiresAt.getTime()}`;
    const group = groups.get(key);
    if (group) group.ids.push(deliveryId);
    else groups.set(key, { batch, dueAt, ids: [deliveryId] });
  }
  const rows = [...groups.values()];
  if (rows.length === 0) return;
  await insertBatches(
    manager,
    rows.map(({ batch, dueAt, ids }) => ({ ...batch, attempt: batch.attempt + 1, dueAt, deliveryIds: ids })),
  );
}

export type NewBatch = Pick<BatchFacts, 'laneId' | 'workspaceId' | 'campaignId' | 'class' | 'attempt' | 'expiresAt'> & {
  readonly dueAt: Date;
  readonly deliveryIds: readonly RowId[];
  /** The order that holds them back. */
  readonly holdId?: number | undefined;
  /** Mail of an API call that has not been tried yet: found by it to be cancelled or put off. */
  readonly messageId?: string | null | undefined;
};

/** Queues what belongs together as one batch, however many single deliveries it came from. */
export async function insertBatches(manager: EntityManager, parts: readonly NewBatch[]): Promise<void> {
  const batches = joinBatches(parts);
  await manager.query(
    `INSERT INTO batches (lane_id, workspace_id, campaign_id, class, attempt, due_at, expires_at, delivery_ids, hold_id, held_at, message_id)
     SELECT b.lane_id, b.workspace_id, b.campaign_id, b.class, b.attempt, b.due_at, b.expires_at, b.ids::bigint[],
       b.hold_id, CASE WHEN b.hold_id IS NOT NULL THEN now() END, b.message_id
     FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::smallint[], $5::smallint[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::int[], $10::uuid[])
       AS b (lane_id, workspace_id, campaign_id, class, attempt, due_at, expires_at, ids, hold_id, message_id)`,
    [
      batches.map((batch) => batch.laneId),
      batches.map((batch) => batch.workspaceId),
      batches.map((batch) => batch.campaignId),
      batches.map((batch) => batch.class),
      batches.map((batch) => batch.attempt),
      batches.map((batch) => batch.dueAt.toISOString()),
      batches.map((batch) => batch.expiresAt.toISOString()),
      batches.map((batch) => `{${batch.deliveryIds.join(',')}}`),
      batches.map((batch) => batch.holdId ?? null),
      batches.map((batch) => batch.messageId ?? null),
    ],
  );
}

/** Deliveries that were handed back one by one (a domain that moved, a pause) would otherwise be claimed one by one for ever. */
function joinBatches(parts: readonly NewBatch[]): NewBatch[] {
  const groups = Map.groupBy(parts, (part) => {
    const second = Math.floor(part.dueAt.getTime() / 1000);
    const { laneId, workspaceId, campaignId, attempt, expiresAt, holdId, messageId } = part;
    return [laneId, workspaceId, campaignId, part.class, attempt, expiresAt.getTime(), holdId, messageId, second].join(' ');
  });
  return [...groups.values()].flatMap((group) => {
    const ids = group.flatMap(({ deliveryIds }) => deliveryIds);
    const pieces = Math.ceil(ids.length / BATCH_SIZE);
    return Array.from({ length: pieces }, (_, i) => ({ ...group[0]!, deliveryIds: ids.slice(i * BATCH_SIZE, (i + 1) * BATCH_SIZE) }));
  });
}
