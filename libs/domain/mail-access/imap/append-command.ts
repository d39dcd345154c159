import { type MailFolder, type NewMessage, toFlagSet } from '#domain/mailstore';
import { type AppendMessage, continuation, statusLine, toRanges } from '#protocol/imap';
import { type Answer, ImapRefusal, answerTo, ok } from './answers.js';
import type { ImapSession } from './imap-session.js';

/** APPEND with one message or several (RFC 9051 §6.3.12, RFC 3502): all of them are stored, or none. */
export class AppendCommand {
  private folder: MailFolder | undefined;
  private readonly messages: { readonly head: AppendMessage; readonly bytes: Buffer }[] = [];
  private head: AppendMessage | undefined;
  private pieces: Buffer[] = [];

  constructor(
    private readonly session: ImapSession,
    private readonly tag: string,
    private readonly mailbox: string,
  ) {}

  /** Before its bytes: whether they are wanted at all. */
  async begin(message: AppendMessage): Promise<void> {
    const { reader } = this.session;
    try {
      await this.check(message);
    } catch (error) {
      const answer = answerTo(error);
      if (!answer) throw error;
      reader.refuseAppend();
      this.drop();
      return this.session.say(statusLine(this.tag, answer.status, answer.text, answer.code));
    }
    this.head = message;
    this.pieces = [];
    if (reader.acceptLiteral()) await this.session.say(continuation('Ready'));
  }

  data(data: Buffer): void {
    // It is only lent (see `ReaderEvent`).
    this.pieces.push(Buffer.from(data));
  }

  messageEnd(): void {
    if (this.head) this.messages.push({ head: this.head, bytes: Buffer.concat(this.pieces) });
    this.pieces = [];
  }

  drop(): void {
    this.pieces = [];
    this.messages.length = 0;
  }

  async end(): Promise<Answer> {
    const { services, account } = this.session;
    const { folder } = this;
    if (!folder || this.messages.length === 0) throw new ImapRefusal('There is no message', undefined, 'BAD');
    const stored: NewMessage[] = [];
    for (const { head, bytes } of this.messages) {
      if (!head.isBinary && bytes.includes(0)) throw new ImapRefusal('A message with NUL needs a literal8', undefined, 'BAD');
      const blob = await services.messages.keep(account!.workspaceId, bytes);
      stored.push({ blob, bytes, flags: toFlagSet(head.flags), internalDate: head.internalDate });
    }
    const { uidValidity, uids } = await services.messages.append(folder.id, stored);
    return ok('Appended', { code: 'APPENDUID', uidValidity, uids: toRanges(uids) });
  }

  /** @throws ImapRefusal */
  private async check({ sizeBytes }: AppendMessage): Promise<void> {
    const { account, services } = this.session;
    if (!account) throw new ImapRefusal('Sign in first', undefined, 'BAD');
    if (sizeBytes === 0) throw new ImapRefusal('An empty message is none');
    if (sizeBytes > services.appendLimit) throw new ImapRefusal('The message is too large', 'TOOBIG');
    this.folder ??= await services.folders.find(account.accountId, this.mailbox);
    if (!this.folder) throw new ImapRefusal('There is no such mailbox', 'TRYCREATE');
    const [row] = (await services.dataSource.query('SELECT used_bytes + $2 > quota_bytes AS over FROM mail_accounts WHERE id = $1', [
      account.accountId,
      sizeBytes,
    ])) as { over: boolean | null }[];
    if (row?.over) throw new ImapRefusal('The mailbox is full', 'OVERQUOTA');
  }
}
