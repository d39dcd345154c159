import type { EntityManager } from 'typeorm';
import { suppressedSql } from '../selection-sql.js';

export interface MergeChunk {
  readonly table: string;
  readonly workspaceId: string;
  readonly listId: string;
  /** Rows with fromLine < line <= toLine. */
  readonly fromLine: number;
  readonly toLine: number;
  readonly onDuplicate: 'update' | 'skip';
  readonly status: 'subscribed' | 'unconfirmed';
  readonly resubscribe: boolean;
}

export interface MergeCounts {
  readonly rows: number;
  readonly created: number;
  readonly updated: number;
  readonly subscribed: number;
  readonly keptUnsubscribed: number;
  readonly suppressed: number;
}

/** Merges a chunk of the staging table into contacts and memberships, in the caller's transaction. */
export async function mergeChunk(manager: EntityManager, chunk: MergeChunk): Promise<MergeCounts> {
  const range = [chunk.fromLine, chunk.toLine];
  const saved = await saveContacts(manager, chunk, range);
  const { rows, subscribed } = await joinList(manager, chunk, range);
  const keptUnsubscribed = subscribed === rows || chunk.resubscribe ? 0 : await countUnsubscribed(manager, chunk, range);
  const suppressed = await countSuppressed(manager, chunk, range);
  return { ...saved, rows, subscribed, keptUnsubscribed, suppressed };
}

/** An empty value leaves what is there; attributes that the file does not have stay; a row that changes nothing is not written. */
const updateSql = `DO UPDATE SET first_name = coalesce(nullif(excluded.first_name, ''), contact.first_name),
    last_name = coalesce(nullif(excluded.last_name, ''), contact.last_name),
    language = coalesce(nullif(excluded.language, ''), contact.language),
    attributes = contact.attributes || excluded.attributes, updated_at = now()
  WHERE excluded.first_name NOT IN ('', contact.first_name) OR excluded.last_name NOT IN ('', contact.last_name)
    OR excluded.language NOT IN ('', contact.language) OR contact.attributes || excluded.attributes <> contact.attributes`;

async function saveContacts(manager: EntityManager, chunk: MergeChunk, range: readonly number[]) {
  // In the order of their keys: two imports at once then wait for each other instead of deadlocking, and the index is walked once.
  // xmax is 0 in a row that was inserted, and names the locking transaction in one that was updated.
  const [row] = (await manager.query(
    `WITH saved AS (
       INSERT INTO contacts AS contact (workspace_id, email, email_key, first_name, last_name, language, attributes)
       SELECT $3::uuid, email, email_key, first_name, last_name, language, attributes FROM ${chunk.table}
       WHERE line > $1 AND line <= $2 ORDER BY email_key
       ON CONFLICT (workspace_id, email_key) ${chunk.onDuplicate === 'update' ? updateSql : 'DO NOTHING'}
       RETURNING xmax = 0 AS is_new)
     SELECT count(*) FILTER (WHERE is_new)::int AS created, count(*) FILTER (WHERE NOT is_new)::int AS updated FROM saved`,
    [...range, chunk.workspaceId],
  )) as { created: number; updated: number }[];
  return row!;
}

async function joinList(manager: EntityManager, chunk: MergeChunk, range: readonly number[]) {
  const replaceable = chunk.resubscribe ? ['unconfirmed', 'unsubscribed'] : ['unconfirmed'];
  const [row] = (await manager.query(
    `WITH people AS MATERIALIZED (${peopleSql(chunk)}),
       joined AS (
         INSERT INTO list_memberships AS member (list_id, contact_id, status)
         SELECT $4::uuid, id, $5 FROM people ORDER BY id
         ON CONFLICT (list_id, contact_id) DO UPDATE SET status = excluded.status, updated_at = now()
         WHERE member.status = ANY($6::text[]) AND member.status <> excluded.status
         RETURNING 1)
     SELECT (SELECT count(*) FROM people)::int AS rows, (SELECT count(*) FROM joined)::int AS subscribed`,
    [...range, chunk.workspaceId, chunk.listId, chunk.status, replaceable],
  )) as { rows: number; subscribed: number }[];
  return row!;
}

async function countUnsubscribed(manager: EntityManager, chunk: MergeChunk, range: readonly number[]): Promise<number> {
  const [row] = (await manager.query(
    `SELECT count(*)::int AS kept FROM (${peopleSql(chunk)}) AS people
     JOIN list_memberships member ON member.list_id = $4 AND member.contact_id = people.id AND member.status = 'unsubscribed'`,
    [...range, chunk.workspaceId, chunk.listId],
  )) as { kept: number }[];
  return row!.kept;
}

async function countSuppressed(manager: EntityManager, chunk: MergeChunk, range: readonly number[]): Promise<number> {
  const [row] = (await manager.query(
    `SELECT count(*)::int AS suppressed FROM ${chunk.table} staged WHERE line > $1 AND line <= $2 AND ${suppressedSql('staged', '$3::uuid')}`,
    [...range, chunk.workspaceId],
  )) as { suppressed: number }[];
  return row!.suppressed;
}

function peopleSql(chunk: MergeChunk): string {
  return `SELECT contact.id FROM ${chunk.table} staged JOIN contacts contact ON contact.workspace_id = $3::uuid AND contact.email_key = staged.email_key
    WHERE staged.line > $1 AND staged.line <= $2`;
}

/** The line at which a chunk of `size` rows behind `line` ends; undefined when no row is left. */
export async function endOfChunk(manager: EntityManager, table: string, line: number, size: number): Promise<number | undefined> {
  const [row] = (await manager.query(
    `SELECT max(line) AS line FROM (SELECT line FROM ${table} WHERE line > $1 ORDER BY line LIMIT $2) AS chunk`,
    [line, size],
  )) as {
    line: string | null;
  }[];
  return row!.line === null ? undefined : Number(row!.line);
}
