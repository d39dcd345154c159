import { domainToASCII } from 'node:url';
import type { DataSource, EntityManager } from 'typeorm';
import { type ActorContext, uuidv7 } from '#base/kernel';
import { hashPassword } from '#domain/accounts';
import { appendAudit } from '#platform/audit';
import { tryParseAddress } from '#protocol/mime';
import { MailAccountEntity } from './mail-account.entity.js';
import { mailstoreError } from './mailstore.errors.js';

export interface NewMailAccount {
  readonly address: string;
  readonly displayName?: string;
  /** Absent: only app passwords sign in. */
  readonly password?: string;
  /** Bytes; absent: no limit. */
  readonly quotaBytes?: number;
  readonly aliases?: readonly string[];
  readonly isCatchAll?: boolean;
  readonly takesReplies?: boolean;
}

export interface MailAccountView {
  readonly id: string;
  readonly address: string;
  readonly displayName: string;
  readonly aliases: readonly string[];
  readonly quotaBytes: number | null;
  readonly usedBytes: number;
  readonly usedMessages: number;
  readonly isCatchAll: boolean;
  readonly takesReplies: boolean;
  readonly hasPassword: boolean;
  readonly createdAt: Date;
  readonly lastSignInAt: Date | null;
}

/** Created and subscribed with each mailbox: some programs never make them (RFC 6154). */
const FIRST_FOLDERS = [
  ['INBOX', null],
  ['Archive', '\\Archive'],
  ['Drafts', '\\Drafts'],
  ['Junk', '\\Junk'],
  ['Sent', '\\Sent'],
  ['Trash', '\\Trash'],
] as const;

