import type { DataSource } from 'typeorm';
import { Outcome, Via } from '#base/contracts';
import type { Account, Counted } from './reconcile.js';

/** What our database says of everybody who was written to: the last word of the queue, and what came back later. */
export function readAccounts(source: DataSource, bulkCampaignId: string): Promise<Account[]> {
  return source.query(
    `SELECT d.email AS recipient, d.campaign_id = $1 AS "isBulk", last.outcome, a.delivered, a.ambiguous, a."lateBounces"
     FROM deliveries d
     LEFT JOIN LATERAL (
       SELECT outcome FROM attempts a WHERE a.delivery_id = d.id AND a.via <> ${Via.dsn} ORDER BY a.number DESC, a.id DESC LIMIT 1) AS last ON true
     LEFT JOIN LATERAL (
       SELECT count(*) FILTER (WHERE a.outcome = ${Outcome.delivered})::int AS delivered,
         count(*) FILTER (WHERE a.outcome = ${Outcome.deferred} AND a.reply LIKE '%after the message was complete%')::int AS ambiguous,
         count(*) FILTER (WHERE a.via = ${Via.dsn})::int AS "lateBounces"
       FROM attempts a WHERE a.delivery_id = d.id) AS a ON true`,
    [bulkCampaignId],
  );
}

export async function readCounters(source: DataSource, campaignId: string): Promise<Counted> {
  const rows = (await source.query('SELECT metric, sum(value)::int AS n FROM counters WHERE campaign_id = $1 GROUP BY metric', [
    campaignId,
  ])) as { metric: string; n: number }[];
  return Object.fromEntries(rows.map(({ metric, n }) => [metric, n]));
}

/** Asks again while the pool finds out that its sessions are gone. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt > 100) throw new Error('the database does not answer any more', { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
