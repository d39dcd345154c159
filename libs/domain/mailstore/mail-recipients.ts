import type { DataSource } from 'typeorm';
import { addressKeyOf } from './mail-accounts.js';

/** Where mail to an address is put. */
export interface MailRecipient {
  readonly accountId: string;
  readonly workspaceId: string;
  /** What stood behind `+` in the local part, for filters (RFC 5233). */
  readonly detail: string | null;
  /** It takes nothing more. */
  readonly isFull: boolean;
}

/** Finds the mailbox of an address: by itself, as an alias, without its `+detail`, or as what a domain has for all others. */
export class MailRecipients {
  constructor(private readonly dataSource: DataSource) {}

  async find(address: string): Promise<MailRecipient | undefined> {
    const key = addressKeyOf(address);
    const at = key.lastIndexOf('@');
    if (at < 1) return undefined;
    const [local, domain] = [key.slice(0, at), key.slice(at + 1)];
    const plus = local.indexOf('+');
    const base = plus > 0 ? `${local.slice(0, plus)}@${domain}` : null;
    const [row] = (await this.dataSource.query(
      `SELECT a.id, a.workspace_id, k.place, coalesce(a.used_bytes >= a.quota_bytes, false) AS full FROM (
         SELECT id AS account_id, 1 AS place FROM mail_accounts WHERE address_key = $1
         UNION ALL SELECT account_id, 1 FROM mail_aliases WHERE address_key = $1
         UNION ALL SELECT id, 2 FROM mail_accounts WHERE address_key = $2
         UNION ALL SELECT account_id, 2 FROM mail_aliases WHERE address_key = $2
         UNION ALL SELECT a.id, 3 FROM mail_accounts a WHERE a.is_catch_all AND a.address_key LIKE '%@' || $3
           AND EXISTS (SELECT FROM domains d WHERE d.workspace_id = a.workspace_id AND lower(d.name) = $3)
       ) AS k JOIN mail_accounts a ON a.id = k.account_id WHERE a.disabled_at IS NULL ORDER BY k.place, a.id LIMIT 1`,
      [key, base, domain.replace(/[\\%_]/g, '\\$&')],
    )) as { id: string; workspace_id: string; place: number; full: boolean }[];
    if (!row) return undefined;
    return { accountId: row.id, workspaceId: row.workspace_id, detail: row.place === 2 ? local.slice(plus + 1) : null, isFull: row.full };
  }
}