/** Mailboxes of a workspace: who has one, at which addresses, and how much is in it. */
export class MailAccounts {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws ChaparError `mailbox_address_invalid`, `mailbox_exists`, `password_too_weak` */
  async create(context: ActorContext, input: NewMailAccount): Promise<MailAccountView> {
    const address = await this.ownAddress(context, input.address);
    const aliases = await Promise.all((input.aliases ?? []).map(async (alias) => addressKeyOf(await this.ownAddress(context, alias))));
    const passwordHash = input.password === undefined ? null : await hashPassword(input.password);
    const id = uuidv7();
    const now = new Date();
    await this.dataSource.transaction(async (manager) => {
      await refuseTaken(manager, [addressKeyOf(address), ...aliases]);
      const uidvalidity = Math.floor(now.getTime() / 1000);
      await manager.query(
        `INSERT INTO mail_accounts (id, workspace_id, address, address_key, display_name, password_hash, quota_bytes, is_catch_all, takes_replies, uidvalidity)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          id,
          context.workspaceId,
          address,
          addressKeyOf(address),
          (input.displayName ?? '').slice(0, 200),
          passwordHash,
          input.quotaBytes ?? null,
          input.isCatchAll ?? false,
          input.takesReplies ?? false,
          uidvalidity + FIRST_FOLDERS.length,
        ],
      );
      await manager.query('INSERT INTO mail_aliases (address_key, account_id) SELECT unnest($1::text[]), $2', [[...new Set(aliases)], id]);
      await manager.query(
        `INSERT INTO mail_folders (account_id, name, special_use, uidvalidity)
         SELECT $1, f.name, f.use, $4 + f.place FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS f (name, use, place)`,
        [id, FIRST_FOLDERS.map(([name]) => name), FIRST_FOLDERS.map(([, use]) => use), uidvalidity],
      );
      await manager.query('INSERT INTO mail_subscriptions (account_id, name) SELECT $1, unnest($2::text[])', [
        id,
        FIRST_FOLDERS.map(([name]) => name),
      ]);
      await this.audit(manager, context, 'mailbox.create', address);
    });
    return this.get(context, address);
  }

  async list(context: ActorContext): Promise<MailAccountView[]> {
    return (await this.rows('a.workspace_id = $1', [context.workspaceId])).map(view);
  }

  /** @param address or alias @throws ChaparError `mailbox_not_found` */
  async get(context: ActorContext, address: string): Promise<MailAccountView> {
    return view(await this.row(context, address));
  }

  /** @throws ChaparError `mailbox_not_found`, `password_too_weak` */
  async setPassword(context: ActorContext, address: string, password: string): Promise<void> {
    const { id } = await this.row(context, address);
    const passwordHash = await hashPassword(password);
    await this.dataSource.transaction(async (manager) => {
      await manager.getRepository(MailAccountEntity).update({ id }, { passwordHash });
      await this.audit(manager, context, 'mailbox.password', address);
    });
  }

  /** @param quotaBytes null: no limit @throws ChaparError `mailbox_not_found` */
  async setQuota(context: ActorContext, address: string, quotaBytes: number | null): Promise<void> {
    const { id } = await this.row(context, address);
    await this.dataSource.transaction(async (manager) => {
      await manager.query('UPDATE mail_accounts SET quota_bytes = $2 WHERE id = $1', [id, quotaBytes]);
      await this.audit(manager, context, 'mailbox.quota', address, { quotaBytes });
    });
  }

  /** Its mail goes with it. @throws ChaparError `mailbox_not_found` */
  async remove(context: ActorContext, address: string): Promise<void> {
    const { id, usedMessages } = await this.row(context, address);
    await this.dataSource.transaction(async (manager) => {
      await manager.query('DELETE FROM mail_accounts WHERE id = $1', [id]);
      await this.audit(manager, context, 'mailbox.delete', address, { messages: usedMessages });
    });
  }

  private async row(context: ActorContext, address: string): Promise<Row> {
    const key = addressKeyOf(address);
    const [row] = await this.rows(
      'a.workspace_id = $1 AND (a.address_key = $2 OR a.id = (SELECT account_id FROM mail_aliases WHERE address_key = $2))',
      [context.workspaceId, key],
    );
    if (!row) throw mailstoreError('mailbox_not_found', `There is no mailbox ${address.slice(0, 320)}.`);
    return row;
  }

  private rows(condition: string, values: unknown[]): Promise<Row[]> {
    return this.dataSource.query(
      `SELECT a.id, a.address, a.display_name AS "displayName", a.quota_bytes AS "quotaBytes", a.used_bytes AS "usedBytes", a.used_messages AS "usedMessages",
         a.is_catch_all AS "isCatchAll", a.takes_replies AS "takesReplies", a.password_hash IS NOT NULL AS "hasPassword", a.created_at AS "createdAt",
         a.last_sign_in_at AS "lastSignInAt", ARRAY(SELECT address_key FROM mail_aliases l WHERE l.account_id = a.id ORDER BY 1) AS aliases
       FROM mail_accounts a WHERE ${condition} ORDER BY a.address_key LIMIT 10000`,
      values,
    ) as Promise<Row[]>;
  }

  /** An address at a domain that the workspace has. */
  private async ownAddress(context: ActorContext, text: string): Promise<string> {
    const parsed = tryParseAddress(text.trim());
    if (!parsed.ok) throw mailstoreError('mailbox_address_invalid', `${text.slice(0, 320)} is not a mail address.`);
    const address = asciiAddress(text.trim());
    const domain = address.slice(address.lastIndexOf('@') + 1);
    const [known] = (await this.dataSource.query('SELECT 1 FROM domains WHERE workspace_id = $1 AND lower(name) = $2', [
      context.workspaceId,
      domain,
    ])) as unknown[];
    if (!known)
      throw mailstoreError('mailbox_address_invalid', `${domain} is not a domain of this workspace.`, {
        suggestion: `Add it with \`npx chapar domain add ${domain}\`.`,
      });
    return address;
  }

  private audit(manager: EntityManager, context: ActorContext, action: string, target: string, detail: object = {}): Promise<void> {
    const { workspaceId, actor } = context;
    return appendAudit(manager, { workspaceId, actor: `${actor.kind} ${actor.id}`, action, target, detail });
  }
}

interface Row extends Omit<MailAccountView, 'quotaBytes' | 'usedBytes'> {
  readonly quotaBytes: string | null;
  readonly usedBytes: string;
}

function view({ quotaBytes, usedBytes, ...row }: Row): MailAccountView {
  return { ...row, quotaBytes: quotaBytes === null ? null : Number(quotaBytes), usedBytes: Number(usedBytes) };
}

/** The domain in ASCII and lower case. */
function asciiAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return `${address.slice(0, at)}@${(domainToASCII(domain) || domain).toLowerCase()}`;
}

/** How addresses of mailboxes are compared: without case. */
export function addressKeyOf(address: string): string {
  return asciiAddress(address.trim().replace(/^<(.*)>$/, '$1')).toLowerCase();
}

async function refuseTaken(manager: EntityManager, keys: readonly string[]): Promise<void> {
  const [taken] = (await manager.query(
    `SELECT address_key FROM mail_accounts WHERE address_key = ANY($1::text[]) UNION ALL SELECT address_key FROM mail_aliases WHERE address_key = ANY($1::text[])`,
    [keys],
  )) as { address_key: string }[];
  if (taken) throw mailstoreError('mailbox_exists', `${taken.address_key} is a mailbox or an alias already.`);
}
