import type { Dialect } from './dialects.js';
import { say } from './dialects.js';

/** What a session asks of the mailbox provider it belongs to. Answers are whole replies, or nothing to go on. */
export interface SessionPolicy {
  onMail(): string | undefined;
  onRecipient(sender: string, recipient: string): string | undefined;
  /** The reply to a complete message. */
  onMessage(message: ReceivedMessage): string;
}

export interface ReceivedMessage {
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly content: Buffer;
}

export type SessionSignal = 'close' | 'starttls' | undefined;

const MAX_LINE_BYTES = 4096;
const MAX_MESSAGE_BYTES = 52_428_800;
const END_OF_DATA = Buffer.from('\r\n.\r\n');

/** One SMTP conversation from the server's side: bytes in, replies out. Knows no socket. */
export class InboundSession {
  private buffered: Buffer = Buffer.alloc(0);
  private scanned = 0;
  private mode: 'command' | 'data' | 'bdat' = 'command';
  private bdat: { left: number; isLast: boolean; chunks: Buffer[]; size: number } | undefined;
  private sender: string | undefined;
  private recipients: string[] = [];
  private out = '';
  private signal: SessionSignal;

  constructor(
    private readonly dialect: Dialect,
    private readonly hostname: string,
    private readonly policy: SessionPolicy,
    private readonly isSecure: boolean,
  ) {}

  banner(): string {
    return `220 ${this.hostname} ${this.dialect.banner}\r\n`;
  }

  /** @returns what to write, and whether to close or to start TLS after it */
  push(chunk: Buffer): { out: string; signal: SessionSignal } {
    this.buffered = this.buffered.length === 0 ? chunk : Buffer.concat([this.buffered, chunk]);
    this.out = '';
    while (this.signal === undefined && this.step());
    return { out: this.out, signal: this.signal };
  }

  private step(): boolean {
    if (this.mode === 'data') return this.takeData();
    if (this.mode === 'bdat') return this.takeBdat();
    const end = this.buffered.indexOf('\r\n');
    if (end < 0) {
      if (this.buffered.length > MAX_LINE_BYTES) this.quit('500 5.5.2 Line too long');
      return false;
    }
    const line = this.buffered.toString('utf8', 0, end);
    this.buffered = this.buffered.subarray(end + 2);
    this.command(line);
    return true;
  }

  private command(line: string): void {
    const verb = line.slice(0, 4).toUpperCase();
    switch (verb) {
      case 'EHLO':
        return this.reply(this.ehlo());
      case 'HELO':
        return this.reply(`250 ${this.hostname}`);
      case 'MAIL':
        return this.mail(line);
      case 'RCPT':
        return this.rcpt(line);
      case 'DATA':
        return this.data();
      case 'BDAT':
        return this.startBdat(line);
      case 'RSET':
        this.reset();
        return this.reply('250 2.0.0 Ok');
      case 'NOOP':
        return this.reply('250 2.0.0 Ok');
      case 'QUIT':
        return this.quit('221 2.0.0 Bye');
      case 'STAR':
        return this.startTls(line);
      default:
        return this.reply('502 5.5.1 Command not recognised');
    }
  }

  private ehlo(): string {
    const offers = this.dialect.offers.filter((offer) => offer !== 'STARTTLS' || !this.isSecure);
    return [this.hostname, ...offers].map((text, i) => `250${i === offers.length ? ' ' : '-'}${text}`).join('\r\n');
  }

  private mail(line: string): void {
    const match = /^MAIL FROM:\s*<([^>]*)>/i.exec(line);
    if (!match) return this.reply('501 5.5.4 Syntax: MAIL FROM:<address>');
    if (this.sender !== undefined) return this.reply('503 5.5.1 Error: nested MAIL command');
    const refusal = this.policy.onMail();
    if (refusal !== undefined) return this.refuse(refusal);
    this.sender = match[1]!;
    this.reply('250 2.1.0 Ok');
  }

