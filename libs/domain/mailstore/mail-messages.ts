import type { DataSource, EntityManager } from 'typeorm';
import { type RowId, uuidv7 } from '#base/kernel';
import type { BlobStore } from '#platform/blobs';
import { type OrderSummary, orderSummary } from '#protocol/mail-search';
import {
  type Envelope,
  type MessageStructure,
  STRUCTURE_VERSION,
  decodeEnvelope,
  decodeStructure,
  encodeStructure,
  parseStructure,
} from '#protocol/mime-structure';
import { DELETED, type FlagSet, MAX_KEYWORDS } from './flags.js';
import type { FolderBeacon } from './folder-beacon.js';
import type { StoredBytes } from './message-bytes.js';
import { mailstoreError } from './mailstore.errors.js';
import { searchable, searchableBody, searchableHeader } from './searchable.js';

/** A message on its way into a folder, its blob stored already. */
export interface NewMessage {
  readonly blob: string;
  /** Of the blob. */
  readonly bytes: Buffer;
  /** Fields that stand before the blob's. */
  readonly prefix?: Buffer;
  readonly flags: FlagSet;
  /** Absent: now. */
  readonly internalDate?: Date | undefined;
}

export interface Appended {
  readonly uidValidity: number;
  readonly uids: readonly number[];
}

export interface Copied {
  readonly uidValidity: number;
  /** In the source and in the target, place by place. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

export interface StoreRequest {
  readonly mode: 'replace' | 'add' | 'remove';
  readonly flags: FlagSet;
  readonly unchangedSince?: bigint | undefined;
}

export interface StoreResult {
  readonly changed: readonly MessageFlags[];
  /** Changed by others since (RFC 7162 §3.1.3). */
  readonly refused: readonly number[];
}

export interface MessageFlags extends FlagSet {
  readonly uid: number;
  readonly modSeq: bigint;
}

export interface StoredMessage extends MessageFlags, StoredBytes {
  readonly internalDate: Date;
  readonly savedAt: Date;
  /** Prefix and blob. */
  readonly sizeBytes: number;
  readonly emailId: string;
  /** Of the blob alone. */
  readonly structure: MessageStructure | undefined;
}

export interface FolderView {
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly modSeq: bigint;
  readonly keywords: readonly string[];
  /** Ascending. */
  readonly uids: Uint32Array;
}

export interface FolderChanges {
  readonly modSeq: bigint;
  readonly uidNext: number;
  readonly keywords: readonly string[];
  /** New and changed ones, by UID. */
  readonly changed: readonly MessageFlags[];
  readonly expunged: readonly number[];
}

/**
 * What is in folders. Every change takes its folder's row first, so that UIDs and MODSEQs are committed in the order in which they
 * were given (a sequence would let a client see 11 before 10, and never 10).
 */
export class MailMessages {
  constructor(
    private readonly dataSource: DataSource,
    private readonly blobs: Pick<BlobStore, 'put'>,
    private readonly beacon: Pick<FolderBeacon, 'changed'>,
  ) {}

  /** Stores the bytes durably; the same bytes are one blob. */
  async keep(workspaceId: string, bytes: Buffer): Promise<string> {
    return (await this.blobs.put(workspaceId, bytes)).ref;
  }

  /** All of them or none. @throws ChaparError `folder_not_found`, `mailbox_over_quota` */
  async append(folderId: RowId, messages: readonly NewMessage[]): Promise<Appended> {
    const rows = await Promise.all(messages.map(toRow));
    const appended = await this.dataSource.transaction((manager) => appendRows(manager, folderId, rows));
    this.beacon.changed(folderId);
    return appended;
  }

  /** The same within a transaction; say `announce` after it is committed. */
  async appendWithin(
    manager: EntityManager,
    folderId: RowId,
    messages: readonly NewMessage[],
    options: { readonly evenIfFull?: boolean } = {},
  ): Promise<Appended> {
    return appendRows(manager, folderId, await Promise.all(messages.map(toRow)), options.evenIfFull);
  }

  announce(folderId: RowId): void {
    this.beacon.changed(folderId);
  }

