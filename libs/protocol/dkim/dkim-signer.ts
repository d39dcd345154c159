import { type KeyObject, createHash, sign as signCallback } from 'node:crypto';
import { promisify } from 'node:util';
import type { HeaderField } from '#protocol/mime';
import { bodyHash, relaxedHeader } from './canonical.js';

export type DkimAlgorithm = 'rsa-sha256' | 'ed25519-sha256';

export interface DkimKey {
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  /** Parsed once: reading a PEM costs as much as half a signature. */
  readonly privateKey: KeyObject;
}

export interface DkimMessage {
  readonly headers: readonly HeaderField[];
  /** Chunks of the body in order. */
  readonly body: readonly Buffer[];
}

export interface DkimOptions {
  readonly timestamp: Date;
  /** The body is its own relaxed canonical form, as `composeAlternative` makes it. */
  readonly bodyIsCanonical?: boolean;
  /** The body is one buffer that many messages have, and that nobody changes: it is hashed for the first of them only. */
  readonly bodyIsShared?: boolean;
}

/**
 * Fields that are signed when present (RFC 6376 §5.4.1); those marked are signed once more than they occur, so that
 * nobody can add another one that a reader would show (§5.4.2, §8.15).
 */
const signedFields: readonly (readonly [string, 'oversign' | 'once'])[] = [
  ['From', 'oversign'],
  ['To', 'oversign'],
  ['Cc', 'oversign'],
  ['Subject', 'oversign'],
  ['Date', 'oversign'],
  ['Reply-To', 'oversign'],
  ['Message-ID', 'oversign'],
  ['MIME-Version', 'oversign'],
  ['Content-Type', 'oversign'],
  ['Content-Transfer-Encoding', 'once'],
  ['In-Reply-To', 'once'],
  ['References', 'once'],
  // RFC 8058 §4: both must be covered, or one-click is not offered.
  ['List-Unsubscribe', 'oversign'],
  ['List-Unsubscribe-Post', 'oversign'],
  ['List-Id', 'once'],
  ['Feedback-ID', 'once'],
];

const sign = promisify<string | null, Buffer, KeyObject, Buffer>(signCallback as never);

/** Hashes the body once, however many keys sign it. @returns one DKIM-Signature field per key, in their order */
export async function signDkim(message: DkimMessage, keys: readonly DkimKey[], options: DkimOptions): Promise<HeaderField[]> {
  const hash = options.bodyIsShared ? sharedBodyHash(message.body, options) : bodyHash(message.body, options.bodyIsCanonical ?? false);
  const { names, canonical } = selectHeaders(message.headers);
  return Promise.all(keys.map((key) => signWith(key, hash, names, canonical, options.timestamp)));
}

/** By the buffer itself: a hash goes when the last message with that body has gone. */
const sharedHashes = new WeakMap<Buffer, string>();

function sharedBodyHash(body: readonly Buffer[], { bodyIsCanonical = false }: DkimOptions): string {
  const [only, ...more] = body;
  if (!only || more.length > 0) return bodyHash(body, bodyIsCanonical);
  let hash = sharedHashes.get(only);
  if (hash === undefined) sharedHashes.set(only, (hash = bodyHash(body, bodyIsCanonical)));
  return hash;
}

/** RFC 6376 §5 and, for Ed25519, RFC 8463 §3. Runs in the thread pool, off the event loop. */
async function signWith(key: DkimKey, hash: string, names: readonly string[], canonical: string, timestamp: Date): Promise<HeaderField> {
  const tags = [
    `v=1; a=${key.algorithm}; c=relaxed/relaxed; d=${key.domain}; s=${key.selector};`,
    `t=${Math.floor(timestamp.getTime() / 1000)}; bh=${hash};`,
    ...foldNames(names),
    'b=',
  ];
  const unsigned = tags.join('\r\n\t');
  const input = Buffer.from(`${canonical}${relaxedHeader({ name: 'DKIM-Signature', value: unsigned })}`, 'utf8');
  // RFC 8463 §3: Ed25519 signs the SHA-256 digest of the input.
  const signature =
    key.algorithm === 'rsa-sha256'
      ? await sign('sha256', input, key.privateKey)
      : await sign(null, createHash('sha256').update(input).digest(), key.privateKey);
  return { name: 'DKIM-Signature', value: unsigned + signature.toString('base64').replace(/.{1,70}(?=.)/g, '$&\r\n\t') };
}

/** Names in the order they are hashed, and the canonical fields themselves; of several alike the last comes first (§5.4.2). */
function selectHeaders(headers: readonly HeaderField[]): { names: string[]; canonical: string } {
  const names: string[] = [];
  let canonical = '';
  for (const [name, mode] of signedFields) {
    const lower = name.toLowerCase();
    for (let i = headers.length - 1; i >= 0; i--) {
      const field = headers[i]!;
      if (field.name.length !== name.length || field.name.toLowerCase() !== lower) continue;
      names.push(name);
      canonical += `${relaxedHeader(field)}\r\n`;
    }
    if (mode === 'oversign') names.push(name);
  }
  return { names, canonical };
}

function foldNames(names: readonly string[]): string[] {
  const lines: string[] = [];
  let line = 'h=';
  for (const [i, name] of names.entries()) {
    const piece = i === names.length - 1 ? `${name};` : `${name}:`;
    if (line.length + piece.length > 72) {
      lines.push(line);
      line = '';
    }
    line += piece;
  }
  return [...lines, line];
}
