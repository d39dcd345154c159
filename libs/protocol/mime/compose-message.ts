import { type HeaderField, assertHeaderText } from './header.js';
import { encodeQpSegment } from './quoted-printable.js';

/** A place in a body that is filled for each recipient; `id` is the caller's. */
export interface Hole {
  readonly hole: number;
}

/** A part in pieces: text, and holes between. What fills a hole has to be encoded by `encodeQpSegment`. */
export type PartContent = readonly (string | Hole)[];

export interface Attachment {
  readonly filename: string;
  readonly content: Uint8Array;
  /** `application/octet-stream` where it is left out. */
  readonly contentType?: string;
  /** Without brackets; makes it an inline part that the HTML shows by `cid:`. */
  readonly contentId?: string;
}

export interface MessageParts {
  /** Boundaries start with it. Letters, digits, `_` and `=`; unique to the message. */
  readonly boundary: string;
  readonly text?: PartContent | undefined;
  readonly html?: PartContent | undefined;
  readonly attachments?: readonly Attachment[];
}

export interface ComposedMessage {
  /** MIME-Version and the Content-* fields of the whole. */
  readonly headers: readonly HeaderField[];
  readonly body: Buffer;
  /** Where the holes are, in ascending order of offset into `body`. */
  readonly holes: readonly { readonly offset: number; readonly id: number }[];
  /** The body is its own relaxed canonical form (RFC 6376 §3.4.4), whatever fills the holes. */
  readonly isCanonical: boolean;
}

interface Part {
  readonly headers: readonly HeaderField[];
  readonly pieces: readonly (Buffer | Hole)[];
}

const MAX_FILENAME_BYTES = 255;
/** Whole lines of 76 base64 characters, some 50 KB at a time. */
const BASE64_LINE_BYTES = 57;

/**
 * A whole body of text, HTML and attachments: multipart/alternative of the texts (RFC 2046 §5.1.4), multipart/related for what the
 * HTML shows inline (RFC 2387), multipart/mixed for what is attached. The same parts give the same bytes.
 * @throws ChaparError `header_injection` for a file name, type or content id that no header can carry
 */
export function composeMessage({ boundary, text, html, attachments = [] }: MessageParts): ComposedMessage {
  const inline = html === undefined ? [] : attachments.filter(({ contentId }) => contentId !== undefined);
  const attached = attachments.filter((attachment) => !inline.includes(attachment));
  const bodies: Part[] = [];
  if (text !== undefined || html === undefined) bodies.push(textPart('plain', text ?? []));
  if (html !== undefined) {
    const page = textPart('html', html);
    bodies.push(
      inline.length === 0 ? page : multipart('related; type="text/html"', `${boundary}_r`, [page, ...inline.map(attachmentPart)]),
    );
  }
  const content = bodies.length === 1 ? bodies[0]! : multipart('alternative', `${boundary}_a`, bodies);
  const whole = attached.length === 0 ? content : multipart('mixed', `${boundary}_m`, [content, ...attached.map(attachmentPart)]);
  return finish(whole);
}

function finish({ headers, pieces }: Part): ComposedMessage {
  const isMultipart = headers.some(({ value }) => value.startsWith('multipart/'));
  const buffers: Buffer[] = [];
  const holes: { offset: number; id: number }[] = [];
  let offset = 0;
  // A segment ends in a soft break; a body that is no multipart ends its last line itself.
  for (const piece of isMultipart ? pieces : [...pieces, CRLF]) {
    if ('hole' in piece) {
      holes.push({ offset, id: piece.hole });
      continue;
    }
    buffers.push(piece);
    offset += piece.length;
  }
  const body = Buffer.concat(buffers, offset);
  return {
    headers: [{ name: 'MIME-Version', value: '1.0' }, ...headers],
    body,
    holes,
    // A plain body may be empty, or end in empty lines: the general form takes care of those.
    isCanonical: isMultipart || (holes.length === 0 && endsInOneLineBreak(body)),
  };
}

function endsInOneLineBreak(body: Buffer): boolean {
  return body.length > 2 && body.subarray(-2).equals(CRLF) && !body.subarray(-4, -2).equals(CRLF);
}

const CRLF = Buffer.from('\r\n');

function textPart(subtype: 'plain' | 'html', content: PartContent): Part {
  return {
    headers: [
      { name: 'Content-Type', value: `text/${subtype}; charset=utf-8` },
      { name: 'Content-Transfer-Encoding', value: 'quoted-printable' },
    ],
    pieces: content.map((piece) => (typeof piece === 'string' ? encodeQpSegment(piece) : piece)),
  };
}

function multipart(subtype: string, boundary: string, parts: readonly Part[]): Part {
  const pieces: (Buffer | Hole)[] = [];
  for (const [i, part] of parts.entries()) {
    const head = part.headers.map(({ name, value }) => `${name}: ${value}\r\n`).join('');
    // The line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).
    pieces.push(Buffer.from(`${i === 0 ? '' : '\r\n'}--${boundary}\r\n${head}\r\n`), ...part.pieces);
  }
  pieces.push(Buffer.from(`\r\n--${boundary}--\r\n`));
  return { headers: [{ name: 'Content-Type', value: `multipart/${subtype}; boundary="${boundary}"` }], pieces };
}

function attachmentPart({ filename, content, contentType = 'application/octet-stream', contentId }: Attachment): Part {
  assertHeaderText('Content-Type', contentType);
  if (contentId !== undefined) assertHeaderText('Content-ID', contentId);
  const headers: HeaderField[] = [
    // RFC 2046 §5.2.1 allows no base64 for a message as such.
    { name: 'Content-Type', value: /^message\//i.test(contentType) ? 'application/octet-stream' : contentType },
    { name: 'Content-Transfer-Encoding', value: 'base64' },
    { name: 'Content-Disposition', value: `${contentId === undefined ? 'attachment' : 'inline'}${filenameParameter(filename)}` },
  ];
  if (contentId !== undefined) headers.push({ name: 'Content-ID', value: `<${contentId}>` });
  return { headers, pieces: base64Lines(content) };
}

/** RFC 2183 §2.3; outside ASCII by RFC 2231 §4, with an ASCII twin for readers that know no better. */
function filenameParameter(filename: string): string {
  assertHeaderText('Content-Disposition', filename);
  const name = shorten(filename);
  const plain = name.replace(/[^\x20-\x7e]/g, '_').replace(/(["\\])/g, '\\$1');
  if (/^[\x20-\x7e]*$/.test(name)) return `;\r\n filename="${plain}"`;
  const encoded = encodeURIComponent(name).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `;\r\n filename="${plain}";\r\n filename*=UTF-8''${encoded}`;
}

function shorten(filename: string): string {
  let name = filename;
  while (Buffer.byteLength(name) > MAX_FILENAME_BYTES) name = [...name].slice(0, -1).join('');
  return name.toWellFormed();
}

/** RFC 2045 §6.8. */
function base64Lines(content: Uint8Array): Buffer[] {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const step = BASE64_LINE_BYTES * 1_000;
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step) {
    const text = bytes.subarray(at, at + step).toString('base64');
    pieces.push(Buffer.from(`${at === 0 ? '' : '\r\n'}${text.replace(/.{76}(?=.)/g, '$&\r\n')}`, 'latin1'));
  }
  return pieces;
}