  /** @throws ChaparError `folder_not_found`, `mailbox_over_quota` */
  async copy(from: RowId, to: RowId, uids: readonly number[]): Promise<Copied> {
    const copied = await this.dataSource.transaction((manager) => copyRows(manager, from, to, uids));
    this.beacon.changed(to);
    return copied;
  }

  /** @throws ChaparError `folder_not_found` */
  async move(from: RowId, to: RowId, uids: readonly number[]): Promise<Copied> {
    const moved = await this.dataSource.transaction(async (manager) => {
      const copied = await copyRows(manager, from, to, uids, true);
      await expungeRows(manager, from, copied.from, true);
      return copied;
    });
    this.beacon.changed(from);
    this.beacon.changed(to);
    return moved;
  }

  async setFlags(folderId: RowId, uids: readonly number[], request: StoreRequest): Promise<StoreResult> {
    const result = await this.dataSource.transaction((manager) => storeFlags(manager, folderId, uids, request));
    if (result.changed.length > 0) this.beacon.changed(folderId);
    return result;
  }

  /** Those that are `\Deleted`. @param uids only these @returns the UIDs that went, ascending */
  async expunge(folderId: RowId, uids?: readonly number[]): Promise<number[]> {
    const gone = await this.dataSource.transaction((manager) => expungeRows(manager, folderId, uids));
    if (gone.length > 0) this.beacon.changed(folderId);
    return gone;
  }

  /** All of the folder at one moment. @throws ChaparError `folder_not_found` */
  async view(folderId: RowId): Promise<FolderView> {
    const [row] = (await this.dataSource.query(
      `SELECT f.uidvalidity::float8 AS "uidValidity", f.uidnext AS "uidNext", f.modseq AS "modSeq", f.keywords,
         (SELECT string_agg(int4send(m.uid), '' ORDER BY m.uid) FROM mail_messages m WHERE m.folder_id = f.id) AS uids
       FROM mail_folders f WHERE f.id = $1`,
      [folderId],
    )) as { uidValidity: number; uidNext: number; modSeq: string; keywords: string[]; uids: Buffer | null }[];
    if (!row) throw gone();
    return { ...row, modSeq: BigInt(row.modSeq), uids: uidsOf(row.uids) };
  }

  /** What changed after a MODSEQ, seen at one moment. @throws ChaparError `folder_not_found` */
  async changesSince(folderId: RowId, modSeq: bigint): Promise<FolderChanges> {
    const [row] = (await this.dataSource.query(
      `SELECT f.modseq AS "modSeq", f.uidnext AS "uidNext", f.keywords,
         (SELECT coalesce(json_agg(json_build_array(m.uid, m.flags, m.keywords, m.modseq::text) ORDER BY m.uid), '[]') FROM mail_messages m
          WHERE m.folder_id = f.id AND m.modseq > $2) AS changed,
         (SELECT coalesce(json_agg(e.uid ORDER BY e.uid), '[]') FROM mail_expunged e WHERE e.folder_id = f.id AND e.modseq > $2) AS expunged
       FROM mail_folders f WHERE f.id = $1`,
      [folderId, modSeq.toString()],
    )) as { modSeq: string; uidNext: number; keywords: string[]; changed: [number, number, string[], string][]; expunged: number[] }[];
    if (!row) throw gone();
    return {
      ...row,
      modSeq: BigInt(row.modSeq),
      changed: row.changed.map(([uid, bits, keywords, seq]) => ({ uid, bits, keywords, modSeq: BigInt(seq) })),
    };
  }

  /** UIDs below UIDNEXT that went after a MODSEQ; null where that is too long ago to be known. */
  async expungedSince(folderId: RowId, modSeq: bigint): Promise<number[] | null> {
    const [row] = (await this.dataSource.query(
      `SELECT f.expunge_floor <= $2::bigint AS known, (SELECT coalesce(json_agg(e.uid ORDER BY e.uid), '[]') FROM mail_expunged e
         WHERE e.folder_id = f.id AND e.modseq > $2::bigint) AS uids FROM mail_folders f WHERE f.id = $1`,
      [folderId, modSeq.toString()],
    )) as { known: boolean; uids: number[] }[];
    return row?.known ? row.uids : null;
  }

