import { createHash } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';

/** Something that a person or a key did to the installation. */
export interface AuditAction {
  /** Null: to the whole installation. */
  readonly workspaceId: string | null;
  /** For people: an address, a key's name, the command line. */
  readonly actor: string;
  /** `thing.verb`, such as `queue.suspend`. */
  readonly action: string;
  /** What it was done to, in words. */
  readonly target: string;
  /** What else is worth knowing; nothing secret. */
  readonly detail?: object;
}

export interface AuditEntry extends Required<Omit<AuditAction, 'detail'>> {
  /** From 1, without gaps. */
  readonly number: string;
  /** To the millisecond. */
  readonly at: Date;
  /** JSON text, as it was hashed. */
  readonly detail: string;
  readonly hash: Buffer;
}

const CHAIN_LOCK = 4_276_109;
const COLUMNS = 'number, at, workspace_id AS "workspaceId", actor, action, target, detail, hash';

/** Before the first entry. */
export const GENESIS: Buffer = Buffer.alloc(32);

/**
 * Adds an entry to the chain, in the transaction of what it records. Entries are written one after the other: a transaction
 * that appends should end soon.
 */
export async function appendAudit(manager: EntityManager, { workspaceId, actor, action, target, detail = {} }: AuditAction): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock($1)', [CHAIN_LOCK]);
  const [last] = await readEntries(manager, 'ORDER BY number DESC LIMIT 1', []);
  const entry = {
    number: (BigInt(last?.number ?? 0) + 1n).toString(),
    at: new Date(),
    workspaceId,
    actor,
    action,
    target,
    detail: JSON.stringify(detail),
  };
  await manager.query(
    'INSERT INTO audit_entries (number, at, workspace_id, actor, action, target, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
    [entry.number, entry.at.toISOString(), workspaceId, actor, action, target, entry.detail, hashOf(last?.hash ?? GENESIS, entry)],
  );
}

/** The newest first. @param workspaceId null: of the whole installation and all workspaces */
export function listAudit(dataSource: DataSource, workspaceId: string | null, limit: number): Promise<AuditEntry[]> {
  return readEntries(dataSource, 'WHERE $1::uuid IS NULL OR workspace_id = $1 ORDER BY number DESC LIMIT $2', [workspaceId, limit]);
}

export function readEntries(source: Pick<DataSource, 'query'>, which: string, values: readonly unknown[]): Promise<AuditEntry[]> {
  return source.query(`SELECT ${COLUMNS} FROM audit_entries ${which}`, [...values]);
}

/** SHA-256 of the hash before and of every field; as JSON, so that no two entries give the same bytes. */
export function hashOf(previous: Buffer, { number, at, workspaceId, actor, action, target, detail }: Omit<AuditEntry, 'hash'>): Buffer {
  const fields = JSON.stringify([number, at.toISOString(), workspaceId, actor, action, target, detail]);
  return createHash('sha256').update(previous).update(fields).digest();
}
