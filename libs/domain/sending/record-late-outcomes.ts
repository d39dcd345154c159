import type { EntityManager } from 'typeorm';
import { Outcome, Via } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { incrementCounters } from '#domain/tracking';
import type { OutcomeRecord } from './delivery-outcome.js';
import { incrementsOf, insertAttempts, isCounted } from './record-outcomes.js';

/**
 * Outcomes of a worker whose mail another one took over meanwhile: what a server said is kept, never discarded. A reply
 * settles what the successor had to record as unknown; a deferral says nothing that the successor does not learn itself.
 */
export async function recordLateOutcomes(manager: EntityManager, records: readonly OutcomeRecord[]): Promise<void> {
  const settling = records.filter(({ outcome }) => outcome.outcome === Outcome.delivered || outcome.outcome === Outcome.bounced);
  if (settling.length === 0) return;
  const last = await lastOutcomes(
    manager,
    settling.map(({ deliveryId }) => deliveryId),
  );
  const kept = settling.filter(({ deliveryId, outcome }) => {
    const before = last.get(deliveryId);
    return outcome.outcome === Outcome.delivered || before === undefined || before === Outcome.unknown;
  });
  await insertAttempts(manager, kept);
  for (const record of kept) {
    const before = last.get(record.deliveryId);
    // Anything else was counted by the successor, or will be when it is done.
    if (before !== Outcome.unknown || !isCounted(record.batch)) continue;
    await incrementCounters(manager, [...incrementsOf(record), { campaignId: record.batch.campaignId, metric: 'unknown', by: -1 }]);
  }
}

async function lastOutcomes(manager: EntityManager, ids: readonly RowId[]): Promise<Map<RowId, Outcome>> {
  const rows: { delivery_id: RowId; outcome: Outcome }[] = await manager.query(
    `SELECT DISTINCT ON (delivery_id) delivery_id, outcome FROM attempts
     WHERE delivery_id = ANY($1::bigint[]) AND via <> ${Via.dsn} ORDER BY delivery_id, number DESC, id DESC`,
    [ids],
  );
  return new Map(rows.map((row) => [row.delivery_id, row.outcome]));
}
