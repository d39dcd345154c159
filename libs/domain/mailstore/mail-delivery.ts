import type { EntityManager } from 'typeorm';
import type { ReceptionSignals } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { authenticationResultsField, isForgedResults } from '#net/mail-authentication';
import type { BlobStore } from '#platform/blobs';
import type { MailMessages } from './mail-messages.js';
import type { MailRecipients } from './mail-recipients.js';

export interface MailToDeliver {
  readonly workspaceId: string;
  readonly blob: string;
  /** '' is the null sender. */
  readonly mailFrom: string;
  readonly reception: ReceptionSignals | null;
  /** Into Junk in place of INBOX. */
  readonly isJunk: boolean;
}

/** To be called when the transaction is committed: sessions hear of the mail. */
export type Announcement = () => void;

export interface MailDeliveryParts {
  readonly messages: MailMessages;
  readonly recipients: MailRecipients;
  readonly blobs: Pick<BlobStore, 'get' | 'put'>;
  /** Our name in Authentication-Results. */
  readonly hostname: string;
}

/** Puts received mail into mailboxes, within the transaction that settles it: once, whatever happens to the process. */
export class MailDelivery {
  constructor(private readonly parts: MailDeliveryParts) {}

  /** @returns undefined where no mailbox has the address any more */
  async deliver(manager: EntityManager, recipient: string, mail: MailToDeliver): Promise<Announcement | undefined> {
    const found = await this.parts.recipients.find(recipient);
    return found && this.put(manager, found.accountId, mail);
  }

  /** To every mailbox of the workspace that takes replies. */
  async deliverReply(manager: EntityManager, mail: MailToDeliver): Promise<Announcement | undefined> {
    const accounts = (await manager.query(
      'SELECT id FROM mail_accounts WHERE workspace_id = $1 AND takes_replies AND disabled_at IS NULL ORDER BY id',
      [mail.workspaceId],
    )) as { id: string }[];
    const said: Announcement[] = [];
    for (const { id } of accounts) said.push(await this.put(manager, id, mail));
    return said.length === 0 ? undefined : () => said.forEach((say) => say());
  }

  private async put(manager: EntityManager, accountId: string, mail: MailToDeliver): Promise<Announcement> {
    const { messages, hostname } = this.parts;
    const [folder] = (await manager.query(
      `SELECT id FROM mail_folders WHERE account_id = $1 AND ($2 AND special_use = '\\Junk' OR name = 'INBOX') ORDER BY name = 'INBOX', id LIMIT 1`,
      [accountId, mail.isJunk],
    )) as { id: RowId }[];
    const { blob, bytes } = await this.honest(mail);
    const sender = mail.mailFrom.replace(/[^\x20-\x7e\u0080-\uffff]/g, '');
    const results = mail.reception ? authenticationResultsField(mail.reception, hostname) : '';
    const prefix = Buffer.from(`Return-Path: <${sender}>\r\n${results}`);
    // It was accepted when the mailbox had room: a message too many is better than one that was lost.
    await messages.appendWithin(manager, folder!.id, [{ blob, bytes, prefix, flags: { bits: 0, keywords: [] } }], { evenIfFull: true });
    return () => messages.announce(folder!.id);
  }

  /** Fields that say in our name what we never found are taken out (RFC 8601 §5): then it is another blob. */
  private async honest({ blob, workspaceId }: MailToDeliver): Promise<{ blob: string; bytes: Buffer }> {
    const bytes = await this.parts.blobs.get(blob);
    const end = bytes.indexOf('\r\n\r\n');
    const header = bytes.subarray(0, end < 0 ? bytes.length : end + 2).toString('latin1');
    const fields = header.split(/(?<=\n)(?![ \t])/);
    const kept = fields.filter((field) => {
      const colon = field.indexOf(':');
      return (
        colon < 0 || !isForgedResults(field.slice(0, colon).trim(), field.slice(colon + 1).replace(/\r?\n[ \t]/g, ' '), this.parts.hostname)
      );
    });
    if (kept.length === fields.length) return { blob, bytes };
    const cleaned = Buffer.concat([Buffer.from(kept.join(''), 'latin1'), bytes.subarray(header.length)]);
    return { blob: (await this.parts.blobs.put(workspaceId, cleaned)).ref, bytes: cleaned };
  }
}
