import { ByteQueue } from '#protocol/imap';
import type { ManageSieveEvent, ManageSieveLimits } from './managesieve.types.js';
import { type Value, parseManageSieve, parseValues } from './parse-managesieve.js';

export const managesieveLimits = {
  beforeLogIn: { lineBytes: 2048, literalBytes: 4096 },
  session: { lineBytes: 8192, literalBytes: 262_144 },
} as const;

/** A command has few strings; each may be a literal. */
const MOST_LITERALS = 4;

/** Commands out of bytes, in any pieces, one at a time (RFC 5804 §4). Literals are `{n+}` alone: the server sends no continuations. */
export class ManageSieveReader {
  private readonly queue = new ByteQueue();
  private pieces: (Buffer | { readonly literal: Buffer })[] = [];
  private literalLeft = 0;
  private drainLeft = 0;
  private isDraining = false;
  private isStringWanted = false;
  private isClosed = false;

  constructor(public limits: ManageSieveLimits = managesieveLimits.session) {}

  get bufferedBytes(): number {
    return this.queue.length;
  }

  push(chunk: Buffer): void {
    if (!this.isClosed) this.queue.push(chunk);
  }

  /** The next event is an answer of AUTHENTICATE. Call it before `next()`. */
  expectString(): void {
    this.isStringWanted = true;
  }

  /** What came with STARTTLS is not to be believed. @returns how many bytes that were */
  discardBuffered(): number {
    return this.queue.clear();
  }

  next(): ManageSieveEvent | undefined {
    while (!this.isClosed) {
      if (this.drainLeft > 0) {
        const { length } = this.queue.takeSome(this.drainLeft);
        if (length === 0) return undefined;
        this.drainLeft -= length;
        continue;
      }
      if (this.literalLeft > 0) {
        if (this.queue.length < this.literalLeft) return undefined;
        this.pieces.push({ literal: this.queue.take(this.literalLeft) });
        this.literalLeft = 0;
        continue;
      }
      const line = this.queue.takeLine();
      if (line === undefined && this.queue.length <= this.limits.lineBytes) return undefined;
      if (line === undefined || line.length > this.limits.lineBytes + 2) return this.bad('The line is too long', true);
      const event = this.line(line);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  private line(line: Buffer): ManageSieveEvent | undefined {
    const text = line.subarray(0, line.length - (line.at(-2) === 0x0d ? 2 : 1));
    const [head, digits] = /\{(\d{1,12})\+?\}$/.exec(text.toString('latin1', Math.max(0, text.length - 20))) ?? [];
    if (this.isDraining) {
      if (digits === undefined) this.isDraining = false;
      else if (Number(digits) > 2 * this.limits.literalBytes) return this.bad('The literal is too large', true);
      else this.drainLeft = Number(digits);
      return undefined;
    }
    if (digits === undefined) {
      if (text.length === 0 && this.pieces.length === 0) return undefined;
      this.pieces.push(text);
      return this.complete();
    }
    const size = Number(digits);
    if (size > this.limits.literalBytes || this.pieces.length >= 2 * MOST_LITERALS) {
      const isFatal = size > 2 * this.limits.literalBytes;
      this.isDraining = !isFatal;
      this.drainLeft = isFatal ? 0 : size;
      return this.bad('This is too large', isFatal, 'QUOTA/MAXSIZE');
    }
    this.pieces.push(text.subarray(0, text.length - head!.length));
    if (size === 0) this.pieces.push({ literal: Buffer.alloc(0) });
    this.literalLeft = size;
    return undefined;
  }

  private complete(): ManageSieveEvent {
    const values: Value[] | undefined = parseValues(this.pieces);
    this.pieces = [];
    if (values === undefined) {
      this.isStringWanted = false;
      return this.bad('The line is no command', false);
    }
    if (!this.isStringWanted) {
      const command = parseManageSieve(values);
      return typeof command === 'string' ? this.bad(command, false) : { kind: 'command', command };
    }
    this.isStringWanted = false;
    const [value] = values;
    return values.length === 1 && value !== undefined && value.kind !== 'number'
      ? { kind: 'string', text: value.text }
      : this.bad('One string is expected', false);
  }

  private bad(text: string, isFatal: boolean, code?: 'QUOTA/MAXSIZE'): ManageSieveEvent {
    this.pieces = [];
    this.isClosed = isFatal;
    if (isFatal) this.queue.clear();
    return { kind: 'bad', text, isFatal, ...(code && { code }) };
  }
}
