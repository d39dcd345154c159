import type { ReaderLimits } from './reader.types.js';
import { CommandSyntaxError } from './parse-error.js';
import { parseSequenceSet } from './sequence-set.js';
import type { MessageSet, ModSeq, SequenceSet } from './sequence-set.types.js';
import { readMailboxName } from './mailbox-name.js';

const [SP, QUOTE, BACKSLASH, OPEN, CLOSE, BRACE, TILDE] = [0x20, 0x22, 0x5c, 0x28, 0x29, 0x7b, 0x7e];
const LARGEST_MODSEQ = 0x7fff_ffff_ffff_ffffn;

const table = (isMember: (byte: number) => boolean) => Uint8Array.from({ length: 256 }, (_, byte) => (isMember(byte) ? 1 : 0));
const specials = new Set([...'(){ %*"\\]'].map((character) => character.charCodeAt(0)));
/** RFC 9051 §9 ATOM-CHAR; bytes above 127 are let in where a name may hold them. */
const ATOM = table((byte) => byte > 0x20 && byte < 0x7f && !specials.has(byte));
const ASTRING = table((byte) => (byte > 0x20 && byte !== 0x7f && !specials.has(byte)) || byte === 0x5d);
const PATTERN = table((byte) => ASTRING[byte] === 1 || byte === 0x25 || byte === 0x2a);
const LABEL = table(
  (byte) =>
    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) || byte === 0x2e || byte === 0x2d,
);
const SET = table((byte) => (byte >= 0x30 && byte <= 0x39) || byte === 0x2a || byte === 0x2c || byte === 0x3a || byte === 0x24);
const TAG = table((byte) => ASTRING[byte] === 1 && byte < 0x7f && byte !== 0x2b);

/** Of a mailbox name or pattern, in bytes as they came. */
const LONGEST_NAME = 1000;

export interface CursorSettings {
  readonly limits: Pick<ReaderLimits, 'depth' | 'tokens' | 'setRanges'>;
  /** Names are UTF-8 (after ENABLE UTF8=ACCEPT or IMAP4rev2). */
  readonly isUtf8: boolean;
}

/** Reads one whole command, literals in their place (`{3}CRLF` and three bytes), and counts what it takes. @throws CommandSyntaxError */
export class Cursor {
  at = 0;
  private depth = 0;
  private tokens = 0;

  constructor(
    readonly bytes: Buffer,
    readonly settings: CursorSettings,
  ) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** The next byte as a character, '' at the end. */
  peek(): string {
    return this.isAtEnd ? '' : String.fromCharCode(this.bytes[this.at]!);
  }

  fail(message: string): never {
    throw new CommandSyntaxError(message);
  }

  is(character: string): boolean {
    return this.bytes[this.at] === character.charCodeAt(0);
  }

  take(character: string): boolean {
    if (!this.is(character)) return false;
    this.at += 1;
    return true;
  }

  need(character: string): void {
    if (!this.take(character)) this.fail(`Expected ${character === ' ' ? 'a space' : character} ${this.where()}`);
  }

  /** One space; more are borne with. */
  space(): void {
    this.need(' ');
    while (this.bytes[this.at] === SP) this.at += 1;
  }

  /** Nothing but white space is left. */
  end(): void {
    while (this.bytes[this.at] === SP) this.at += 1;
    if (!this.isAtEnd) this.fail(`Unexpected text after the arguments ${this.where()}`);
  }

  /** Another argument follows. */
  more(): boolean {
    if (!this.is(' ')) return false;
    let ahead = this.at;
    while (this.bytes[ahead] === SP) ahead += 1;
    if (ahead >= this.bytes.length) return false;
    this.at = ahead;
    return true;
  }

  /** `(` … `)` around elements that a space parts; `()` gives none. */
  list<T>(element: () => T): T[] {
    return this.within(() => {
      const elements: T[] = [];
      this.need('(');
      if (this.take(')')) return elements;
      do elements.push(element());
      while (this.more());
      this.need(')');
      return elements;
    });
  }

  /** Runs what may contain itself. */
  within<T>(inner: () => T): T {
    this.depth += 1;
    if (this.depth > this.settings.limits.depth) this.fail('The command is nested too deeply');
    const result = inner();
    this.depth -= 1;
    return result;
  }

  tag(): string {
    const tag = this.run(TAG, 'a tag');
    if (tag.length > 200) this.fail('The tag is too long');
    return tag;
  }

  atom(what = 'a word'): string {
    return this.run(ATOM, what);
  }

  /** A word of letters, digits, `.` and `-`, in upper case: FETCH's items end in `[` and `<`. */
  label(what: string): string {
    return this.run(LABEL, what).toUpperCase();
  }

  number(largest = 0xffff_ffff): number {
    const text = this.digits();
    const value = Number(text);
    if (value > largest) this.fail(`The number ${text.slice(0, 30)} is too large`);
    return value;
  }

  modSeq(): ModSeq {
    const text = this.digits();
    if (text.length > 19 || BigInt(text) > LARGEST_MODSEQ) this.fail('The mod-sequence is too large');
    return BigInt(text);
  }

  set(): SequenceSet {
    const set = this.messageSet();
    return set === '$' ? this.fail('$ cannot be used here') : set;
  }

