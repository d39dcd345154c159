import type { DataSource, EntityManager } from 'typeorm';
import { type MailClass, Outcome, Via } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { settleAmbiguous } from './ambiguity.policy.js';
import type { BatchFacts, OutcomeRecord } from './delivery-outcome.js';
import type { JournalReplay } from './journal.js';
import { recordOutcomes } from './record-outcomes.js';
import type { RetryPolicy } from './retry-schedule.policy.js';
import { removeWorker } from './workers.js';

export interface RecoveryReport {
  /** Outcomes that were in the journal and not yet in the database. */
  readonly replayed: number;
  /** Final dot without reply. */
  readonly ambiguous: number;
  /** Back in the queue, unsent. */
  readonly requeued: number;
}

interface LeasedRow {
  id: RowId;
  lane_id: number;
  provider: string;
  workspace_id: string;
  campaign_id: string | null;
  class: MailClass;
  attempt: number;
  expires_at: Date;
  lease_epoch: string | null;
  delivery_ids: RowId[];
}

/**
 * Accounts for everything that a dead worker held, in one transaction: what its journal knows is recorded, what may have
 * been sent is settled by policy, and the rest goes back into the queue. Undefined when another process is at it.
 */
export async function recoverWorker(
  dataSource: DataSource,
  workerId: string,
  journal: () => JournalReplay,
  retry: RetryPolicy,
): Promise<RecoveryReport | undefined> {
  return dataSource.transaction(async (manager) => {
    // An advisory lock rather than the worker's row: leases may outlive the row (see `orphanedOwners`).
    const [{ locked }]: [{ locked: boolean }] = await manager.query(
      `SELECT pg_try_advisory_xact_lock(hashtextextended('chapar-recover:' || $1, 0)) AS locked`,
      [workerId],
    );
    if (!locked) return undefined;
    // First of all the row, so that a worker that only slept can renew nothing any more.
    await removeWorker(manager, workerId);
    const batches: LeasedRow[] = await manager.query(
      `SELECT b.id, b.lane_id, l.provider, b.workspace_id, b.campaign_id, b.class, b.attempt, b.expires_at, b.lease_epoch, b.delivery_ids
       FROM batches b JOIN lanes l ON l.id = b.lane_id WHERE b.lease_owner = $1 ORDER BY b.id FOR UPDATE OF b`,
      [workerId],
    );
    return accountFor(manager, batches, journal(), retry);
  });
}

/** Owners of leases that no longer exist: a claim that crossed with the recovery of its worker leaves them. */
export async function orphanedOwners(dataSource: DataSource): Promise<string[]> {
  const rows: { lease_owner: string }[] = await dataSource.query(
    `SELECT DISTINCT lease_owner FROM batches b WHERE lease_owner IS NOT NULL AND NOT EXISTS (SELECT FROM mta_workers w WHERE w.id = b.lease_owner)`,
  );
  return rows.map((row) => row.lease_owner);
}

async function accountFor(
  manager: EntityManager,
  batches: readonly LeasedRow[],
  journal: JournalReplay,
  retry: RetryPolicy,
): Promise<RecoveryReport> {
  const done = await recordedAlready(manager, batches);
  const records: OutcomeRecord[] = [];
  const waiting = new Map<RowId, RowId[]>();
  let ambiguous = 0;
  for (const row of batches) {
    const batch = factsOf(row);
    const unsent: RowId[] = [];
    for (const deliveryId of row.delivery_ids) {
      if (done.has(`${row.attempt}/${deliveryId}`)) continue;
      const state = journal.stateOf({ batchId: row.id, deliveryId, attempt: row.attempt });
      if (state?.type === 'reply') {
        records.push({ batch, deliveryId, ...replayed(batch, state.outcome, retry) });
      } else if (state?.type === 'dot') {
        ambiguous++;
        records.push({ batch, deliveryId, ...settleAmbiguous(batch, { at: new Date() }, 'the sending process died', retry) });
      } else {
        unsent.push(deliveryId);
      }
    }
    waiting.set(row.id, unsent);
  }
  await recordOutcomes(manager, records);
  await putBack(manager, waiting);
  return { replayed: records.length - ambiguous, ambiguous, requeued: [...waiting.values()].reduce((sum, ids) => sum + ids.length, 0) };
}

/** A journaled deferral is due again after its wait, counted from when it was deferred. */
function replayed(batch: BatchFacts, outcome: OutcomeRecord['outcome'], retry: RetryPolicy): Pick<OutcomeRecord, 'outcome' | 'dueAt'> {
  if (outcome.outcome !== Outcome.deferred) return { outcome };
  // Expiry was judged when the outcome was journaled: a deferral always has a next attempt, however late.
  return { outcome, dueAt: retry.nextDue(batch.class, batch.attempt, outcome.at, batch.expiresAt) ?? batch.expiresAt };
}

async function recordedAlready(manager: EntityManager, batches: readonly LeasedRow[]): Promise<Set<string>> {
  const ids = batches.flatMap((batch) => batch.delivery_ids);
  const rows: { delivery_id: RowId; number: number }[] = await manager.query(
    `SELECT delivery_id, number FROM attempts WHERE delivery_id = ANY($1::bigint[]) AND via <> ${Via.dsn}`,
    [ids],
  );
  return new Set(rows.map(({ delivery_id, number }) => `${number}/${delivery_id}`));
}

async function putBack(manager: EntityManager, waiting: ReadonlyMap<RowId, readonly RowId[]>): Promise<void> {
  const kept = [...waiting].filter(([, ids]) => ids.length > 0);
  await manager.query(
    `UPDATE batches SET lease_owner = NULL, lease_epoch = NULL, delivery_ids = w.ids::bigint[]
     FROM unnest($1::bigint[], $2::text[]) AS w (id, ids) WHERE batches.id = w.id`,
    [kept.map(([id]) => id), kept.map(([, ids]) => `{${ids.join(',')}}`)],
  );
  await manager.query('DELETE FROM batches WHERE id = ANY($1::bigint[])', [
    [...waiting].filter(([, ids]) => ids.length === 0).map(([id]) => id),
  ]);
}

function factsOf(row: LeasedRow): BatchFacts {
  return {
    id: row.id,
    laneId: row.lane_id,
    provider: row.provider,
    workspaceId: row.workspace_id,
    campaignId: row.campaign_id,
    class: row.class,
    attempt: row.attempt,
    expiresAt: row.expires_at,
    epoch: row.lease_epoch ?? '0',
  };
}
