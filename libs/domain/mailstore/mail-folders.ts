import type { DataSource, EntityManager } from 'typeorm';
import type { RowId } from '#base/kernel';
import { mailstoreError } from './mailstore.errors.js';

export interface MailFolder {
  readonly id: RowId;
  readonly accountId: string;
  readonly name: string;
  readonly specialUse: string | null;
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly modSeq: bigint;
  readonly messages: number;
  readonly bytes: number;
  readonly keywords: readonly string[];
}

export interface FolderCounts {
  readonly unseen: number;
  readonly deleted: number;
  readonly deletedBytes: number;
}

export interface RenamedFolder {
  readonly from: string;
  readonly to: string;
}

const MAX_FOLDERS = 5_000;
const MAX_NAME = 250;
const MAX_LEVELS = 20;
const INBOX = 'INBOX';

const COLUMNS = `id, account_id AS "accountId", name, special_use AS "specialUse", uidvalidity::float8 AS "uidValidity", uidnext AS "uidNext",
  modseq AS "modSeq", messages, bytes::float8 AS bytes, keywords`;

/** The folders of mailboxes: what IMAP's LIST, STATUS, CREATE, DELETE, RENAME and SUBSCRIBE are about. */
export class MailFolders {
  constructor(private readonly dataSource: DataSource) {}

  async list(accountId: string): Promise<MailFolder[]> {
    const rows = await this.dataSource.query(`SELECT ${COLUMNS} FROM mail_folders WHERE account_id = $1 ORDER BY name`, [accountId]);
    return (rows as Row[]).map(folderOf);
  }

  async find(accountId: string, name: string): Promise<MailFolder | undefined> {
    const rows = await this.dataSource.query(`SELECT ${COLUMNS} FROM mail_folders WHERE account_id = $1 AND name = $2`, [accountId, name]);
    return (rows as Row[]).map(folderOf)[0];
  }

  async counts(folderId: RowId): Promise<FolderCounts> {
    const [row] = (await this.dataSource.query(
      `SELECT (SELECT count(*) FROM mail_messages WHERE folder_id = $1 AND flags & 1 = 0)::int AS unseen, d.n::int AS deleted, d.bytes::float8 AS "deletedBytes"
       FROM (SELECT count(*) AS n, coalesce(sum(size_bytes), 0) AS bytes FROM mail_messages WHERE folder_id = $1 AND flags & 8 <> 0) AS d`,
      [folderId],
    )) as [FolderCounts];
    return row;
  }

