import type { EntityManager } from 'typeorm';
import type { CounterMetric } from '#base/contracts';

export interface CounterIncrement {
  readonly campaignId: string;
  readonly metric: CounterMetric;
  /** Bounce class, provider, …; '' for metrics without one. */
  readonly dimension?: string;
  readonly by: number;
}

/**
 * Adds to campaign counters inside the caller's transaction. Increments of the same counter are summed first and the
 * rows are touched in key order, so that two processes counting at once wait for each other but never deadlock.
 */
export async function incrementCounters(manager: EntityManager, increments: readonly CounterIncrement[]): Promise<void> {
  const sums = new Map<string, CounterIncrement>();
  for (const increment of increments) {
    const key = `${increment.campaignId} ${increment.metric} ${increment.dimension ?? ''}`;
    const known = sums.get(key);
    sums.set(key, known ? { ...known, by: known.by + increment.by } : increment);
  }
  const rows = [...sums].filter(([, row]) => row.by !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  if (rows.length === 0) return;
  await manager.query(
    `INSERT INTO counters (campaign_id, metric, dimension, value)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[])
     ON CONFLICT (campaign_id, metric, dimension) DO UPDATE SET value = counters.value + excluded.value`,
    [
      rows.map(([, row]) => row.campaignId),
      rows.map(([, row]) => row.metric),
      rows.map(([, row]) => row.dimension ?? ''),
      rows.map(([, row]) => row.by),
    ],
  );
}

/** A campaign's counters: metric → dimension → value. Metrics without a dimension are under ''. */
export type CounterValues = ReadonlyMap<CounterMetric, ReadonlyMap<string, number>>;

export async function readCounters(manager: EntityManager, campaignIds: readonly string[]): Promise<Map<string, CounterValues>> {
  const rows: { campaign_id: string; metric: CounterMetric; dimension: string; value: string }[] = await manager.query(
    'SELECT campaign_id, metric, dimension, value FROM counters WHERE campaign_id = ANY($1::uuid[])',
    [campaignIds],
  );
  const byCampaign = new Map<string, Map<CounterMetric, Map<string, number>>>(campaignIds.map((id) => [id, new Map()]));
  for (const row of rows) {
    const metrics = byCampaign.get(row.campaign_id)!;
    if (!metrics.has(row.metric)) metrics.set(row.metric, new Map());
    metrics.get(row.metric)!.set(row.dimension, Number(row.value));
  }
  return byCampaign;
}

/** The sum of a metric over its dimensions. */
export function counterTotal(values: CounterValues, metric: CounterMetric): number {
  let total = 0;
  for (const value of values.get(metric)?.values() ?? []) total += value;
  return total;
}