  messageSet(): MessageSet {
    const text = this.run(SET, 'a sequence set');
    if (text === '$') return text;
    return parseSequenceSet(text, this.settings.limits.setRanges) ?? this.fail('The sequence set is not valid, or has too many ranges');
  }

  /** Whether what comes next can only be a sequence set. */
  isAtSet(): boolean {
    return SET[this.bytes[this.at] ?? 0] === 1;
  }

  astring(what = 'a string'): Buffer {
    const byte = this.bytes[this.at];
    if (byte === QUOTE || byte === BRACE || byte === TILDE) return this.stringOrTilde(what);
    return Buffer.from(this.run(ASTRING, what), 'latin1');
  }

  text(what = 'a string'): string {
    return this.astring(what).toString('utf8');
  }

  mailbox(): string {
    return this.name(this.astring('a mailbox name'));
  }

  /** LIST's pattern: wildcards need no quotes. */
  pattern(): string {
    const byte = this.bytes[this.at];
    const bytes = byte === QUOTE || byte === BRACE ? this.string('a pattern') : Buffer.from(this.run(PATTERN, 'a pattern'), 'latin1');
    return this.name(bytes);
  }

  /** Undefined for NIL. */
  nstring(): Buffer | undefined {
    if (
      this.bytes
        .subarray(this.at, this.at + 3)
        .toString('latin1')
        .toUpperCase() !== 'NIL'
    )
      return this.string('a string or NIL');
    this.atom();
    return undefined;
  }

  /** Quoted, literal, or literal8. */
  string(what: string): Buffer {
    this.count();
    if (this.bytes[this.at] === QUOTE) return this.quoted();
    const isLiteral8 = this.bytes[this.at] === TILDE && this.bytes[this.at + 1] === BRACE;
    if (isLiteral8) this.at += 1;
    if (this.bytes[this.at] !== BRACE) this.fail(`Expected ${what} ${this.where()}`);
    const end = this.bytes.indexOf('}', this.at);
    const [, digits] =
      /^\{(\d{1,10})[+-]?\}\r?\n$/.exec(this.bytes.subarray(this.at, this.bytes.indexOf(0x0a, end) + 1).toString('latin1')) ?? [];
    if (digits === undefined) this.fail(`Expected a literal ${this.where()}`);
    const start = this.bytes.indexOf(0x0a, end) + 1;
    const literal = this.bytes.subarray(start, start + Number(digits));
    if (!isLiteral8 && literal.includes(0)) this.fail('A literal must not hold NUL');
    this.at = start + Number(digits);
    return literal;
  }

  /** For error messages: what stands here, shortened and harmless. */
  where(): string {
    if (this.isAtEnd) return 'at the end of the command';
    const next = this.bytes.subarray(this.at, this.at + 20).toString('latin1');
    return `before "${next.replace(/[^\x20-\x7e]|["\\]/g, '?')}"`;
  }

  count(): void {
    this.tokens += 1;
    if (this.tokens > this.settings.limits.tokens) this.fail('The command has too many arguments');
  }

  private name(bytes: Buffer): string {
    if (bytes.includes(0)) this.fail('A mailbox name must not hold NUL');
    if (bytes.length > LONGEST_NAME) this.fail('The mailbox name is too long');
    return readMailboxName(bytes.toString('utf8'), this.settings.isUtf8);
  }

  private stringOrTilde(what: string): Buffer {
    if (this.bytes[this.at] === TILDE && this.bytes[this.at + 1] !== BRACE) return Buffer.from(this.run(ASTRING, what), 'latin1');
    return this.string(what);
  }

  private digits(): string {
    const from = this.at;
    for (let byte = this.bytes[this.at]; byte !== undefined && byte >= 0x30 && byte <= 0x39; byte = this.bytes[this.at]) this.at += 1;
    if (this.at === from) this.fail(`Expected a number ${this.where()}`);
    this.count();
    return this.bytes.toString('latin1', from, this.at);
  }

  private run(members: Uint8Array, what: string): string {
    const from = this.at;
    while (this.at < this.bytes.length && members[this.bytes[this.at]!] === 1) this.at += 1;
    if (this.at === from) this.fail(`Expected ${what} ${this.where()}`);
    this.count();
    return this.bytes.toString('latin1', from, this.at);
  }

  private quoted(): Buffer {
    const from = this.at + 1;
    let at = from;
    let escapes = 0;
    for (; this.bytes[at] !== QUOTE; at += 1) {
      const byte = this.bytes[at];
      if (byte === undefined || byte === 0x0a || byte === 0x0d || byte === 0) this.fail('A quoted string does not end');
      if (byte !== BACKSLASH) continue;
      at += 1;
      escapes += 1;
      if (this.bytes[at] !== QUOTE && this.bytes[at] !== BACKSLASH) this.fail('In a quoted string, only " and \\ follow a \\');
    }
    this.at = at + 1;
    const raw = this.bytes.subarray(from, at);
    return escapes === 0 ? raw : Buffer.from(raw.toString('latin1').replace(/\\(["\\])/g, '$1'), 'latin1');
  }
}

export const isOpen = (cursor: Cursor): boolean => cursor.bytes[cursor.at] === OPEN;
export const isClose = (cursor: Cursor): boolean => cursor.bytes[cursor.at] === CLOSE;
