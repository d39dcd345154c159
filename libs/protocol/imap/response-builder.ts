import { writeMailboxName } from './mailbox-name.js';

/** Longer strings travel as literals, so that a client's line buffer holds every line. */
const LONGEST_QUOTED = 1000;
const ATOM = /^[!#$&'+,\-./0-9:;<=>?@A-Z^_`a-z|}~\]]+$/;

export interface ResponseSettings {
  /** UTF-8 in quoted strings and mailbox names: after ENABLE UTF8=ACCEPT or IMAP4rev2. */
  readonly isUtf8: boolean;
}

/** The bytes of an answer. Texts are Unicode (`text`, `mailbox`) or bytes (`string`, as Buffer or as a string of characters 0–255). */
export class ResponseBuilder {
  private readonly done: Buffer[] = [];
  private pending = '';

  constructor(readonly settings: ResponseSettings) {}

  /** ASCII as it stands. */
  raw(text: string): this {
    this.pending += text;
    return this;
  }

  /** Quoted where its bytes allow it, else a literal; never NUL. */
  string(value: Buffer | string): this {
    const bytes = typeof value === 'string' ? value : value.toString('latin1');
    if (this.canQuote(bytes)) return this.raw(`"${bytes.replace(/["\\]/g, '\\$&')}"`);
    return this.literalHead(bytes.length).raw(bytes.replaceAll('\0', '\x80'));
  }

  nstring(value: Buffer | string | null | undefined): this {
    return value == null ? this.raw('NIL') : this.string(value);
  }

  /** Unicode text as an atom where it can be one, else as a string. */
  text(value: string): this {
    return ATOM.test(value) && !/^NIL$/i.test(value) ? this.raw(value) : this.string(Buffer.from(value));
  }

  /** Always with quotes or as a literal: tags in ESEARCH, mailbox names of servers that clients parse with a pattern. */
  quoted(value: string): this {
    return this.string(Buffer.from(value));
  }

  mailbox(name: string): this {
    return this.text(writeMailboxName(name, this.settings.isUtf8));
  }

  /** `(a b)`, each written by `write`. */
  list<T>(items: Iterable<T>, write: (item: T) => void): this {
    this.raw('(');
    let isFirst = true;
    for (const item of items) {
      if (!isFirst) this.raw(' ');
      isFirst = false;
      write(item);
    }
    return this.raw(')');
  }

  /** The head of a literal whose bytes the caller sends: `{n}CRLF`. */
  literalHead(sizeBytes: number, isBinary = false): this {
    return this.raw(`${isBinary ? '~' : ''}{${sizeBytes}}\r\n`);
  }

  /** Bytes as they are, not copied. */
  bytes(data: Buffer): this {
    this.flush();
    this.done.push(data);
    return this;
  }

  crlf(): this {
    return this.raw('\r\n');
  }

  /** What was written since the last call. */
  take(): Buffer {
    this.flush();
    const parts = this.done.splice(0);
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  private flush(): void {
    if (this.pending === '') return;
    this.done.push(Buffer.from(this.pending, 'latin1'));
    this.pending = '';
  }

  private canQuote(bytes: string): boolean {
    if (bytes.length > LONGEST_QUOTED || /[\0\r\n]/.test(bytes)) return false;
    if (!/[\x80-\xff]/.test(bytes)) return true;
    return this.settings.isUtf8 && isValidUtf8(bytes);
  }
}

function isValidUtf8(bytes: string): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
    return true;
  } catch {
    return false;
  }
}

/** NUL must not be in a literal (RFC 9051 §4.3 CHAR8); 0x80 stands in for it, so that lengths stay. */
export function withoutNul(data: Buffer): Buffer {
  if (!data.includes(0)) return data;
  return Buffer.from(data.toString('latin1').replaceAll('\0', '\x80'), 'latin1');
}
