import { Cursor, type CursorSettings, isOpen } from './cursor.js';
import { parseDateTime } from './dates.js';
import { flagList } from './flags.js';
import { CommandSyntaxError } from './parse-error.js';
import type { AppendMessage, ReaderLimits } from './reader.types.js';

type Literal = Pick<AppendMessage, 'sizeBytes' | 'isBinary' | 'isSynchronising'>;
type Settings = CursorSettings & { readonly limits: ReaderLimits };

/** `tag APPEND mailbox *([flags] [date] message)`, of which the messages themselves never come here. */
export class AppendParser {
  private messages = 0;
  private isInUtf8 = false;

  private constructor(
    readonly tag: string,
    readonly mailbox: string,
    private readonly settings: Settings,
    /** Where the first message's arguments begin. */
    private readonly start: number,
  ) {}

  /**
   * @param bytes a command up to and with the `{n}` of its first literal that is not among them
   * @returns undefined where it is no APPEND, or that literal is its mailbox
   * @throws CommandSyntaxError
   */
  static begin(bytes: Buffer, settings: Settings): AppendParser | undefined {
    if (!/^\S{1,200} +APPEND /i.test(bytes.toString('latin1', 0, 220))) return undefined;
    if (settings.limits.appendBytes === 0) throw new CommandSyntaxError('Log in first');
    const cursor = new Cursor(bytes, settings);
    const tag = cursor.tag();
    cursor.space();
    cursor.atom();
    cursor.space();
    if (/^~?\{\d+[+-]?\}$/.test(bytes.toString('latin1', cursor.at, cursor.at + 30))) return undefined;
    const mailbox = cursor.mailbox();
    return new AppendParser(tag, mailbox, settings, cursor.at);
  }

  /** @param bytes for the first message all of the command, for later ones what follows the message before. @throws CommandSyntaxError */
  message(bytes: Buffer, literal: Literal): AppendMessage {
    const { limits } = this.settings;
    const cursor = new Cursor(bytes, this.settings);
    if (this.messages === 0) cursor.at = this.start;
    this.messages += 1;
    if (this.messages > limits.appendMessages) cursor.fail('APPEND has too many messages');
    this.endUtf8(cursor);
    cursor.space();
    const flags = isOpen(cursor) ? flagList(cursor) : [];
    if (isOpen(cursor) || flags.length > 0 || cursor.is(' ')) cursor.space();
    let internalDate: Date | undefined;
    if (cursor.is('"')) {
      internalDate = parseDateTime(cursor.string('a date').toString('latin1'));
      if (internalDate === undefined) cursor.fail('The date looks like "17-Jul-2030 02:44:25 +0000"');
      cursor.space();
    }
    const isUtf8 = this.beginUtf8(cursor);
    if (!/^~?\{\d+[+-]?\}$/.test(bytes.toString('latin1', cursor.at))) cursor.fail(`Expected a message ${cursor.where()}`);
    if (literal.sizeBytes > limits.appendBytes) throw new CommandSyntaxError('The message is too large', 'NO', 'TOOBIG');
    return { flags, ...literal, isUtf8, ...(internalDate && { internalDate }) };
  }

  /** @param bytes what follows the last message. @throws CommandSyntaxError */
  end(bytes: Buffer): void {
    const cursor = new Cursor(bytes, this.settings);
    this.endUtf8(cursor);
    cursor.end();
  }

  private beginUtf8(cursor: Cursor): boolean {
    if (cursor.is('{') || cursor.is('~')) return false;
    const word = cursor.atom('a message').toUpperCase();
    if (word === 'CATENATE') cursor.fail('CATENATE is not offered');
    if (word !== 'UTF8') cursor.fail('Expected a message');
    cursor.space();
    cursor.need('(');
    this.isInUtf8 = true;
    return true;
  }

  private endUtf8(cursor: Cursor): void {
    if (!this.isInUtf8) return;
    cursor.need(')');
    this.isInUtf8 = false;
  }
}
