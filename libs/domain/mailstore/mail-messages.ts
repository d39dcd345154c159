import type { DataSource, EntityManager } from 'typeorm';
import type { RowId } from '#base/kernel';
import type { BlobStore } from '#platform/blobs';
import { type OrderSummary, orderSummary } from '#protocol/mail-search';
import { type Envelope, STRUCTURE_VERSION, decodeEnvelope, decodeStructure } from '#protocol/mime-structure';
import { appendRows, copyRows, expungeRows, learnFromMove, storeFlags } from './change-messages.js';
import type { FolderBeacon } from './folder-beacon.js';
import { gone } from './folder-rows.js';
import { KnownMessages } from './known-messages.js';
import { toRow } from './message-row.js';
import type {
  Appended,
  Copied,
  MessageFacts,
  MessageFlags,
  NewMessage,
  StoreRequest,
  StoreResult,
  StoredMessage,
} from './message.types.js';
import { searchable } from './searchable.js';

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
  private readonly known = new KnownMessages();

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
    const copied = await this.dataSource.transaction(async (manager) => {
      const done = await copyRows(manager, from, to, uids);
      // Programs without MOVE copy and then delete.
      await learnFromMove(manager, from, to, done.to);
      return done;
    });
    this.beacon.changed(to);
    return copied;
  }

  /** @throws ChaparError `folder_not_found` */
  async move(from: RowId, to: RowId, uids: readonly number[]): Promise<Copied> {
    const moved = await this.dataSource.transaction(async (manager) => {
      const copied = await copyRows(manager, from, to, uids, true);
      await learnFromMove(manager, from, to, copied.to);
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
  async read(folderId: RowId, uids: readonly number[]): Promise<StoredMessage[]> {
    const rows = (await this.dataSource.query(
      `SELECT uid, flags AS bits, keywords, modseq AS "modSeq", internal_date AS "internalDate", saved_at AS "savedAt", size_bytes AS "sizeBytes",
         email_id AS "emailId", prefix, blob, structure
       FROM mail_messages WHERE folder_id = $1 AND uid = ANY($2::int[]) ORDER BY uid`,
      [folderId, uids],
    )) as (Omit<StoredMessage, 'modSeq' | 'structure'> & { modSeq: string; structure: unknown })[];
    const messages = rows.map((row) => ({
      ...row,
      modSeq: BigInt(row.modSeq),
      structure: decodeStructure(row.structure, STRUCTURE_VERSION),
    }));
    this.known.keep(folderId, messages);
    return messages;
  }

  /** The same where nobody asks for flags or MODSEQ: what was read a moment ago is not read again, though it may be gone. */
  async readAgain(folderId: RowId, uids: readonly number[]): Promise<StoredMessage[]> {
    return this.known.get(folderId, uids) ?? this.read(folderId, uids);
  }

  /** Without their bytes and structure. */
  async readFacts(folderId: RowId, uids: readonly number[]): Promise<MessageFacts[]> {
    const rows = (await this.dataSource.query(
      `SELECT uid, flags AS bits, keywords, modseq AS "modSeq", internal_date AS "internalDate", saved_at AS "savedAt", size_bytes AS "sizeBytes", email_id AS "emailId"
       FROM mail_messages WHERE folder_id = $1 AND uid = ANY($2::int[]) ORDER BY uid`,
      [folderId, uids],
    )) as (Omit<MessageFacts, 'modSeq'> & { modSeq: string })[];
    return rows.map((row) => ({ ...row, modSeq: BigInt(row.modSeq) }));
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

/** Big-endian int4, as int4send writes them. */
function uidsOf(bytes: Buffer | null): Uint32Array {
  if (bytes === null) return new Uint32Array();
  const uids = new Uint32Array(bytes.length / 4);
  for (let n = 0; n < uids.length; n++) uids[n] = bytes.readUInt32BE(n * 4);
  return uids;
}
