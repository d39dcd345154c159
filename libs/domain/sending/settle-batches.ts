import type { EntityManager } from 'typeorm';
import { type BounceClass, type CounterMetric, MailClass, Outcome, type Via } from '#base/contracts';
import { type CounterIncrement, incrementCounters } from '#domain/tracking';

export interface SettledBatch {
  readonly workspace_id: string;
  readonly campaign_id: string | null;
  readonly lane_id: number;
  readonly class: MailClass;
  readonly attempt: number;
  readonly delivery_ids: readonly string[];
}

export interface Settlement {
  readonly outcome: Outcome;
  readonly via: Via;
  readonly bounceClass: BounceClass | null;
  /** Why, for people. */
  readonly reply: string;
}

const metricOf: Partial<Record<Outcome, CounterMetric>> = {
  [Outcome.cancelled]: 'cancelled',
  [Outcome.bounced]: 'bounced',
  [Outcome.failed]: 'failed',
};

/** Gives every delivery of deleted batches the same final outcome, and counts it, in the transaction that deleted them. */
export async function settleWholeBatches(
  manager: EntityManager,
  batches: readonly SettledBatch[],
  settlement: Settlement,
): Promise<number> {
  if (batches.length === 0) return 0;
  await manager.query(
    `INSERT INTO attempts (workspace_id, campaign_id, lane_id, number, delivery_id, outcome, via, bounce_class, reply)
     SELECT b.workspace_id, b.campaign_id, b.lane_id, b.number, unnest(b.ids::bigint[]), $6, $7, $8, $9
     FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::smallint[], $5::text[]) AS b (workspace_id, campaign_id, lane_id, number, ids)`,
    [
      batches.map((batch) => batch.workspace_id),
      batches.map((batch) => batch.campaign_id),
      batches.map((batch) => batch.lane_id),
      batches.map((batch) => batch.attempt),
      batches.map((batch) => `{${batch.delivery_ids.join(',')}}`),
      settlement.outcome,
      settlement.via,
      settlement.bounceClass,
      settlement.reply,
    ],
  );
  const metric = metricOf[settlement.outcome];
  // Test mail travels in the transactional class and is not counted.
  const counted = batches.filter((batch) => batch.campaign_id !== null && batch.class === MailClass.bulk && metric !== undefined);
  await incrementCounters(
    manager,
    counted.map((batch): CounterIncrement => ({
      campaignId: batch.campaign_id!,
      metric: metric!,
      dimension: settlement.bounceClass ?? '',
      by: batch.delivery_ids.length,
    })),
  );
  return batches.reduce((sum, batch) => sum + batch.delivery_ids.length, 0);
}
