import { decodeBody, decodeBytes, decodeWords } from './decode-text.js';

/**
 * A reader of untrusted messages for the needs of reports: where the parts are and what their headers say. It flattens
 * nothing (a report is its structure), looks into no message/rfc822 but at its headers, and stops at its limits.
 */
export interface MimePart {
  readonly headers: HeaderList;
  /** Lower case, `text/plain` where nothing usable is said (RFC 2045 §5.2). */
  readonly type: string;
  readonly params: ReadonlyMap<string, string>;
  /** As it came, still in its transfer encoding. */
  readonly body: Buffer;
  readonly children: readonly MimePart[];
}

export interface MimeLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  readonly maxParts: number;
  readonly maxHeaderBytes: number;
  readonly maxHeaders: number;
}

export const defaultMimeLimits: MimeLimits = {
  maxBytes: 16 * 1024 * 1024,
  maxDepth: 8,
  maxParts: 200,
  maxHeaderBytes: 128 * 1024,
  maxHeaders: 1_000,
};

/** Header fields in their order; names in lower case, values unfolded and trimmed. */
export class HeaderList {
  constructor(private readonly fields: readonly (readonly [name: string, value: string])[]) {}

  /** The first field of that name as it came; '' when absent. */
  raw(name: string): string {
    return this.fields.find(([known]) => known === name)?.[1] ?? '';
  }

  /** With RFC 2047 words decoded. */
  text(name: string): string {
    return decodeWords(this.raw(name));
  }

  all(name: string): string[] {
    return this.fields.filter(([known]) => known === name).map(([, value]) => value);
  }

  has(name: string): boolean {
    return this.fields.some(([known]) => known === name);
  }

  entries(): readonly (readonly [name: string, value: string])[] {
    return this.fields;
  }
}

export function readMime(raw: Buffer, limits: MimeLimits = defaultMimeLimits): MimePart {
  const budget = { parts: limits.maxParts };
  return readPart(withLineFeeds(raw.subarray(0, limits.maxBytes)), 0, limits, budget, 'text/plain');
}

/** Blank lines before the header go; a file of an old Macintosh ends its lines with CR alone. */
function withLineFeeds(raw: Buffer): Buffer {
  let start = 0;
  while (raw[start] === 0x0a || raw[start] === 0x0d) start++;
  const bytes = raw.subarray(start);
  return bytes.includes(0x0d) && !bytes.includes(0x0a) ? Buffer.from(bytes.toString('latin1').replaceAll('\r', '\n'), 'latin1') : bytes;
}

/** The decoded text of a leaf part, cut to `maxCharacters`; HTML without its tags. */
export function partText(part: MimePart, maxCharacters = 200_000): string {
  // Transfer encodings take at most four bytes for a character of text, and a character at most four bytes of those.
  const bytes = decodeBody(part.body.subarray(0, maxCharacters * 8), part.headers.raw('content-transfer-encoding'));
  const text = decodeBytes(bytes, part.params.get('charset')).slice(0, maxCharacters);
  return part.type === 'text/html' ? stripTags(text) : text;
}

/** All parts outside of enclosed messages, outermost first. */
export function* walkParts(part: MimePart): Generator<MimePart> {
  yield part;
  for (const child of part.children) yield* walkParts(child);
}

/** The header of an enclosed message, or of a block of text that begins like one. */
export function readHeaders(bytes: Buffer, limits: MimeLimits = defaultMimeLimits): HeaderList {
  return parseFields(bytes.subarray(0, endOfHeader(bytes, limits.maxHeaderBytes).end), limits.maxHeaders);
}

function readPart(bytes: Buffer, depth: number, limits: MimeLimits, budget: { parts: number }, defaultType: string): MimePart {
  budget.parts--;
  const { end, next } = endOfHeader(bytes, limits.maxHeaderBytes);
  const headers = parseFields(bytes.subarray(0, end), limits.maxHeaders);
  const { type, params } = parseContentType(headers.raw('content-type'), defaultType);
  const body = bytes.subarray(next);
  const boundary = params.get('boundary');
  const children: MimePart[] = [];
  if (type.startsWith('multipart/') && boundary && depth < limits.maxDepth) {
    // RFC 2046 §5.1.5: in a digest, what says nothing of itself is a message.
    const inner = type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
    for (const piece of splitMultipart(body, boundary)) {
      if (budget.parts <= 0) break;
      children.push(readPart(piece, depth + 1, limits, budget, inner));
    }
  }
  return { headers, type, params, body, children };
}

