import { createHash } from 'node:crypto';
import type { HeaderField } from '#protocol/mime';

/** Relaxed header canonicalisation of one field, without its line end (RFC 6376 §3.4.2). */
export function relaxedHeader({ name, value }: HeaderField): string {
  return `${name.toLowerCase().trim()}:${value
    .replace(/\r\n(?=[ \t])/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim()}`;
}

/** Relaxed body canonicalisation (RFC 6376 §3.4.4). */
export function relaxedBody(body: Buffer): Buffer {
  const lines = body
    .toString('latin1')
    .split('\r\n')
    .map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''));
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  return Buffer.from(lines.length === 0 ? '' : `${lines.join('\r\n')}\r\n`, 'latin1');
}

/** SHA-256 of a body. A body that is canonical already is hashed as it lies there, without being joined. */
export function bodyHash(body: readonly Buffer[], isCanonical: boolean): string {
  const hash = createHash('sha256');
  if (isCanonical) for (const chunk of body) hash.update(chunk);
  else hash.update(relaxedBody(Buffer.concat(body)));
  return hash.digest('base64');
}
