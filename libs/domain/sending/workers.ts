import type { DataSource, EntityManager } from 'typeorm';
import { LEASE_MS } from './lane-leases.js';

export interface WorkerRow {
  readonly id: string;
  readonly hostname: string;
  readonly pid: number;
  /** Directory of its journal. */
  readonly journal: string;
  readonly isSilent: boolean;
}

/** A silent worker has let its own lease run out well before anybody takes over from it. */
const SILENT_AFTER_MS = LEASE_MS + 5_000;

export async function registerWorker(dataSource: DataSource, worker: Omit<WorkerRow, 'isSilent'>): Promise<void> {
  await dataSource.query('INSERT INTO mta_workers (id, hostname, pid, journal) VALUES ($1, $2, $3, $4)', [
    worker.id,
    worker.hostname,
    worker.pid,
    worker.journal,
  ]);
}

/** How many share the work, this one included; the dead count until somebody has taken over from them. */
export async function countWorkers(dataSource: DataSource): Promise<number> {
  const [{ n }] = (await dataSource.query('SELECT count(*)::int AS n FROM mta_workers')) as [{ n: number }];
  return n;
}

/** Renews the worker and all its leases. @returns false when another process has declared it dead and taken its mail over */
export async function renewWorker(dataSource: DataSource, workerId: string): Promise<boolean> {
  return dataSource.transaction(async (manager) => {
    const [, renewed]: [unknown, number] = await manager.query('UPDATE mta_workers SET heartbeat_at = now() WHERE id = $1', [workerId]);
    if (renewed === 0) return false;
    await manager.query(`UPDATE lanes SET lease_until = now() + interval '${LEASE_MS} milliseconds' WHERE lease_owner = $1`, [workerId]);
    return true;
  });
}

export async function listOtherWorkers(dataSource: DataSource, workerId: string): Promise<WorkerRow[]> {
  return dataSource.query(
    `SELECT id, hostname, pid, journal, heartbeat_at < now() - interval '${SILENT_AFTER_MS} milliseconds' AS "isSilent" FROM mta_workers WHERE id <> $1`,
    [workerId],
  );
}

/** Ends a worker's existence: it holds nothing any more. */
export async function removeWorker(manager: EntityManager, workerId: string): Promise<void> {
  await manager.query('UPDATE lanes SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = $1', [workerId]);
  await manager.query('DELETE FROM mta_workers WHERE id = $1', [workerId]);
}
