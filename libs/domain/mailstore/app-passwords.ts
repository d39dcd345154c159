import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { type ActorContext, uuidv7 } from '#base/kernel';
import { appendAudit } from '#platform/audit';
import { mailstoreError } from './mailstore.errors.js';

export const mailScopes = ['imap', 'pop3', 'smtp', 'sieve'] as const;
export type MailScope = (typeof mailScopes)[number];

export interface NewAppPassword {
  readonly name: string;
  /** Absent: all. */
  readonly scopes?: readonly MailScope[];
  readonly expiresAt?: Date;
}

export interface AppPasswordView {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly MailScope[];
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
}

const SHAPE = /^cmp_([A-Za-z0-9]{8})_([A-Za-z0-9]{32})$/;

/**
 * Passwords that programs get and people never type twice: 190 random bits, so that a keyed hash is enough and a client that signs in
 * all day costs microseconds. They look like `cmp_<8 public>_<32 secret>`.
 */
export class AppPasswords {
  /** @param key secret of at least 32 bytes, the same in every process of the instance */
  constructor(
    private readonly dataSource: DataSource,
    private readonly key: Uint8Array,
  ) {}

  /** @returns the password, for the only time @throws ChaparError `mailbox_not_found` */
  async create(context: ActorContext, accountId: string, input: NewAppPassword): Promise<{ id: string; password: string }> {
    const [id, prefix, secret] = [uuidv7(), letters(8), letters(32)];
    await this.dataSource.transaction(async (manager) => {
      const [account] = (await manager.query('SELECT address FROM mail_accounts WHERE id = $1 AND workspace_id = $2', [
        accountId,
        context.workspaceId,
      ])) as { address: string }[];
      if (!account) throw mailstoreError('mailbox_not_found', 'There is no such mailbox.');
      await manager.query(
        'INSERT INTO mail_app_passwords (id, account_id, name, prefix, hash, scopes, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)',
        [id, accountId, input.name.slice(0, 100), prefix, this.hashOf(secret), [...(input.scopes ?? mailScopes)], input.expiresAt ?? null],
      );
      const { workspaceId, actor } = context;
      const who = `${actor.kind} ${actor.id}`;
      await appendAudit(manager, { workspaceId, actor: who, action: 'mailbox.app-password', target: account.address, detail: { id } });
    });
    return { id, password: `cmp_${prefix}_${secret}` };
  }

  async list(context: ActorContext, accountId: string): Promise<AppPasswordView[]> {
    return (await this.dataSource.query(
      `SELECT p.id, p.name, p.scopes, p.created_at AS "createdAt", p.last_used_at AS "lastUsedAt", p.expires_at AS "expiresAt"
       FROM mail_app_passwords p JOIN mail_accounts a ON a.id = p.account_id WHERE a.workspace_id = $1 AND a.id = $2 ORDER BY p.id`,
      [context.workspaceId, accountId],
    )) as AppPasswordView[];
  }

  /** @throws ChaparError `app_password_not_found` */
  async revoke(context: ActorContext, accountId: string, id: string): Promise<void> {
    const [, gone] = (await this.dataSource.query(
      `DELETE FROM mail_app_passwords p USING mail_accounts a WHERE a.id = p.account_id AND a.workspace_id = $1 AND a.id::text = $2 AND p.id::text = $3`,
      [context.workspaceId, accountId, id],
    )) as [unknown, number];
    if (gone === 0) throw mailstoreError('app_password_not_found', 'The mailbox has no such app password.');
  }

  /** Whether a password is of this kind at all. */
  static isOne(password: string): boolean {
    return SHAPE.test(password);
  }

  /** @returns its id, where it opens the account for this */
  async verify(accountId: string, password: string, scope: MailScope): Promise<string | undefined> {
    const [, prefix, secret] = SHAPE.exec(password) ?? [];
    if (prefix === undefined || secret === undefined) return undefined;
    const [row] = (await this.dataSource.query(
      `SELECT id, hash, scopes, coalesce(last_used_at < now() - interval '1 hour', true) AS stale FROM mail_app_passwords
       WHERE prefix = $1 AND account_id = $2 AND (expires_at IS NULL OR expires_at > now())`,
      [prefix, accountId],
    )) as { id: string; hash: Buffer; scopes: string[]; stale: boolean }[];
    if (!row || !timingSafeEqual(row.hash, this.hashOf(secret)) || !row.scopes.includes(scope)) return undefined;
    if (row.stale) await this.dataSource.query('UPDATE mail_app_passwords SET last_used_at = now() WHERE id = $1', [row.id]);
    return row.id;
  }

  private hashOf(secret: string): Buffer {
    return createHmac('sha256', this.key).update(secret).digest();
  }
}

function letters(count: number): string {
  let text = '';
  while (text.length < count)
    text += randomBytes(count)
      .toString('base64')
      .replace(/[^A-Za-z0-9]/g, '');
  return text.slice(0, count);
}