  /**
   * Missing parents are made as well (RFC 9051 §6.3.4).
   * @throws ChaparError `folder_exists`, `folder_name_invalid`, `folder_refused`
   */
  async create(accountId: string, name: string, specialUse: string | null = null): Promise<MailFolder> {
    const checked = checkName(name.replace(/\/$/, ''));
    return this.dataSource.transaction(async (manager) => {
      const uidvalidity = await nextUidValidity(manager, accountId);
      const levels = checked.split('/');
      const wanted = levels.map((_, n) => levels.slice(0, n + 1).join('/'));
      const [{ n }] = (await manager.query('SELECT count(*)::int AS n FROM mail_folders WHERE account_id = $1', [accountId])) as [
        { n: number },
      ];
      if (n + wanted.length > MAX_FOLDERS) throw mailstoreError('folder_refused', `A mailbox has at most ${MAX_FOLDERS} folders.`);
      const made = (await manager.query(
        `INSERT INTO mail_folders (account_id, name, uidvalidity, special_use)
         SELECT $1, w.name, $3::bigint, CASE WHEN w.name = $4 THEN $5 END FROM unnest($2::text[]) AS w (name)
         ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
        [accountId, wanted, uidvalidity, checked, specialUse],
      )) as Row[];
      const row = made.find((one) => one.name === checked);
      if (!row) throw mailstoreError('folder_exists', `There is a folder ${checked} already.`);
      return folderOf(row);
    });
  }

  /**
   * Folders below it stay, and so does its name while it has any (as `\Noselect`, which is a folder that is not there).
   * @throws ChaparError `folder_not_found`, `folder_refused`
   */
  async remove(accountId: string, name: string): Promise<void> {
    if (name === INBOX) throw mailstoreError('folder_refused', 'INBOX cannot be deleted.');
    await this.dataSource.transaction(async (manager) => {
      await lockAccount(manager, accountId);
      const [[gone]] = (await manager.query('DELETE FROM mail_folders WHERE account_id = $1 AND name = $2 RETURNING messages, bytes', [
        accountId,
        name,
      ])) as [{ messages: number; bytes: string }[], number];
      if (!gone) throw notFound(name);
      await manager.query('UPDATE mail_accounts SET used_bytes = used_bytes - $2, used_messages = used_messages - $3 WHERE id = $1', [
        accountId,
        gone.bytes,
        gone.messages,
      ]);
    });
  }

  /**
   * With all folders below it. What was in INBOX goes to the new folder, and INBOX stays (RFC 9051 §6.3.6): see `MailMessages.move`.
   * @returns old and new names, the named one first
   * @throws ChaparError `folder_not_found`, `folder_exists`, `folder_name_invalid`
   */
  async rename(accountId: string, from: string, to: string): Promise<RenamedFolder[]> {
    const target = checkName(to.replace(/\/$/, ''));
    if (target === from || target.startsWith(`${from}/`)) throw mailstoreError('folder_name_invalid', `${from} cannot become ${target}.`);
    return this.dataSource.transaction(async (manager) => {
      const uidvalidity = await nextUidValidity(manager, accountId);
      const rows = (await manager.query(
        `SELECT name FROM mail_folders WHERE account_id = $1 AND (name = $2 OR starts_with(name, $2 || '/')) ORDER BY name`,
        [accountId, from],
      )) as { name: string }[];
      if (rows.length === 0) throw notFound(from);
      const renamed = rows.map(({ name }) => ({ from: name, to: `${target}${name.slice(from.length)}` }));
      renamed.forEach(({ to: name }) => checkName(name));
      const parents = target
        .split('/')
        .slice(0, -1)
        .map((_, n, levels) => levels.slice(0, n + 1).join('/'));
      await manager.query(
        `INSERT INTO mail_folders (account_id, name, uidvalidity) SELECT $1, unnest($2::text[]), $3::bigint ON CONFLICT DO NOTHING`,
        [accountId, parents, uidvalidity],
      );
      const [taken] = (await manager.query('SELECT name FROM mail_folders WHERE account_id = $1 AND name = ANY($2::text[]) LIMIT 1', [
        accountId,
        renamed.map((one) => one.to),
      ])) as { name: string }[];
      if (taken) throw mailstoreError('folder_exists', `There is a folder ${taken.name} already.`);
      // A name that was somebody else's before must not be taken for it by clients that remember UIDs.
      await manager.query(
        `UPDATE mail_folders f SET name = r.new, uidvalidity = $4::bigint FROM unnest($2::text[], $3::text[]) AS r (old, new)
         WHERE f.account_id = $1 AND f.name = r.old`,
        [accountId, renamed.map((one) => one.from), renamed.map((one) => one.to), uidvalidity],
      );
      return renamed;
    });
  }

  async subscriptions(accountId: string): Promise<Set<string>> {
    const rows = (await this.dataSource.query('SELECT name FROM mail_subscriptions WHERE account_id = $1', [accountId])) as {
      name: string;
    }[];
    return new Set(rows.map(({ name }) => name));
  }

  /** @throws ChaparError `folder_name_invalid`, `folder_refused` */
  async subscribe(accountId: string, name: string, isSubscribed: boolean): Promise<void> {
    if (!isSubscribed) {
      await this.dataSource.query('DELETE FROM mail_subscriptions WHERE account_id = $1 AND name = $2', [accountId, name]);
      return;
    }
    const [, added] = (await this.dataSource.query(
      `INSERT INTO mail_subscriptions (account_id, name) SELECT $1, $2
       WHERE (SELECT count(*) FROM mail_subscriptions WHERE account_id = $1) < ${MAX_FOLDERS} ON CONFLICT DO NOTHING RETURNING 1 AS one`,
      [accountId, checkName(name)],
    )) as [unknown, number] | never[];
    void added;
  }
}

type Row = Omit<MailFolder, 'modSeq'> & { readonly modSeq: string };

export function folderOf(row: Row): MailFolder {
  return { ...row, modSeq: BigInt(row.modSeq) };
}

function notFound(name: string) {
  return mailstoreError('folder_not_found', `There is no folder ${name.slice(0, MAX_NAME)}.`);
}

function checkName(name: string): string {
  const levels = name.split('/');
  const isFine =
    name.length <= MAX_NAME &&
    levels.length <= MAX_LEVELS &&
    levels.every((level) => level !== '') &&
    !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name);
  if (!isFine) throw mailstoreError('folder_name_invalid', `${JSON.stringify(name.slice(0, MAX_NAME))} is no name for a folder.`);
  return name.normalize('NFC');
}

/** Of the account's row all changes of its folders' names are in turn; a UIDVALIDITY is never given twice. */
async function nextUidValidity(manager: EntityManager, accountId: string): Promise<string> {
  const [[row]] = (await manager.query(
    `UPDATE mail_accounts SET uidvalidity = greatest(uidvalidity + 1, extract(epoch FROM now())::bigint) WHERE id = $1 RETURNING uidvalidity`,
    [accountId],
  )) as [{ uidvalidity: string }[], number];
  if (!row) throw mailstoreError('mailbox_not_found', 'The mailbox is gone.');
  return row.uidvalidity;
}

async function lockAccount(manager: EntityManager, accountId: string): Promise<void> {
  await manager.query('SELECT FROM mail_accounts WHERE id = $1 FOR UPDATE', [accountId]);
}
