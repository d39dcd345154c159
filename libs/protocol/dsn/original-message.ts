import { findAddress } from './addresses.js';
import type { InboundReading, OriginalMessage } from './dsn.types.js';
import { type HeaderList, type MimePart, partText, readHeaders } from './read-mime.js';

/** What a report says of the message it is about. */
export type OriginalFacts = Pick<InboundReading, 'original' | 'originalMessageId' | 'returnPathCandidates'>;

export const NO_ORIGINAL: OriginalFacts = { original: {}, returnPathCandidates: [] };

const ENCLOSED = new Set([
  'message/rfc822',
  'message/global',
  'text/rfc822-headers',
  'message/rfc822-headers',
  'message/global-headers',
  'text/rfc822-header',
  'message/partial',
]);

export function isEnclosed({ type }: MimePart): boolean {
  return ENCLOSED.has(type);
}

/** The header of the returned copy, if one is enclosed as a part of its own. */
export function readOriginal(parts: readonly MimePart[]): OriginalFacts {
  const part = parts.find(isEnclosed);
  if (!part) return NO_ORIGINAL;
  const encoding = part.headers.raw('content-transfer-encoding').toLowerCase();
  const isEncoded = encoding === 'base64' || encoding === 'quoted-printable';
  return originalOf(
    readHeaders(isEncoded || part.type.startsWith('text/') ? Buffer.from(partText(part).trimStart()) : trimStart(part.body)),
  );
}

/** The same for a copy that follows the words of the report: its header begins after the line that announces it. */
export function readReturnedText(returned: string): OriginalFacts {
  const unquoted = /^>[A-Za-z][\w-]{1,60}:/m.test(returned.slice(0, 4_000)) ? returned.slice(0, 40_000).replace(/^>/gm, '') : returned;
  const block = /^[ \t]{0,8}[A-Za-z][\w-]{1,60}:[ \t]/m.exec(unquoted.slice(0, 8_000));
  if (!block) return NO_ORIGINAL;
  const text = unquoted.slice(block.index, block.index + 60_000);
  // Some indent the whole copy.
  const indent = /^[ \t]{1,8}/.exec(text)?.[0];
  return originalOf(readHeaders(Buffer.from(indent ? text.replaceAll(`\n${indent}`, '\n').trimStart() : text)));
}

const CANDIDATES = ['return-path', 'x-original-mail-from', 'x-envelope-from', 'envelope-from', 'errors-to', 'sender', 'x-returnpath'];
/** Where the recipient stands in a copy: what a server wrote down first, then what its author wrote. */
const RECIPIENT_HEADERS = ['x-original-to', 'delivered-to', 'envelope-to', 'x-envelope-to', 'x-rcpt-to'];
/** RFC 5321 §4.4 */
const FOR_CLAUSE = /\bfor\s{1,4}<?([^\s<>;]{1,64}@[^\s<>;]{1,255})>?/i;

function originalOf(headers: HeaderList): OriginalFacts {
  const messageId = bareId(headers.raw('message-id'));
  const returnPath = findAddress(headers.raw('return-path'));
  const received = headers.all('received').map((line) => findAddress(FOR_CLAUSE.exec(line)?.[1] ?? ''));
  const recipient = [
    ...received,
    ...RECIPIENT_HEADERS.map((name) => findAddress(headers.text(name))),
    findAddress(headers.text('to')),
  ].find((address) => address !== undefined);
  const original: OriginalMessage = {
    ...(messageId ? { messageId } : {}),
    ...(returnPath ? { returnPath } : {}),
    ...(headers.has('list-unsubscribe') ? { listUnsubscribe: headers.raw('list-unsubscribe').slice(0, 2_000) } : {}),
    ...(headers.has('reply-to') ? { replyTo: headers.text('reply-to').slice(0, 998) } : {}),
    ...(headers.has('from') ? { from: headers.text('from').slice(0, 998) } : {}),
    ...(headers.has('to') ? { to: headers.text('to').slice(0, 998) } : {}),
    ...(recipient ? { recipient } : {}),
    ...(headers.has('subject') ? { subject: headers.text('subject').slice(0, 998) } : {}),
  };
  return {
    original,
    ...(messageId ? { originalMessageId: messageId } : {}),
    returnPathCandidates: [
      ...new Set(CANDIDATES.flatMap((name) => headers.all(name).map((value) => findAddress(value))).filter((one) => one !== undefined)),
    ],
  };
}

/** A Message-ID without its angle brackets. */
export function bareId(value: string): string {
  return (/<([^<>\s]{1,500})>/.exec(value)?.[1] ?? value.trim()).slice(0, 500);
}

/** Some leave blank lines before the enclosed message. */
function trimStart(bytes: Buffer): Buffer {
  let at = 0;
  while (bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x20) at++;
  return bytes.subarray(at);
}
