import type { ByteString, Disposition, Parameters } from './structure.types.js';

export interface ContentType {
  readonly type: ByteString;
  readonly subtype: ByteString;
  readonly parameters: Parameters;
}

const SEPARATORS = /[\s()<>@,;:\\"/[\]?=]/;

/** A scanner over a structured field: tokens, quoted strings, comments that nest. */
class FieldScanner {
  at = 0;
  constructor(readonly text: ByteString) {}

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  skipSpace(): void {
    for (;;) {
      while (/\s/.test(this.text[this.at] ?? '')) this.at += 1;
      if (this.text[this.at] !== '(') return;
      this.skipComment();
    }
  }

  token(): ByteString {
    const from = this.at;
    while (!this.isAtEnd && !SEPARATORS.test(this.text[this.at]!)) this.at += 1;
    return this.text.slice(from, this.at);
  }

  take(character: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    this.skipSpace();
    return true;
  }

  /** A value as senders write it: quoted, a token, or anything up to the next `;`. */
  value(): ByteString {
    if (this.text[this.at] === '"') return this.quoted();
    const from = this.at;
    while (!this.isAtEnd && !/[\s;()]/.test(this.text[this.at]!)) this.at += 1;
    return this.text.slice(from, this.at);
  }

  /** To just behind the next `;` outside quotes and comments. */
  nextParameter(): boolean {
    while (!this.isAtEnd) {
      const character = this.text[this.at]!;
      if (character === '(') this.skipComment();
      else if (character === '"') this.quoted();
      else {
        this.at += 1;
        if (character === ';') return true;
      }
    }
    return false;
  }

  private quoted(): ByteString {
    let value = '';
    for (this.at += 1; !this.isAtEnd; this.at += 1) {
      const character = this.text[this.at]!;
      if (character === '"') break;
      if (character === '\\' && this.at + 1 < this.text.length) this.at += 1;
      value += this.text[this.at]!;
    }
    this.at += 1;
    return value;
  }

  private skipComment(): void {
    let depth = 0;
    for (; !this.isAtEnd; this.at += 1) {
      const character = this.text[this.at]!;
      if (character === '\\') this.at += 1;
      else if (character === '(') depth += 1;
      else if (character === ')') depth -= 1;
      if (depth === 0) {
        this.at += 1;
        return;
      }
    }
  }
}

/** RFC 2045 §5.1. @returns undefined where it names no type, so the default holds (§5.2) */
export function parseContentType(value: ByteString | undefined): ContentType | undefined {
  if (value === undefined) return undefined;
  const scanner = new FieldScanner(value);
  scanner.skipSpace();
  const type = scanner.token();
  if (type === '' || !scanner.take('/')) return undefined;
  const subtype = scanner.token();
  return subtype === '' ? undefined : { type, subtype, parameters: parameters(scanner) };
}

/** RFC 2183. */
export function parseDisposition(value: ByteString | undefined): Disposition | null {
  if (value === undefined) return null;
  const scanner = new FieldScanner(value);
  scanner.skipSpace();
  const type = scanner.token();
  return type === '' ? null : { type, parameters: parameters(scanner) };
}

/** RFC 2045 §6.1: the one word. */
export function parseEncoding(value: ByteString | undefined): ByteString {
  const scanner = new FieldScanner(value ?? '');
  scanner.skipSpace();
  return scanner.token() || '7bit';
}

/** RFC 3282: `da, mi`. */
export function parseLanguages(value: ByteString | undefined): ByteString[] {
  if (value === undefined) return [];
  const scanner = new FieldScanner(value);
  const languages: ByteString[] = [];
  do {
    scanner.skipSpace();
    const language = scanner.token();
    if (language !== '') languages.push(language);
  } while (scanner.take(','));
  return languages;
}

function parameters(scanner: FieldScanner): Parameters {
  const found: [ByteString, ByteString][] = [];
  while (found.length < 1000 && scanner.nextParameter()) {
    scanner.skipSpace();
    const name = scanner.token();
    if (name === '' || !scanner.take('=')) continue;
    found.push([name, scanner.value()]);
  }
  return joinPieces(found);
}

/** RFC 2231 §3: `name*0="a"; name*1="b"` is `name="ab"`. With encoded pieces the joined name ends in `*` and the value stays encoded. */
function joinPieces(found: readonly (readonly [ByteString, ByteString])[]): Parameters {
  const pieces = new Map<string, { name: ByteString; values: Map<number, ByteString>; isEncoded: boolean }>();
  const joined: [ByteString, ByteString][] = [];
  for (const [name, value] of found) {
    const [, base, number, star] = /^(.+?)\*(\d{1,4})(\*?)$/.exec(name) ?? [];
    if (base === undefined) {
      joined.push([name, value]);
      continue;
    }
    const known = pieces.get(base.toLowerCase()) ?? { name: base, values: new Map<number, ByteString>(), isEncoded: false };
    pieces.set(base.toLowerCase(), known);
    if (!known.values.has(Number(number))) known.values.set(Number(number), value);
    known.isEncoded ||= star === '*';
  }
  for (const { name, values, isEncoded } of pieces.values()) {
    const ordered: ByteString[] = [];
    for (let index = 0; values.has(index); index += 1) ordered.push(values.get(index)!);
    if (ordered.length > 0) joined.push([isEncoded ? `${name}*` : name, ordered.join('')]);
  }
  return joined;
}
