import type { Cursor } from './cursor.js';
import { isOpen } from './cursor.js';

/** What a client may set. `\Recent` is the server's and gone in IMAP4rev2. */
export const SYSTEM_FLAGS = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'] as const;
const spelling = new Map<string, string>(SYSTEM_FLAGS.map((flag) => [flag.toLowerCase(), flag]));
const LONGEST_KEYWORD = 128;

/** `(\Seen Work)` or flags without parentheses (RFC 9051 §6.4.6 lets STORE omit them); each once. */
export function flagList(cursor: Cursor): string[] {
  const flags: string[] = [];
  const next = () => {
    const flag = readFlag(cursor);
    if (flag !== undefined && !flags.includes(flag)) flags.push(flag);
  };
  if (isOpen(cursor)) cursor.list(next);
  else
    do next();
    while (cursor.more());
  return flags;
}

/** Undefined for `\Recent`, which clients that copy mail send along and which means nothing. */
function readFlag(cursor: Cursor): string | undefined {
  if (!cursor.take('\\')) {
    const keyword = cursor.atom('a flag');
    return keyword.length > LONGEST_KEYWORD ? cursor.fail(`A keyword has at most ${LONGEST_KEYWORD} letters`) : keyword;
  }
  const name = `\\${cursor.atom('a flag')}`.toLowerCase();
  if (name === '\\recent') return undefined;
  return spelling.get(name) ?? cursor.fail(`There is no system flag ${name.slice(0, 30)}`);
}
