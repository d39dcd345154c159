import type { EntityManager } from 'typeorm';
import { allowedSql, suppressionsOf } from '../suppression-sql.js';

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
  const range = [chunk.fromLine, chunk.toLine, chunk.workspaceId];
  const suppressed = await countSuppressed(manager, chunk, range);
  const saved = await saveContacts(manager, chunk, range);
  const known = saved.created < saved.rows ? await joinKnown(manager, chunk, range) : { subscribed: 0, keptUnsubscribed: 0 };
  return { ...saved, suppressed, subscribed: saved.subscribed + known.subscribed, keptUnsubscribed: known.keptUnsubscribed };
}

/** An empty value leaves what is there; attributes that the file does not have stay; a row that changes nothing is not written. */
const updateSql = `DO UPDATE SET first_name = coalesce(nullif(excluded.first_name, ''), contact.first_name),
    last_name = coalesce(nullif(excluded.last_name, ''), contact.last_name),
    language = coalesce(nullif(excluded.language, ''), contact.language),
    attributes = contact.attributes || excluded.attributes, updated_at = now()
  WHERE excluded.first_name NOT IN ('', contact.first_name) OR excluded.last_name NOT IN ('', contact.last_name)
    OR excluded.language NOT IN ('', contact.language) OR contact.attributes || excluded.attributes <> contact.attributes`;

/** Writes the contacts that are new or changed, and their memberships by the ids that come back: no look-up by address is needed. */
async function saveContacts(manager: EntityManager, chunk: MergeChunk, range: readonly unknown[]) {
  // In the order of their keys: two imports at once then wait for each other instead of deadlocking, and the index is walked once.
  // xmax is 0 in a row that was inserted, and names the locking transaction in one that was updated.
  const [row] = (await manager.query(
    `WITH staged AS MATERIALIZED (SELECT * FROM ${chunk.table} WHERE line > $1 AND line <= $2),
       saved AS (
         INSERT INTO contacts AS contact (workspace_id, email, email_key, first_name, last_name, language, attributes)
         SELECT $3::uuid, email, email_key, first_name, last_name, language, attributes FROM staged ORDER BY email_key
         ON CONFLICT (workspace_id, email_key) ${chunk.onDuplicate === 'update' ? updateSql : 'DO NOTHING'}
         RETURNING id, xmax = 0 AS is_new),
       joined AS (${joinSql('SELECT id FROM saved')})
     SELECT (SELECT count(*) FROM staged)::int AS rows, count(*) FILTER (WHERE is_new)::int AS created,
       count(*) FILTER (WHERE NOT is_new)::int AS updated, (SELECT count(*) FROM joined)::int AS subscribed FROM saved`,
    [...range, ...joinParameters(chunk)],
  )) as Pick<MergeCounts, 'rows' | 'created' | 'updated' | 'subscribed'>[];
  return row!;
}

/** Contacts that were left as they were join the list too. Who joined above is met again here, and nothing happens. */
async function joinKnown(manager: EntityManager, chunk: MergeChunk, range: readonly unknown[]) {
  // A chunk is small beside a workspace, which the planner cannot know of tables that are growing: look up, never scan.
  await manager.query('SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off');
  const [row] = (await manager.query(
    `WITH people AS MATERIALIZED (
         SELECT contact.id FROM ${chunk.table} staged JOIN contacts contact ON contact.workspace_id = $3::uuid AND contact.email_key = staged.email_key
         WHERE staged.line > $1 AND staged.line <= $2),
       joined AS (${joinSql('SELECT id FROM people')})
     SELECT (SELECT count(*) FROM joined)::int AS subscribed,
       (SELECT count(*) FROM people JOIN list_memberships member ON member.list_id = $4 AND member.contact_id = people.id
         WHERE member.status = 'unsubscribed' AND member.status <> ALL($6::text[]))::int AS "keptUnsubscribed"`,
    [...range, ...joinParameters(chunk)],
  )) as Pick<MergeCounts, 'subscribed' | 'keptUnsubscribed'>[];
  return row!;
}

/** Who unsubscribed is put back only on request; a status is never weakened. */
function joinSql(ids: string): string {
  return `INSERT INTO list_memberships AS member (list_id, contact_id, status)
    SELECT $4::uuid, id, $5 FROM (${ids}) AS person ORDER BY id
    ON CONFLICT (list_id, contact_id) DO UPDATE SET status = excluded.status, updated_at = now()
    WHERE member.status = ANY($6::text[]) AND member.status <> excluded.status RETURNING 1`;
}

function joinParameters(chunk: MergeChunk): unknown[] {
  return [chunk.listId, chunk.status, chunk.resubscribe ? ['unconfirmed', 'unsubscribed'] : ['unconfirmed']];
}

async function countSuppressed(manager: EntityManager, chunk: MergeChunk, range: readonly unknown[]): Promise<number> {
  const [row] = (await manager.query(
    `SELECT count(*)::int AS suppressed FROM ${chunk.table} staged WHERE line > $1 AND line <= $2 AND (${suppressionsOf({ key: 'staged.email_key', workspaceId: '$3::uuid', isAllowed: allowedSql('staged.email_key', '$3::uuid') }).join(' OR ')})`,
    [...range],
  )) as { suppressed: number }[];
  return row!.suppressed;
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
