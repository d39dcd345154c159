import type { EntityManager } from 'typeorm';
import type { RowId } from '#base/kernel';
import { rememberMove } from '#domain/filtering';
import { DELETED, type FlagSet, MAX_KEYWORDS } from './flags.js';
import { charge, lockFolders, takeUids } from './folder-rows.js';
import type { MessageRow } from './message-row.js';
import type { Appended, Copied, StoreRequest, StoreResult } from './message.types.js';

const JUNK = '\\Junk';
const TRASH = '\\Trash';

export async function appendRows(
  manager: EntityManager,
  folderId: RowId,
  rows: readonly MessageRow[],
  evenIfFull = false,
): Promise<Appended> {
  const bytes = rows.reduce((sum, row) => sum + row.size_bytes, 0);
  const folder = await takeUids(
    manager,
    folderId,
    rows.length,
    bytes,
    rows.flatMap(({ keywords }) => keywords),
  );
  await charge(manager, folder.accountId, rows.length, bytes, evenIfFull);
  await manager.query(
    `INSERT INTO mail_messages (folder_id, uid, modseq, flags, keywords, internal_date, sent_on, size_bytes, prefix, blob, email_id, structure, header_text, body_text)
     SELECT $1, $2::int + r.place - 1, $3::bigint, r.bits, r.keywords, r.internal_date, r.sent_on, r.size_bytes, r.prefix, r.blob, r.email_id, r.structure, r.header_text, r.body_text
     FROM ROWS FROM (jsonb_to_recordset($4::jsonb) AS (bits smallint, keywords text[], internal_date timestamptz, sent_on date, size_bytes int,
       prefix bytea, blob text, email_id uuid, structure jsonb, header_text text, body_text text)) WITH ORDINALITY
       AS r (bits, keywords, internal_date, sent_on, size_bytes, prefix, blob, email_id, structure, header_text, body_text, place)`,
    [folderId, folder.firstUid, folder.modSeq, JSON.stringify(rows)],
  );
  return { uidValidity: folder.uidValidity, uids: rows.map((_, n) => folder.firstUid + n) };
}

export async function copyRows(manager: EntityManager, from: RowId, to: RowId, uids: readonly number[], isMove = false): Promise<Copied> {
  await lockFolders(manager, [from, to]);
  const rows = (await manager.query(
    `SELECT uid, size_bytes, keywords FROM mail_messages WHERE folder_id = $1 AND uid = ANY($2::int[]) ORDER BY uid`,
    [from, uids],
  )) as { uid: number; size_bytes: number; keywords: string[] }[];
  const bytes = rows.reduce((sum, row) => sum + row.size_bytes, 0);
  const folder = await takeUids(
    manager,
    to,
    rows.length,
    bytes,
    rows.flatMap(({ keywords }) => keywords),
  );
  // What is moved was charged when it came.
  if (!isMove) await charge(manager, folder.accountId, rows.length, bytes);
  const sources = rows.map(({ uid }) => uid);
  await manager.query(
    `INSERT INTO mail_messages (folder_id, uid, modseq, flags, keywords, internal_date, sent_on, size_bytes, prefix, blob, email_id, structure, header_text, body_text)
     SELECT $2, $3::int + s.place::int - 1, $4::bigint, m.flags, m.keywords, m.internal_date, m.sent_on, m.size_bytes, m.prefix, m.blob, m.email_id, m.structure, m.header_text, m.body_text
     FROM unnest($5::int[]) WITH ORDINALITY AS s (uid, place) JOIN mail_messages m ON m.folder_id = $1 AND m.uid = s.uid`,
    [from, to, folder.firstUid, folder.modSeq, sources],
  );
  return { uidValidity: folder.uidValidity, from: sources, to: sources.map((_, n) => folder.firstUid + n) };
}

/** Who moves mail into Junk, or out of it to anywhere but Trash, tells the filter what it is. */
export async function learnFromMove(manager: EntityManager, from: RowId, to: RowId, uids: readonly number[]): Promise<void> {
  const [row] = (await manager.query(
    `SELECT a.workspace_id AS "workspaceId", s.special_use AS source, t.special_use AS target,
       ARRAY(SELECT m.blob FROM mail_messages m WHERE m.folder_id = t.id AND m.uid = ANY($3::int[])) AS blobs
     FROM mail_folders s JOIN mail_folders t ON t.id = $2 JOIN mail_accounts a ON a.id = t.account_id WHERE s.id = $1`,
    [from, to, uids],
  )) as { workspaceId: string; source: string | null; target: string | null; blobs: string[] }[];
  if (!row || (row.source === JUNK) === (row.target === JUNK) || row.target === TRASH) return;
  await rememberMove(manager, row.workspaceId, row.blobs, row.target === JUNK ? 'junk' : 'ham');
}

