import { messageOf } from '#base/kernel';
import type { SignedInMailbox } from '#domain/mailstore';
import type { TextChannel, TextConversation } from '#net/text-listener';
import { CommandReader, type ImapCommand, type ReaderEvent, continuation, preLoginLimits, sessionLimits, statusLine } from '#protocol/imap';
import { type Answer, answerTo } from './answers.js';
import { AppendCommand } from './append-command.js';
import { answerAuthenticate, offeredCapabilities } from './account-commands.js';
import type { MailServices } from '../mail-services.js';
import { runCommand } from './run-command.js';
import type { SelectedFolder } from './selected-folder.js';

/** Unread bytes of a client that sends faster than it is answered, before its socket is left alone. */
const MOST_BUFFERED = 256 * 1024;
/** Without a sign-in a connection is over after this. */
const SIGN_IN_MS = 60_000;
const MAX_BAD = 20;
const KEEP_ALIVE_MS = 117_000;
/** Without news a folder is looked at no more often. */
const LOOK_AGAIN_MS = 500;

/** What waits for the client's next line. */
type Waiting = { readonly kind: 'idle'; readonly tag: string } | { readonly kind: 'sasl'; readonly tag: string };

/** One connection's IMAP conversation (RFC 9051, RFC 3501): commands one after the other, in the order they came. */
export class ImapSession implements TextConversation {
  account: SignedInMailbox | undefined;
  selected: SelectedFolder | undefined;
  readonly enabled = { condstore: false, qresync: false, utf8: false, rev2: false };
  readonly reader = new CommandReader(preLoginLimits);
  isOver = false;
  private waiting: Waiting | undefined;
  private append: AppendCommand | undefined;
  /** Everything that writes waits its turn here. */
  private turn: Promise<void> = Promise.resolve();
  private isPumping = false;
  private badCommands = 0;
  private stopWatching: (() => void) | undefined;
  private hasNews = false;
  private lookedAt = 0;
  private readonly signInOverdue: NodeJS.Timeout;
  private keepAlive: NodeJS.Timeout | undefined;

  constructor(
    readonly channel: TextChannel,
    readonly services: MailServices,
  ) {
    this.signInOverdue = setTimeout(() => this.hangUp('Sign in sooner'), SIGN_IN_MS);
    void this.inTurn(() =>
      this.say(statusLine('*', 'OK', `${services.hostname} IMAP ready`, { code: 'CAPABILITY', capabilities: offeredCapabilities(this) })),
    );
  }

  /** How strings and names are written to this client. */
  get settings(): { readonly isUtf8: boolean } {
    return { isUtf8: this.enabled.utf8 || this.enabled.rev2 };
  }

  get mayLogIn(): boolean {
    return this.channel.isTls || this.services.allowsClearText;
  }

  received(chunk: Buffer): void {
    this.reader.push(chunk);
    if (this.reader.bufferedBytes > MOST_BUFFERED) this.channel.pause();
    this.pump();
  }

  closed(): void {
    this.isOver = true;
    clearTimeout(this.signInOverdue);
    clearInterval(this.keepAlive);
    this.leaveFolder();
    this.append?.drop();
  }

  goodbye(): void {
    this.hangUp('The server closes this connection');
  }

  async say(...answers: readonly Buffer[]): Promise<void> {
    for (const answer of answers) if (!this.isOver) await this.channel.write(answer);
  }

  /** From here on changes of the folder are heard of. */
  enterFolder(selected: SelectedFolder): void {
    this.leaveFolder();
    this.selected = selected;
    this.stopWatching = this.services.beacon.watch(selected.folder.id, () => {
      this.hasNews = true;
      if (this.waiting?.kind === 'idle') void this.inTurn(() => this.tellNews());
    });
  }

  leaveFolder(): void {
    this.stopWatching?.();
    this.stopWatching = undefined;
    this.selected = undefined;
  }

  signedIn(account: SignedInMailbox): void {
    clearTimeout(this.signInOverdue);
    this.account = account;
    this.reader.limits = { ...sessionLimits, appendBytes: this.services.appendLimit };
  }

  /** Says what others changed. */
  async tellChanges(mayExpunge: boolean, known?: ReadonlyMap<number, bigint>): Promise<void> {
    const { selected, enabled } = this;
    if (!selected) return;
    this.hasNews = false;
    this.lookedAt = performance.now();
    const withModSeq = enabled.condstore;
    await this.say(
      ...(await selected.sync(this.settings, { mayExpunge, withModSeq, withVanished: enabled.qresync, ...(known && { known }) })),
    );
  }

  beginIdle(tag: string): void {
    this.reader.expectLine();
    this.waiting = { kind: 'idle', tag };
    this.keepAlive = setInterval(() => void this.inTurn(() => this.say(statusLine('*', 'OK', 'Still here'))), KEEP_ALIVE_MS);
  }

