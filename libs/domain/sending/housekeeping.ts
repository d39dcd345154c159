import path from 'node:path';
import type { DataSource } from 'typeorm';
import { MailClass, Outcome, Via } from '#base/contracts';
import type { Logger } from '#base/kernel';
import { isAlive } from '#platform/database';
import { JournalReplay } from './journal.js';
import { type RecoveryReport, orphanedOwners, recoverWorker } from './recover-worker.js';
import type { RetryPolicy } from './retry-schedule.policy.js';
import { cancelQueued } from './sending-control.js';
import { type SettledBatch, settleWholeBatches } from './settle-batches.js';
import { type WorkerRow, listOtherWorkers } from './workers.js';

export interface HousekeepingOptions {
  readonly dataSource: DataSource;
  readonly workerId: string;
  readonly hostname: string;
  /** Where the journals of this machine's workers lie. */
  readonly journalRoot: string;
  readonly retry: RetryPolicy;
  readonly logger: Logger;
  /** Told the directory of a journal that is accounted for. */
  readonly discardJournal: (directory: string) => void;
}

/** Takes over from workers that died: at once when their process is gone from this machine, else when they are silent. */
export async function recoverDeadWorkers(options: HousekeepingOptions): Promise<number> {
  let recovered = 0;
  for (const worker of await listOtherWorkers(options.dataSource, options.workerId)) {
    if (!isDead(worker, options.hostname)) continue;
    if (worker.hostname !== options.hostname) {
      // Without its journal nobody can tell what it sent.
      options.logger.warn(
        { worker: worker.id, host: worker.hostname },
        'a delivery process on another machine is silent; its mail waits for a process there',
      );
      continue;
    }
    recovered += (await recover(options, worker.id, worker.journal)) ? 1 : 0;
  }
  for (const owner of await orphanedOwners(options.dataSource))
    recovered += (await recover(options, owner, path.join(options.journalRoot, owner))) ? 1 : 0;
  return recovered;
}

/** Workers of this very process: in a container every successor has the process id of its predecessor. */
export const workersHere = new Set<string>();

/** A process id that belongs to nobody, or to us, is no longer the worker's own; one given to a stranger shows by silence. */
function isDead(worker: WorkerRow, hostname: string): boolean {
  if (worker.isSilent) return true;
  if (worker.hostname !== hostname) return false;
  return worker.pid === process.pid ? !workersHere.has(worker.id) : !isAlive(worker.pid);
}

async function recover(options: HousekeepingOptions, workerId: string, journal: string): Promise<RecoveryReport | undefined> {
  const report = await recoverWorker(options.dataSource, workerId, () => JournalReplay.read(journal), options.retry);
  if (report) {
    options.logger.warn({ worker: workerId, ...report }, 'took over the mail of a delivery process that died');
    options.discardJournal(journal);
  }
  return report;
}

/** Settles queued mail that will never be claimed: of campaigns that were cancelled or deleted while it was being queued. */
export async function sweepCancelled(dataSource: DataSource): Promise<number> {
  const rows: { campaign_id: string }[] = await dataSource.query(
    `SELECT DISTINCT b.campaign_id FROM batches b LEFT JOIN campaigns c ON c.id = b.campaign_id
     WHERE b.campaign_id IS NOT NULL AND b.class = ${MailClass.bulk} AND b.lease_owner IS NULL AND (c.id IS NULL OR c.status = 'cancelled')`,
  );
  let cancelled = 0;
  for (const { campaign_id } of rows) cancelled += await dataSource.transaction((manager) => cancelQueued(manager, campaign_id));
  return cancelled;
}

/** Bounces what expired in the queue, behind a lane that stood still. Held mail and that of a paused campaign waits for its people. */
export async function sweepExpired(dataSource: DataSource): Promise<number> {
  return dataSource.transaction(async (manager) => {
    const [batches]: [SettledBatch[], number] = await manager.query(
      `DELETE FROM batches b WHERE b.expires_at <= now() AND b.lease_owner IS NULL AND b.hold_id IS NULL
         AND NOT EXISTS (SELECT FROM campaigns c WHERE c.id = b.campaign_id AND c.status = 'paused')
       RETURNING workspace_id, campaign_id, lane_id, class, attempt, delivery_ids`,
    );
    return settleWholeBatches(manager, batches, {
      outcome: Outcome.bounced,
      via: Via.queue,
      bounceClass: 'expired',
      reply: 'It could not be delivered in time.',
    });
  });
}
