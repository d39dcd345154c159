import type { ByteString } from './structure.types.js';

/** What ENVELOPE and BODYSTRUCTURE are made of. */
const WANTED = new Set([
  'bcc',
  'cc',
  'content-description',
  'content-disposition',
  'content-id',
  'content-language',
  'content-location',
  'content-md5',
  'content-transfer-encoding',
  'content-type',
  'date',
  'from',
  'in-reply-to',
  'message-id',
  'reply-to',
  'sender',
  'subject',
  'to',
]);

/** Fields by their name in lower case, each with its values in their order, unfolded. */
export type HeaderFields = ReadonlyMap<string, readonly ByteString[]>;

/** Reads the fields that structures need from the bytes of a header. What is no field is passed over. */
export function readHeaderFields(header: Buffer): HeaderFields {
  const fields = new Map<string, ByteString[]>();
  for (const line of fieldLines(header.toString('latin1'))) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trimEnd().toLowerCase();
    if (colon < 1 || !WANTED.has(name)) continue;
    const value = unfold(line.slice(colon + 1));
    const known = fields.get(name);
    if (known === undefined) fields.set(name, [value]);
    else known.push(value);
  }
  return fields;
}

/** All fields of a header in their order: names in lower case, values unfolded and still encoded. */
export function headerValues(header: Buffer): [name: string, value: ByteString][] {
  return fieldLines(header.toString('latin1')).flatMap((line): [string, ByteString][] => {
    const colon = line.indexOf(':');
    return colon < 1 ? [] : [[line.slice(0, colon).trimEnd().toLowerCase(), unfold(line.slice(colon + 1))]];
  });
}

/** A header as its fields, each with its folded lines and the end of its last one. The empty line that ends it is not among them. */
export function fieldLines(header: ByteString): ByteString[] {
  const lines: ByteString[] = [];
  let start = 0;
  for (let at = 0; at < header.length;) {
    const end = header.indexOf('\n', at) + 1 || header.length;
    const next = header[end];
    const isEmpty = /^\r?\n?$/.test(header.slice(at, Math.min(end, at + 3)));
    if (isEmpty && at === start) break;
    if (next !== ' ' && next !== '\t') {
      lines.push(header.slice(start, end));
      start = end;
    }
    at = end;
  }
  return lines;
}

/** RFC 5322 §2.2.3: line ends go, white space stays. NUL cannot leave the server and becomes 0x80. */
function unfold(value: ByteString): ByteString {
  return value
    .replace(/\r?\n/g, '')
    .replaceAll('\0', '\x80')
    .replace(/^[ \t]+|\r$/g, '');
}