  /** The client's next line is its answer to a challenge. */
  expectSaslAnswer(tag: string): void {
    this.reader.expectLine();
    this.waiting = { kind: 'sasl', tag };
  }

  hangUp(text: string): void {
    if (this.isOver) return;
    void this.inTurn(async () => {
      await this.say(statusLine('*', 'BYE', text));
      this.isOver = true;
      this.channel.end();
    });
  }

  private pump(): void {
    if (this.isPumping || this.isOver) return;
    this.isPumping = true;
    void this.inTurn(async () => {
      try {
        for (let event = this.reader.next(); event !== undefined && !this.isOver; event = this.reader.next()) await this.handle(event);
      } finally {
        this.isPumping = false;
      }
      if (this.reader.bufferedBytes <= MOST_BUFFERED) this.channel.resume();
    });
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work).catch((error: unknown) => {
      this.services.logger.error(
        { reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined },
        'an IMAP session ended on an error of ours',
      );
      this.isOver = true;
      this.channel.destroy();
    });
    return this.turn;
  }

  private async handle(event: ReaderEvent): Promise<void> {
    switch (event.kind) {
      case 'command':
        return this.command(event.command);
      case 'continue':
        return this.say(continuation('Ready'));
      case 'line':
        return this.line(event.line);
      case 'bad':
        this.append?.drop();
        this.append = undefined;
        await this.say(
          statusLine(event.tag, event.status, event.text, event.code === undefined ? undefined : { code: 'OTHER', text: event.code }),
        );
        if (event.isFatal || ++this.badCommands > MAX_BAD) this.hangUp('Too many errors');
        return;
      case 'append':
        this.append = new AppendCommand(this, event.tag, event.mailbox);
        return;
      case 'append-message':
        return this.append?.begin(event.message);
      case 'append-data':
        this.append?.data(event.data);
        return;
      case 'append-message-end':
        this.append?.messageEnd();
        return;
      case 'append-end': {
        const { append } = this;
        this.append = undefined;
        if (append) await this.finish(event.tag, () => append.end(), true);
        return;
      }
      default:
        return event satisfies never;
    }
  }

  private async command(command: ImapCommand): Promise<void> {
    // A command that names messages by number must not lose them under its hands.
    const namesByNumber =
      (command.name === 'FETCH' ||
        command.name === 'STORE' ||
        command.name === 'SEARCH' ||
        command.name === 'SORT' ||
        command.name === 'THREAD') &&
      !command.isUid;
    await this.finish(command.tag, () => runCommand(this, command), !namesByNumber);
  }

  private async finish(tag: string, work: () => Promise<Answer | 'later'>, mayExpunge: boolean): Promise<void> {
    let answer: Answer | 'later';
    try {
      answer = await work();
      if (answer === 'later') return;
      // Changes of others are told between commands, and at once while the client idles.
      if (this.isWorthALook(mayExpunge)) await this.tellChanges(mayExpunge);
    } catch (error) {
      const known = answerTo(error);
      if (!known)
        this.services.logger.error(
          { reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined },
          'an IMAP command failed',
        );
      answer = known ?? { status: 'NO', text: 'That does not work right now, try again later', code: 'UNAVAILABLE' };
    }
    if (answer.status === 'BAD' && ++this.badCommands > MAX_BAD) this.hangUp('Too many errors');
    await this.say(statusLine(tag, answer.status, answer.text, answer.code));
  }

  /** News is heard of; what was not heard, of another process, is found when a while has passed, or when the client asks. */
  private isWorthALook(mayExpunge: boolean): boolean {
    const { selected } = this;
    if (!selected) return false;
    return this.hasNews || (mayExpunge && selected.owesExpunges) || performance.now() - this.lookedAt > LOOK_AGAIN_MS;
  }

  private async line(line: Buffer): Promise<void> {
    const { waiting } = this;
    this.waiting = undefined;
    if (waiting?.kind === 'sasl') return this.finish(waiting.tag, () => answerAuthenticate(this, line.toString('latin1')), false);
    clearInterval(this.keepAlive);
    const isDone = line.toString('latin1').trim().toUpperCase() === 'DONE';
    await this.finish(
      waiting?.tag ?? '*',
      () => Promise.resolve({ status: isDone ? 'OK' : 'BAD', text: isDone ? 'IDLE ended' : 'Only DONE ends IDLE' }),
      true,
    );
  }

  private async tellNews(): Promise<void> {
    if (this.waiting?.kind !== 'idle' || !this.hasNews || this.isOver) return;
    try {
      await this.tellChanges(true);
    } catch (error) {
      if (!answerTo(error)) throw error;
      this.hangUp('The folder is gone');
    }
  }
}