  /** Of the whole folder, by UID. */
  async sizes(folderId: RowId): Promise<{ readonly uid: number; readonly sizeBytes: number }[]> {
    return (await this.dataSource.query(`SELECT uid, size_bytes AS "sizeBytes" FROM mail_messages WHERE folder_id = $1 ORDER BY uid`, [
      folderId,
    ])) as { uid: number; sizeBytes: number }[];
  }

  /** By UID; those that are gone are left out. */
  async read(folderId: RowId, uids: readonly number[], withStructure: boolean): Promise<StoredMessage[]> {
    const rows = (await this.dataSource.query(
      `SELECT uid, flags AS bits, keywords, modseq AS "modSeq", internal_date AS "internalDate", saved_at AS "savedAt", size_bytes AS "sizeBytes",
         prefix, blob, email_id AS "emailId"${withStructure ? ', structure' : ''}
       FROM mail_messages WHERE folder_id = $1 AND uid = ANY($2::int[]) ORDER BY uid`,
      [folderId, uids],
    )) as (Omit<StoredMessage, 'modSeq' | 'structure'> & { modSeq: string; structure?: unknown })[];
    return rows.map((row) => ({
      ...row,
      modSeq: BigInt(row.modSeq),
      structure: withStructure ? decodeStructure(row.structure, STRUCTURE_VERSION) : undefined,
    }));
  }

  /** What SORT and THREAD compare; numbers are UIDs. */
  async summaries(folderId: RowId, uids: readonly number[]): Promise<OrderSummary[]> {
    const rows = (await this.dataSource.query(
      `SELECT uid AS number, internal_date AS "internalDate", size_bytes AS "sizeBytes", structure -> 3 AS envelope,
         (SELECT substr(line, 12) FROM regexp_split_to_table(header_text, E'\\n') AS line WHERE starts_with(line, 'references:') LIMIT 1) AS references
       FROM mail_messages WHERE folder_id = $1 AND uid = ANY($2::int[]) ORDER BY uid`,
      [folderId, uids],
    )) as { number: number; internalDate: Date; sizeBytes: number; envelope: unknown; references: string | null }[];
    return rows.map((row) => orderSummary(row, comparable(decodeEnvelope(row.envelope as never)), row.references ?? undefined));
  }

  async flagsOf(folderId: RowId, uids: readonly number[], changedSince?: bigint): Promise<MessageFlags[]> {
    const rows = (await this.dataSource.query(
      `SELECT uid, flags AS bits, keywords, modseq AS "modSeq" FROM mail_messages
       WHERE folder_id = $1 AND uid = ANY($2::int[]) AND modseq > $3::bigint ORDER BY uid`,
      [folderId, uids, (changedSince ?? 0n).toString()],
    )) as (Omit<MessageFlags, 'modSeq'> & { modSeq: string })[];
    return rows.map((row) => ({ ...row, modSeq: BigInt(row.modSeq) }));
  }
}

/** References are kept in lower case, as all that is searched: so are the ids that they name. */
function comparable(envelope: Envelope): Envelope {
  const { messageId, inReplyTo } = envelope;
  return { ...envelope, messageId: messageId && searchable(messageId), inReplyTo: inReplyTo && searchable(inReplyTo) };
}

interface MessageRow {
  readonly blob: string;
  readonly prefix: string | null;
  readonly bits: number;
  readonly keywords: readonly string[];
  readonly internal_date: string;
  readonly sent_on: string | null;
  readonly size_bytes: number;
  readonly email_id: string;
  readonly structure: unknown;
  readonly header_text: string;
  readonly body_text: string;
}

