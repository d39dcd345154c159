import { createHmac } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { type Clock, systemClock } from '#base/kernel';
import { SignInThrottle, networkOf, verifyPassword } from '#domain/accounts';
import { appendAudit } from '#platform/audit';
import { AppPasswords, type MailScope } from './app-passwords.js';
import { addressKeyOf } from './mail-accounts.js';

export interface SignedInMailbox {
  readonly accountId: string;
  readonly workspaceId: string;
  readonly address: string;
  /** Other addresses of it, lower case. */
  readonly aliases: readonly string[];
  /** Names of IMAP capabilities that an operator switched off for it. */
  readonly disabledCapabilities: readonly string[];
}

export type MailSignInResult = SignedInMailbox | 'wrong' | { readonly waitSeconds: number };

interface AccountRow {
  readonly id: string;
  readonly workspace_id: string;
  readonly address: string;
  readonly aliases: string[];
  readonly password_hash: string | null;
  readonly disabled_capabilities: string[];
}

const REMEMBERED = 10_000;
/** A sign-in from the same network is written down once in this time: programs sign in all day. */
const AUDIT_EVERY_MS = 24 * 3600_000;

/**
 * Who may open a mailbox: its own password (slow to check, so one that was right a while ago is known by a keyed hash of it and of what is
 * stored), or an app password. Guessing is slowed by account and by network, and does not keep the owner out.
 */
export class MailSignIn {
  private readonly throttle: SignInThrottle;
  private readonly right = new Set<string>();
  private readonly networks = new Set<string>();
  private readonly written = new Map<string, number>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly appPasswords: AppPasswords,
    private readonly key: Uint8Array,
    private readonly clock: Clock = systemClock,
  ) {
    this.throttle = new SignInThrottle(clock);
  }

  /** @param user the address or an alias of the mailbox */
  async signIn(user: string, password: string, scope: MailScope, ip: string): Promise<MailSignInResult> {
    const addressKey = addressKeyOf(user.slice(0, 320));
    const account = await this.find(addressKey);
    if (!(await this.isKnownRight(account, password, scope))) {
      const begun = await this.throttle.begin(addressKey, ip, () => Promise.resolve(this.networks.has(`${addressKey} ${networkOf(ip)}`)));
      if (typeof begun === 'number') return { waitSeconds: begun };
      if (AppPasswords.isOne(password) || !(await this.isOwnPassword(account, password))) return 'wrong';
      begun.succeeded();
    }
    if (!account) return 'wrong';
    remember(this.networks, `${addressKey} ${networkOf(ip)}`);
    await this.write(account, scope, ip);
    const { id, workspace_id: workspaceId, address, aliases, disabled_capabilities: disabledCapabilities } = account;
    return { accountId: id, workspaceId, address, aliases, disabledCapabilities };
  }

  /**
   * What is known in microseconds and cannot be guessed is not slowed: an office comes back all at once from one address. Only what is wrong,
   * or takes a slow look, counts as a try.
   */
  private async isKnownRight(account: AccountRow | undefined, password: string, scope: MailScope): Promise<boolean> {
    if (!account) return false;
    if (AppPasswords.isOne(password)) return (await this.appPasswords.verify(account.id, password, scope)) !== undefined;
    return this.right.has(this.markOf(account, password));
  }

  private async isOwnPassword(account: AccountRow | undefined, password: string): Promise<boolean> {
    if (!(await verifyPassword(account?.password_hash ?? undefined, password)) || !account) return false;
    remember(this.right, this.markOf(account, password));
    return true;
  }

  /** Of another password, or after a change, it is another one. */
  private markOf({ id, password_hash: stored }: AccountRow, password: string): string {
    return createHmac('sha256', this.key)
      .update(`${id}\0${stored}\0${password.slice(0, 1_000)}`)
      .digest('base64');
  }

  private async find(addressKey: string): Promise<AccountRow | undefined> {
    const [row] = (await this.dataSource.query(
      `SELECT id, workspace_id, address, password_hash, disabled_capabilities,
         ARRAY(SELECT l.address_key FROM mail_aliases l WHERE l.account_id = mail_accounts.id) AS aliases FROM mail_accounts
       WHERE disabled_at IS NULL AND (address_key = $1 OR id = (SELECT account_id FROM mail_aliases WHERE address_key = $1))`,
      [addressKey],
    )) as AccountRow[];
    return row;
  }

  private async write(account: AccountRow, scope: MailScope, ip: string): Promise<void> {
    const now = this.clock.now().getTime();
    const key = `${account.id} ${scope} ${networkOf(ip)}`;
    if (now - (this.written.get(key) ?? 0) < AUDIT_EVERY_MS) return;
    if (this.written.size >= REMEMBERED) this.written.clear();
    this.written.set(key, now);
    await this.dataSource.transaction(async (manager) => {
      await manager.query('UPDATE mail_accounts SET last_sign_in_at = now() WHERE id = $1', [account.id]);
      const { workspace_id: workspaceId, address } = account;
      await appendAudit(manager, { workspaceId, actor: address, action: 'mailbox.sign-in', target: address, detail: { scope, ip } });
    });
  }
}

function remember(known: Set<string>, mark: string): void {
  if (known.size >= REMEMBERED) known.clear();
  known.add(mark);
}
