import type { EntityManager } from 'typeorm';
import type { RowId } from '#base/kernel';
import { MAX_KEYWORDS } from './flags.js';
import { mailstoreError } from './mailstore.errors.js';

/** What a change of a folder was given. */
export interface TakenUids {
  readonly accountId: string;
  readonly uidValidity: number;
  readonly firstUid: number;
  readonly modSeq: string;
}

/** UIDs and a MODSEQ, and what they change in the folder's sums; the folder's row is held until the transaction ends. */
export async function takeUids(
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
export async function lockFolders(manager: EntityManager, ids: readonly RowId[]): Promise<void> {
  await manager.query('SELECT FROM mail_folders WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE', [ids]);
}

/** Counts it against the account. @throws ChaparError `mailbox_over_quota` */
export async function charge(
  manager: EntityManager,
  accountId: string,
  messages: number,
  bytes: number,
  evenIfFull = false,
): Promise<void> {
  const [[row]] = (await manager.query(
    `UPDATE mail_accounts SET used_messages = used_messages + $2::int, used_bytes = used_bytes + $3::bigint WHERE id = $1
     RETURNING $3::bigint > 0 AND used_bytes > quota_bytes AS over`,
    [accountId, messages, bytes],
  )) as [{ over: boolean | null }[], number];
  if (row?.over && !evenIfFull) throw mailstoreError('mailbox_over_quota', 'The mailbox is full.');
}

export function gone() {
  return mailstoreError('folder_not_found', 'The folder is gone.');
}
