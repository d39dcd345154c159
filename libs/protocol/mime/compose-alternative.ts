import type { HeaderField } from './header.js';

export interface AlternativeParts {
  readonly boundary: string;
  /** Quoted-printable bytes, as `encodeQpSegment` gives them. */
  readonly text: readonly Buffer[];
  readonly html: readonly Buffer[];
}

export interface ComposedBody {
  readonly headers: readonly HeaderField[];
  /** To be written one after the other. Canonical in the relaxed form, ending in exactly one CRLF. */
  readonly body: Buffer[];
  readonly sizeBytes: number;
}

const TEXT_HEAD = 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n';
const HTML_HEAD = 'Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n';

/** multipart/alternative of a text and an HTML part (RFC 2046 §5.1.4), without copying either. */
export function composeAlternative({ boundary, text, html }: AlternativeParts): ComposedBody {
  // The line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).
  const body = [
    Buffer.from(`--${boundary}\r\n${TEXT_HEAD}`, 'latin1'),
    ...text,
    Buffer.from(`\r\n--${boundary}\r\n${HTML_HEAD}`, 'latin1'),
    ...html,
    Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1'),
  ];
  let sizeBytes = 0;
  for (const chunk of body) sizeBytes += chunk.length;
  return {
    headers: [
      { name: 'MIME-Version', value: '1.0' },
      { name: 'Content-Type', value: `multipart/alternative; boundary="${boundary}"` },
    ],
    body,
    sizeBytes,
  };
}
