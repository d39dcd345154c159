import { messageOf } from '#base/kernel';
import { type MailFolder, type SignedInMailbox, DELETED } from '#domain/mailstore';
import type { TextChannel, TextConversation } from '#net/text-listener';
import { DotStuffer, type MaildropMessage, type Pop3Action, Pop3Machine, Pop3Reader, pop3Failure } from '#protocol/pop3';
import type { MailServices } from '../mail-services.js';
import { readPlain } from '../sasl-plain.js';

const MOST_BUFFERED = 64 * 1024;
const FAILURE_MS = 1_000;

/** Accounts whose maildrop some session of this process has locked (RFC 1939 §8: exclusive). */
const locked = new Set<string>();

/** One connection's POP3 conversation: INBOX as it was at sign-in; what was deleted goes at QUIT and never before. */
export class Pop3Session implements TextConversation {
  private readonly reader = new Pop3Reader();
  private readonly machine: Pop3Machine;
  private account: SignedInMailbox | undefined;
  private inbox: MailFolder | undefined;
  private uids: readonly number[] = [];
  private isOver = false;
  private isPumping = false;
  /** AUTH waits for the client's answer. */
  private waitsForAnswer = false;

  constructor(
    private readonly channel: TextChannel,
    private readonly services: MailServices,
  ) {
    const { hostname, allowsClearText } = services;
    this.machine = new Pop3Machine({ hostname, mechanisms: ['PLAIN'], hasTls: true, mayLogInWithoutTls: allowsClearText }, channel.isTls);
    void this.act(this.machine.greet());
  }

  received(chunk: Buffer): void {
    this.reader.push(chunk);
    if (this.reader.bufferedBytes > MOST_BUFFERED) this.channel.pause();
    void this.pump();
  }

  closed(): void {
    this.isOver = true;
    if (this.account && this.inbox) locked.delete(this.account.accountId);
  }

  goodbye(): void {
    // RFC 1939 §3: nothing is deleted, and nothing is said.
    this.isOver = true;
    this.channel.end();
  }

  private async pump(): Promise<void> {
    if (this.isPumping) return;
    this.isPumping = true;
    try {
      for (let event = this.reader.next(); event !== undefined && !this.isOver; event = this.reader.next()) {
        if (event.kind === 'command') await this.act(this.machine.handle(event.command));
        else if (event.kind === 'line') await this.answered(event.line);
        else {
          await this.act([pop3Failure(event.text)]);
          if (event.isFatal) this.goodbye();
        }
      }
    } catch (error) {
      this.services.logger.error(
        { reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined },
        'a POP3 session ended on an error of ours',
      );
      this.isOver = true;
      this.channel.destroy();
    } finally {
      this.isPumping = false;
    }
    if (this.reader.bufferedBytes <= MOST_BUFFERED) this.channel.resume();
  }

  private async act(actions: readonly Pop3Action[]): Promise<void> {
    for (const action of actions) if (!this.isOver) await this.perform(action);
  }

  private async perform(action: Pop3Action): Promise<void> {
    switch (action.kind) {
      case 'write':
        return this.channel.write(action.bytes);
      case 'log-in':
        return this.logIn(action.username, action.password);
      case 'authenticate':
        if (action.initialResponse) return this.plain(action.initialResponse);
        this.waitsForAnswer = true;
        this.reader.expectLine();
        return this.act(this.machine.challenge(Buffer.alloc(0)));
      case 'start-tls':
        this.channel.pause();
        this.reader.discardBuffered();
        await this.channel.startTls();
        return this.machine.tlsStarted();
      case 'send-message':
        return this.sendMessage(action.index, action.lines);
      case 'commit':
        return this.commit(action.indexes);
      case 'close':
        this.isOver = true;
        if (this.account && this.inbox) locked.delete(this.account.accountId);
        return this.channel.end();
      default:
        return action satisfies never;
    }
  }

  private async answered(line: Buffer): Promise<void> {
    if (!this.waitsForAnswer) return;
    this.waitsForAnswer = false;
    const text = line.toString('latin1');
    if (text === '*' || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return this.act(this.machine.refused('Cancelled'));
    return this.plain(Buffer.from(text, 'base64'));
  }

  private async plain(response: Buffer): Promise<void> {
    const credentials = readPlain(response);
    if (!credentials) return this.act(this.machine.refused('That is no answer to PLAIN', 'AUTH'));
    return this.logIn(credentials.user, credentials.password);
  }

  private async logIn(user: string, password: string): Promise<void> {
    const found = await this.services.signIn.signIn(user, password, 'pop3', this.channel.remoteAddress);
    if (found === 'wrong') {
      await new Promise((resolve) => setTimeout(resolve, FAILURE_MS));
      return this.act(this.machine.refused('The user or the password is wrong', 'AUTH'));
    }
    if ('waitSeconds' in found)
      return this.act(this.machine.refused(`Too many failed sign-ins: wait ${found.waitSeconds} seconds`, 'LOGIN-DELAY'));
    if (locked.has(found.accountId)) return this.act(this.machine.refused('Another session has the maildrop open', 'IN-USE'));
    locked.add(found.accountId);
    this.account = found;
    this.inbox = await this.services.folders.find(found.accountId, 'INBOX');
    if (this.isOver || !this.inbox) {
      locked.delete(found.accountId);
      return this.act(this.machine.refused('There is no INBOX', 'SYS/PERM'));
    }
    const { uidValidity } = this.inbox;
    const sizes = await this.services.messages.sizes(this.inbox.id);
    this.uids = sizes.map(({ uid }) => uid);
    const messages: MaildropMessage[] = sizes.map(({ uid, sizeBytes }) => ({ sizeBytes, uidl: `${uidValidity}-${uid}` }));
    return this.act(this.machine.loggedIn(messages));
  }

  private async sendMessage(index: number, lines: number | undefined): Promise<void> {
    const [message] = await this.services.messages.readAgain(this.inbox!.id, [this.uids[index]!]);
    const stuffer = new DotStuffer(lines);
    // What another session removed is empty by now; the number stays what it was.
    if (message) await this.channel.write(stuffer.push(await this.services.bytes.whole(message)));
    await this.channel.write(stuffer.end());
  }

  private async commit(indexes: readonly number[]): Promise<void> {
    const uids = indexes.map((index) => this.uids[index]!);
    let isWhole = true;
    if (uids.length > 0) {
      const { messages } = this.services;
      try {
        await messages.setFlags(this.inbox!.id, uids, { mode: 'add', flags: { bits: DELETED, keywords: [] } });
        await messages.expunge(this.inbox!.id, uids);
      } catch (error) {
        this.services.logger.error({ reason: messageOf(error) }, 'messages could not be deleted at QUIT');
        isWhole = false;
      }
    }
    return this.act(this.machine.committed(isWhole));
  }
}
