import type { CommandOf } from './command.types.js';
import { type Cursor, isOpen } from './cursor.js';

type Options = Pick<CommandOf<'GETMETADATA'>, 'maxSize' | 'depth'>;

/** RFC 5464 §4.2. Options come before the mailbox by its grammar, after it in its examples: both are taken. */
export function getMetadataArguments(cursor: Cursor): Omit<CommandOf<'GETMETADATA'>, 'tag'> {
  cursor.space();
  let options: Options = { depth: '0' };
  if (isOpen(cursor)) {
    options = readOptions(cursor);
    cursor.space();
  }
  const mailbox = cursor.mailbox();
  cursor.space();
  if (isOpen(cursor) && /^\((MAXSIZE|DEPTH) /i.test(cursor.bytes.toString('latin1', cursor.at, cursor.at + 10))) {
    options = readOptions(cursor);
    cursor.space();
  }
  const entries = isOpen(cursor) ? cursor.list(() => entryName(cursor)) : [entryName(cursor)];
  if (entries.length === 0) cursor.fail('GETMETADATA needs an entry');
  return { name: 'GETMETADATA', mailbox, entries, ...options };
}

/** RFC 5464 §4.3 */
export function setMetadataArguments(cursor: Cursor): Omit<CommandOf<'SETMETADATA'>, 'tag'> {
  cursor.space();
  const mailbox = cursor.mailbox();
  cursor.space();
  const entries = cursor.list(() => {
    const name = entryName(cursor);
    cursor.space();
    return { name, value: cursor.nstring() ?? null };
  });
  if (entries.length === 0) cursor.fail('SETMETADATA needs an entry');
  return { name: 'SETMETADATA', mailbox, entries };
}

/** RFC 5464 §3.2: `/private/…` or `/shared/…`, ASCII without wildcards, no empty level. */
function entryName(cursor: Cursor): string {
  const name = cursor.text('an entry name').toLowerCase();
  if (!/^\/(private|shared)(\/[!-$&-)+-.0-~]+)+$/.test(name) || name.length > 512)
    cursor.fail('An entry name looks like /private/comment or /shared/vendor/name');
  return name;
}

function readOptions(cursor: Cursor): Options {
  const options: { -readonly [K in keyof Options]: Options[K] } = { depth: '0' };
  cursor.list(() => {
    const name = cursor.atom('an option').toUpperCase();
    cursor.space();
    if (name === 'MAXSIZE') options.maxSize = cursor.number();
    else if (name === 'DEPTH') {
      const depth = cursor.atom('a depth').toLowerCase();
      if (depth !== '0' && depth !== '1' && depth !== 'infinity') cursor.fail('DEPTH is 0, 1 or infinity');
      options.depth = depth;
    } else cursor.fail(`There is no option ${name.slice(0, 30)}`);
  });
  return options;
}