async function toRow({ blob, bytes, prefix, flags, internalDate }: NewMessage): Promise<MessageRow> {
  const structure = parseStructure(bytes);
  const { start, length } = structure.root.header;
  return {
    blob,
    prefix: prefix && prefix.length > 0 ? `\\x${prefix.toString('hex')}` : null,
    bits: flags.bits,
    keywords: flags.keywords,
    internal_date: (internalDate ?? new Date()).toISOString(),
    sent_on: dayOf(structure.envelope.date),
    size_bytes: bytes.length + (prefix?.length ?? 0),
    email_id: uuidv7(),
    structure: encodeStructure(structure),
    header_text: searchableHeader(Buffer.concat([prefix ?? Buffer.alloc(0), bytes.subarray(start, start + length)])),
    body_text: await searchableBody(structure, (from, count) => Promise.resolve(bytes.subarray(from, from + count))),
  };
}

/** The day that the Date header names, in the zone it names (RFC 9051 §6.4.4: "disregarding time and timezone"). */
function dayOf(date: string | null): string | null {
  const found = /(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{4})/.exec(date ?? '');
  if (!found) return null;
  const month = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'].indexOf(found[2]!.toLowerCase()) + 1;
  const [day, year] = [Number(found[1]), Number(found[3])];
  const isReal = month > 0 && day >= 1 && year >= 1900 && year <= 9999 && new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  return isReal ? `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}` : null;
}

async function appendRows(manager: EntityManager, folderId: RowId, rows: readonly MessageRow[], evenIfFull = false): Promise<Appended> {
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

async function copyRows(manager: EntityManager, from: RowId, to: RowId, uids: readonly number[], isMove = false): Promise<Copied> {
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

async function storeFlags(manager: EntityManager, folderId: RowId, uids: readonly number[], request: StoreRequest): Promise<StoreResult> {
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
async function expungeRows(
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

interface TakenUids {
  readonly accountId: string;
  readonly uidValidity: number;
  readonly firstUid: number;
  readonly modSeq: string;
}

async function takeUids(
  manager: EntityManager,
  folderId: RowId,
  count: number,
  bytes: number,
  keywords: readonly string[],
  messages = count,
): Promise<TakenUids> {
  const [[row]] = (await manager.query(
    `UPDATE mail_folders SET uidnext = uidnext + $2::int, modseq = modseq + 1, messages = messages + $3::int, bytes = bytes + $4::bigint,
       keywords = CASE WHEN keywords @> $5::text[] THEN keywords ELSE (ARRAY(SELECT DISTINCT ON (lower(k)) k FROM unnest(keywords || $5::text[]) AS k ORDER BY lower(k)))[1:${MAX_KEYWORDS.folder}] END
     WHERE id = $1 RETURNING account_id AS "accountId", uidvalidity::float8 AS "uidValidity", uidnext - $2::int AS "firstUid", modseq AS "modSeq"`,
    [folderId, count, messages, bytes, [...new Set(keywords)]],
  )) as [TakenUids[], number];
  if (!row) throw gone();
  return row;
}

/** In the order of their ids, so that two that copy in opposite directions wait for each other instead of deadlocking. */
async function lockFolders(manager: EntityManager, ids: readonly RowId[]): Promise<void> {
  await manager.query('SELECT FROM mail_folders WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE', [ids]);
}

async function charge(manager: EntityManager, accountId: string, messages: number, bytes: number, evenIfFull = false): Promise<void> {
  const [[row]] = (await manager.query(
    `UPDATE mail_accounts SET used_messages = used_messages + $2::int, used_bytes = used_bytes + $3::bigint WHERE id = $1
     RETURNING $3::bigint > 0 AND used_bytes > quota_bytes AS over`,
    [accountId, messages, bytes],
  )) as [{ over: boolean | null }[], number];
  if (row?.over && !evenIfFull) throw mailstoreError('mailbox_over_quota', 'The mailbox is full.');
}

function gone() {
  return mailstoreError('folder_not_found', 'The folder is gone.');
}

/** Big-endian int4, as int4send writes them. */
function uidsOf(bytes: Buffer | null): Uint32Array {
  if (bytes === null) return new Uint32Array();
  const uids = new Uint32Array(bytes.length / 4);
  for (let n = 0; n < uids.length; n++) uids[n] = bytes.readUInt32BE(n * 4);
  return uids;
}