  private rcpt(line: string): void {
    const match = /^RCPT TO:\s*<([^>]+)>/i.exec(line);
    if (this.sender === undefined) return this.reply('503 5.5.1 Error: need MAIL command');
    if (!match) return this.reply('501 5.5.4 Syntax: RCPT TO:<address>');
    const refusal = this.policy.onRecipient(this.sender, match[1]!.toLowerCase());
    if (refusal !== undefined) return this.refuse(say(refusal, match[1]!).trimEnd());
    this.recipients.push(match[1]!.toLowerCase());
    this.reply('250 2.1.5 Ok');
  }

  private data(): void {
    if (this.recipients.length === 0)
      return this.reply(this.sender === undefined ? '503 5.5.1 Error: need MAIL command' : '554 5.5.1 Error: no valid recipients');
    this.mode = 'data';
    this.scanned = 0;
    this.reply('354 End data with <CR><LF>.<CR><LF>');
  }

  private takeData(): boolean {
    const isEmpty = this.buffered.length >= 3 && this.buffered.toString('latin1', 0, 3) === '.\r\n';
    const end = isEmpty ? -2 : this.buffered.indexOf(END_OF_DATA, Math.max(0, this.scanned - END_OF_DATA.length));
    if (end < 0 && !isEmpty) {
      this.scanned = this.buffered.length;
      if (this.buffered.length > MAX_MESSAGE_BYTES) this.quit('552 5.3.4 Message too large');
      return false;
    }
    const raw = this.buffered.subarray(0, isEmpty ? 0 : end + 2);
    this.buffered = this.buffered.subarray(isEmpty ? 3 : end + END_OF_DATA.length);
    this.mode = 'command';
    this.finish(unstuff(raw));
    return true;
  }

  private startBdat(line: string): void {
    const match = /^BDAT (\d{1,9})( LAST)?$/i.exec(line);
    if (!match || Number(match[1]) > MAX_MESSAGE_BYTES) return this.quit('501 5.5.4 Syntax: BDAT size [LAST]');
    const previous = this.bdat;
    this.bdat = {
      left: Number(match[1]),
      isLast: match[2] !== undefined,
      chunks: previous?.chunks ?? [],
      size: (previous?.size ?? 0) + Number(match[1]),
    };
    this.mode = 'bdat';
  }

  private takeBdat(): boolean {
    const bdat = this.bdat!;
    const taken = this.buffered.subarray(0, bdat.left);
    if (taken.length > 0) bdat.chunks.push(taken);
    bdat.left -= taken.length;
    this.buffered = this.buffered.subarray(taken.length);
    if (bdat.left > 0) return false;
    this.mode = 'command';
    if (this.recipients.length === 0) {
      // The bytes come whether or not there is a recipient (RFC 3030 §2).
      this.bdat = undefined;
      this.reply(this.sender === undefined ? '503 5.5.1 Error: need MAIL command' : '554 5.5.1 Error: no valid recipients');
    } else if (bdat.isLast) {
      this.bdat = undefined;
      this.finish(Buffer.concat(bdat.chunks));
    } else {
      this.reply(`250 2.0.0 ${bdat.size} octets received`);
    }
    return true;
  }

  private finish(content: Buffer): void {
    const answer = this.policy.onMessage({ sender: this.sender!, recipients: this.recipients, content });
    this.reset();
    this.refuse(answer);
  }

  /** A 421 ends the session, as it says. */
  private refuse(text: string): void {
    if (text.startsWith('421')) this.quit(text);
    else this.reply(text);
  }

  private startTls(line: string): void {
    if (line.toUpperCase() !== 'STARTTLS' || this.isSecure || !this.dialect.offers.includes('STARTTLS'))
      return this.reply('502 5.5.1 Command not recognised');
    this.reply('220 2.0.0 Ready to start TLS');
    this.signal = 'starttls';
  }

  private reset(): void {
    this.sender = undefined;
    this.recipients = [];
    this.bdat = undefined;
  }

  private quit(text: string): void {
    this.reply(text);
    this.signal = 'close';
  }

  private reply(text: string): void {
    this.out += `${text}\r\n`;
  }
}

function unstuff(raw: Buffer): Buffer {
  if (raw[0] !== 46 && raw.indexOf('\r\n..') < 0) return raw;
  return Buffer.from(raw.toString('latin1').replace(/(^|\r\n)\.(?=.)/g, '$1'), 'latin1');
}