export async function storeFlags(
  manager: EntityManager,
  folderId: RowId,
  uids: readonly number[],
  request: StoreRequest,
): Promise<StoreResult> {
  const { mode, flags, unchangedSince } = request;
  await lockFolders(manager, [folderId]);
  const rows = (await manager.query(
    `SELECT uid, flags AS bits, keywords, modseq AS "modSeq" FROM mail_messages WHERE folder_id = $1 AND uid = ANY($2::int[]) ORDER BY uid`,
    [folderId, uids],
  )) as { uid: number; bits: number; keywords: string[]; modSeq: string }[];
  const refused = rows.filter((row) => unchangedSince !== undefined && BigInt(row.modSeq) > unchangedSince).map(({ uid }) => uid);
  const changes = rows
    .filter(({ uid }) => !refused.includes(uid))
    .map((row) => ({ uid: row.uid, ...applied(row, mode, flags), before: row }))
    .filter(({ bits, keywords, before }) => bits !== before.bits || keywords.join(' ') !== before.keywords.join(' '));
  if (changes.length === 0) return { changed: [], refused };
  const { modSeq } = await takeUids(manager, folderId, 0, 0, flags.keywords);
  await manager.query(
    `UPDATE mail_messages m SET flags = c.bits, keywords = c.keywords, modseq = $2::bigint
     FROM jsonb_to_recordset($3::jsonb) AS c (uid int, bits smallint, keywords text[]) WHERE m.folder_id = $1 AND m.uid = c.uid`,
    [folderId, modSeq, JSON.stringify(changes.map(({ uid, bits, keywords }) => ({ uid, bits, keywords })))],
  );
  return { changed: changes.map(({ uid, bits, keywords }) => ({ uid, bits, keywords, modSeq: BigInt(modSeq) })), refused };
}

function applied(before: FlagSet, mode: StoreRequest['mode'], flags: FlagSet): FlagSet {
  if (mode === 'replace') return flags;
  const named = new Set(flags.keywords.map((keyword) => keyword.toLowerCase()));
  const others = before.keywords.filter((keyword) => !named.has(keyword.toLowerCase()));
  if (mode === 'remove') return { bits: before.bits & ~flags.bits, keywords: others };
  const added = flags.keywords.filter((keyword) => !before.keywords.some((one) => one.toLowerCase() === keyword.toLowerCase()));
  return { bits: before.bits | flags.bits, keywords: [...before.keywords, ...added].slice(0, MAX_KEYWORDS.message) };
}

/** @param evenIfKept of a MOVE: `\Deleted` or not */
export async function expungeRows(
  manager: EntityManager,
  folderId: RowId,
  uids: readonly number[] | undefined,
  evenIfKept = false,
): Promise<number[]> {
  await lockFolders(manager, [folderId]);
  const [gone] = (await manager.query(
    `DELETE FROM mail_messages WHERE folder_id = $1 AND ($2::int[] IS NULL OR uid = ANY($2::int[])) AND ($3 OR flags & ${DELETED} <> 0)
     RETURNING uid, size_bytes`,
    [folderId, uids ?? null, evenIfKept],
  )) as [{ uid: number; size_bytes: number }[], number];
  if (gone.length === 0) return [];
  const bytes = gone.reduce((sum, row) => sum + row.size_bytes, 0);
  const { modSeq, accountId } = await takeUids(manager, folderId, 0, -bytes, [], -gone.length);
  // Of a MOVE the account keeps what it had.
  if (!evenIfKept) await charge(manager, accountId, -gone.length, -bytes);
  const numbers = gone.map(({ uid }) => uid).sort((a, b) => a - b);
  await manager.query('INSERT INTO mail_expunged (folder_id, uid, modseq) SELECT $1, unnest($2::int[]), $3::bigint', [
    folderId,
    numbers,
    modSeq,
  ]);
  return numbers;
}