/** Where the header ends and the body begins. A body without a header in front of it is not expected, and read as header. */
function endOfHeader(bytes: Buffer, maxHeaderBytes: number): { end: number; next: number } {
  if (bytes[0] === 0x0a) return { end: 0, next: 1 };
  if (bytes[0] === 0x0d && bytes[1] === 0x0a) return { end: 0, next: 2 };
  for (let at = bytes.indexOf(0x0a); at >= 0 && at < maxHeaderBytes; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at + 1] === 0x0a) return { end: at + 1, next: at + 2 };
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a) return { end: at + 1, next: at + 3 };
  }
  const end = Math.min(bytes.length, maxHeaderBytes);
  return { end, next: end };
}

function parseFields(bytes: Buffer, maxHeaders: number): HeaderList {
  const fields: [string, string][] = [];
  let current: [string, string[]] | undefined;
  const finish = () => {
    if (current) fields.push([current[0], current[1].join(' ').trim()]);
    current = undefined;
  };
  for (const line of decodeBytes(bytes, undefined).split(/\r?\n/)) {
    if (/^[ \t]/.test(line)) {
      current?.[1].push(line.trim());
      continue;
    }
    finish();
    if (fields.length >= maxHeaders) break;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trimEnd().toLowerCase();
    if (/^[\x21-\x7e]{1,100}$/.test(name)) current = [name, [line.slice(colon + 1).trim()]];
  }
  finish();
  return new HeaderList(fields);
}

// RFC 2045 §5.1; a quoted value may hold what a token may not.
const PARAMETER = /;\s{0,100}([\w!#$%&'*+.^`{|}~-]{1,80})\s{0,10}=\s{0,10}(?:"((?:[^"\\]|\\.){0,500})"|([^\s;"]{1,500}))/g;

function parseContentType(value: string, defaultType: string): { type: string; params: Map<string, string> } {
  const params = new Map<string, string>();
  const type = /^\s*([\w.+-]{1,80}\/[\w.+-]{1,80})/.exec(value)?.[1]?.toLowerCase() ?? defaultType;
  for (const [, name, quoted, token] of value.slice(0, 4_000).matchAll(PARAMETER)) {
    // RFC 2231 §3: boundary*0="…"; boundary*1="…"; only what stands unencoded is put together.
    const plain = name!.toLowerCase().replace(/\*\d{0,3}\*?$/, '');
    const text = quoted !== undefined ? quoted.replace(/\\(.)/g, '$1') : token!;
    params.set(plain, name!.includes('*') ? (params.get(plain) ?? '') + text : text);
  }
  return { type, params };
}

/** RFC 2046 §5.1.1. A missing closing delimiter ends the last part with the message. */
function splitMultipart(body: Buffer, boundary: string): Buffer[] {
  const delimiter = Buffer.from(`--${boundary}`, 'utf8');
  const pieces: Buffer[] = [];
  let start = -1;
  for (let at = body.indexOf(delimiter); at >= 0; at = body.indexOf(delimiter, at + delimiter.length)) {
    if (at > 0 && body[at - 1] !== 0x0a) continue;
    let after = at + delimiter.length;
    const isClosing = body[after] === 0x2d && body[after + 1] === 0x2d;
    if (isClosing) after += 2;
    while (body[after] === 0x20 || body[after] === 0x09 || body[after] === 0x0d) after++;
    if (after < body.length && body[after] !== 0x0a) continue;
    if (start >= 0) pieces.push(body.subarray(start, Math.max(start, lineEndBefore(body, at))));
    start = after + 1;
    if (isClosing) return pieces;
  }
  if (start >= 0 && start < body.length) pieces.push(body.subarray(start));
  return pieces;
}

/** The line end before a delimiter belongs to it. */
function lineEndBefore(body: Buffer, at: number): number {
  return body[at - 2] === 0x0d ? at - 2 : at - 1;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', '#39': "'" };

function stripTags(html: string): string {
  return html
    .replace(/<(?:br|\/p|\/div|\/tr|\/h\d|\/li)\b[^<>]*>/gi, '\n')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&(amp|lt|gt|quot|apos|nbsp|#39);/g, (_, name: string) => ENTITIES[name]!);
}
