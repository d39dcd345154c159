import { AppendParser } from './append-parser.js';
import { ByteQueue } from './byte-queue.js';
import { sessionLimits } from './limits.js';
import { parseCommand } from './parse-command.js';
import { CommandSyntaxError } from './parse-error.js';
import type { AppendMessage, ReaderEvent, ReaderLimits } from './reader.types.js';

/** What a line ends in when a literal follows. */
const LITERAL = /(~?)\{(\d{1,20})([+-]?)\}$/;
const TAG = /^[!#$&',\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]{1,200}(?= |$)/;
/** So much of what is not wanted and comes all the same is read past, as a multiple of what would be allowed; more ends the connection. */
const DRAIN_FACTOR = 2;

type State =
  | { readonly kind: 'command' }
  | { readonly kind: 'literal'; readonly bytes: number }
  /** A message of APPEND waits for the session's word. */
  | { readonly kind: 'offered'; readonly message: AppendMessage }
  | { readonly kind: 'message'; readonly left: number }
  /** Past the bytes of a literal nobody wants, and then the rest of its command. */
  | { readonly kind: 'drain'; readonly left: number }
  | { readonly kind: 'closed' };

const TURN = Symbol('the state changed, look again');
type Step = ReaderEvent | undefined | typeof TURN;

/**
 * Commands out of bytes, in any pieces, one event at a time (RFC 9051 §2.2, RFC 7888). The session calls `push` with what came and `next` until it
 * says undefined; in between it may change `limits` and `isUtf8`, call `expectLine`, or drop what is buffered when TLS starts.
 */
export class CommandReader {
  /** Names are UTF-8: after ENABLE UTF8=ACCEPT or IMAP4rev2. */
  isUtf8 = false;
  private readonly queue = new ByteQueue();
  private readonly pending: ReaderEvent[] = [];
  private state: State = { kind: 'command' };
  private lineWanted = 0;
  private pieces: Buffer[] = [];
  private commandBytes = 0;
  private literals = 0;
  private append: AppendParser | undefined;

  constructor(public limits: ReaderLimits = sessionLimits) {}

  /** Bytes that came and were not used: stop reading from the socket while they are many. */
  get bufferedBytes(): number {
    return this.queue.length;
  }

  push(chunk: Buffer): void {
    if (this.state.kind !== 'closed') this.queue.push(chunk);
  }

  /** The next event is one line as it stands (AUTHENTICATE's answers, DONE). Call it before `next()`. @param mostBytes longer ones are fatal */
  expectLine(mostBytes = 65_536): void {
    this.lineWanted = mostBytes;
  }

  /** What was sent before TLS began is none of TLS's (RFC 9051 §6.2.1). @returns how many bytes that were */
  discardBuffered(): number {
    return this.queue.clear();
  }

  /** The offered message may come. @returns whether to write a continuation first */
  acceptLiteral(): boolean {
    if (this.state.kind !== 'offered') throw new TypeError('no message is offered');
    const { message } = this.state;
    this.state = { kind: 'message', left: message.sizeBytes };
    return message.isSynchronising;
  }

  /** The offered message, and with it the APPEND, is not wanted: answer its tag; what the client sends of it all the same is read past. */
  refuseAppend(): void {
    if (this.state.kind !== 'offered') throw new TypeError('no message is offered');
    const { message } = this.state;
    this.forget(message.isSynchronising ? { kind: 'command' } : { kind: 'drain', left: message.sizeBytes });
  }

  next(): ReaderEvent | undefined {
    for (;;) {
      const event = this.pending.shift() ?? this.step();
      if (event !== TURN) return event;
    }
  }

  private step(): Step {
    const { state } = this;
    switch (state.kind) {
      case 'closed':
      case 'offered':
        return undefined;
      case 'command':
        return this.line();
      case 'literal':
        if (this.queue.length < state.bytes) return undefined;
        this.pieces.push(this.queue.take(state.bytes));
        this.state = { kind: 'command' };
        return TURN;
      case 'message':
        return this.messageBytes(state.left);
      case 'drain':
        return this.drain(state.left);
    }
  }

  private line(): Step {
    const isRaw = this.lineWanted > 0 && this.pieces.length === 0;
    const most = isRaw ? this.lineWanted : this.limits.lineBytes;
    const line = this.queue.takeLine();
    if (line === undefined) return this.queue.length > most + 2 ? this.fatal('The line is too long', this.queue.peek(300)) : undefined;
    const text = line.subarray(0, line.length - (line.at(-2) === 0x0d ? 2 : 1));
    if (text.length > most) return this.fatal('The line is too long', line);
    if (isRaw) {
      this.lineWanted = 0;
      return { kind: 'line', line: text };
    }
    // Between commands, some clients send empty lines.
    if (this.pieces.length === 0 && text.length === 0 && this.append === undefined) return TURN;
    this.pieces.push(text);
    this.commandBytes += line.length;
    if (this.commandBytes > this.limits.commandBytes) return this.fatal('The command is too long');
    const literal = LITERAL.exec(text.toString('latin1', Math.max(0, text.length - 30)));
    return literal === null ? this.complete() : this.announced(literal, line);
  }

  /** All of a command is here. */
  private complete(): Step {
    const bytes = Buffer.concat(this.pieces);
    try {
      if (this.append === undefined) {
        const command = parseCommand(bytes, { limits: this.limits, isUtf8: this.isUtf8 });
        this.forget();
        return { kind: 'command', command };
      }
      const { tag } = this.append;
      this.append.end(bytes);
      this.forget();
      return { kind: 'append-end', tag };
    } catch (error) {
      return this.bad(error, { kind: 'command' });
    }
  }

  /** A line ended in `{n}`: a string of the command, or a message of APPEND. */
  private announced([, tilde, digits, sign]: RegExpExecArray, line: Buffer): Step {
    const literal = { sizeBytes: Number(digits), isBinary: tilde !== '', isSynchronising: sign === '' };
    const { limits } = this;
    let largest = limits.literalBytes;
    try {
      const isFirst = this.append === undefined;
      this.append ??= AppendParser.begin(Buffer.concat(this.pieces), { limits, isUtf8: this.isUtf8 });
      if (this.append !== undefined) {
        largest = limits.appendBytes;
        return this.offer(this.append.message(Buffer.concat(this.pieces), literal), isFirst);
      }
      this.commandBytes += literal.sizeBytes;
      this.literals += 1;
      if (literal.sizeBytes > largest) throw new CommandSyntaxError('The literal is too large', 'BAD', 'TOOBIG');
      if (this.commandBytes > limits.commandBytes) throw new CommandSyntaxError('The command is too long', 'BAD', 'TOOBIG');
      if (this.literals > limits.literals) throw new CommandSyntaxError('The command has too many literals');
    } catch (error) {
      if (literal.isSynchronising) return this.bad(error, { kind: 'command' });
      return this.bad(error, literal.sizeBytes > largest * DRAIN_FACTOR ? { kind: 'closed' } : { kind: 'drain', left: literal.sizeBytes });
    }
    // The end of the line belongs to the literal's head for whoever parses the whole.
    this.pieces[this.pieces.length - 1] = line;
    this.state = { kind: 'literal', bytes: literal.sizeBytes };
    return literal.isSynchronising ? { kind: 'continue' } : TURN;
  }

  private offer(message: AppendMessage, isFirst: boolean): Step {
    const { tag, mailbox } = this.append!;
    this.pieces = [];
    this.state = { kind: 'offered', message };
    const offered: ReaderEvent = { kind: 'append-message', message };
    if (!isFirst) return offered;
    this.pending.push(offered);
    return { kind: 'append', tag, mailbox };
  }

  private messageBytes(left: number): Step {
    if (left === 0) {
      this.state = { kind: 'command' };
      return { kind: 'append-message-end' };
    }
    const data = this.queue.takeSome(left);
    if (data.length === 0) return undefined;
    this.state = { kind: 'message', left: left - data.length };
    return { kind: 'append-data', data };
  }

  private drain(left: number): Step {
    if (left > 0) {
      const { length } = this.queue.takeSome(left);
      if (length === 0) return undefined;
      this.state = { kind: 'drain', left: left - length };
      return TURN;
    }
    const line = this.queue.takeLine();
    if (line === undefined) return this.queue.length > this.limits.lineBytes ? this.fatal('The line is too long') : undefined;
    const [, , digits, sign] = LITERAL.exec(line.toString('latin1', Math.max(0, line.length - 32)).trimEnd()) ?? [];
    const isMore = digits !== undefined && sign !== '';
    if (isMore && Number(digits) > DRAIN_FACTOR * Math.max(this.limits.appendBytes, this.limits.literalBytes))
      return this.fatal('The literal is too large');
    this.state = isMore ? { kind: 'drain', left: Number(digits) } : { kind: 'command' };
    return TURN;
  }

  private fatal(text: string, line?: Buffer): ReaderEvent {
    if (line !== undefined) this.pieces.push(line);
    return this.bad(new CommandSyntaxError(text, 'BAD', 'TOOBIG'), { kind: 'closed' });
  }

  /** Ends the command; `state` says how its rest is got rid of. */
  private bad(error: unknown, state: State): ReaderEvent {
    if (!(error instanceof CommandSyntaxError)) throw error;
    const [start = Buffer.alloc(0)] = this.pieces;
    const tag = this.append?.tag ?? TAG.exec(start.toString('latin1', 0, 202))?.[0] ?? '*';
    this.forget(state);
    const { status, code, message } = error;
    return { kind: 'bad', tag, status, text: message, isFatal: state.kind === 'closed', ...(code !== undefined && { code }) };
  }

  private forget(state: State = { kind: 'command' }): void {
    this.pieces = [];
    this.commandBytes = 0;
    this.literals = 0;
    this.append = undefined;
    this.state = state;
    if (state.kind === 'closed') this.queue.clear();
  }
}
