import type { CommandOf, ListReturn, ListSelection, StatusItem } from './command.types.js';
import { type Cursor, isOpen } from './cursor.js';

const statusNames: readonly StatusItem[] = [
  'MESSAGES',
  'RECENT',
  'UIDNEXT',
  'UIDVALIDITY',
  'UNSEEN',
  'DELETED',
  'SIZE',
  'HIGHESTMODSEQ',
  'APPENDLIMIT',
  'MAILBOXID',
  'DELETED-STORAGE',
];

/** All of them together: each letter is held against every mailbox. */
const LONGEST_PATTERNS = 4096;

export function statusItems(cursor: Cursor): StatusItem[] {
  const items = cursor.list((): StatusItem => {
    const name = cursor.atom('a STATUS item').toUpperCase();
    return statusNames.find((known) => known === name) ?? cursor.fail(`There is no STATUS item ${name.slice(0, 30)}`);
  });
  return items.length === 0 ? cursor.fail('STATUS needs an item') : [...new Set(items)];
}

/** LIST in its plain and its extended form (RFC 9051 §6.3.9). */
export function listArguments(cursor: Cursor): Omit<CommandOf<'LIST'>, 'tag'> {
  let isExtended = false;
  let select: ListSelection = { subscribed: false, remote: false, recursiveMatch: false, specialUse: false };
  cursor.space();
  if (isOpen(cursor)) {
    isExtended = true;
    select = selection(cursor);
    cursor.space();
  }
  const reference = cursor.mailbox();
  cursor.space();
  const patterns = isOpen(cursor) ? cursor.list(() => cursor.pattern()) : [cursor.pattern()];
  if (patterns.reduce((sum, pattern) => sum + 1 + pattern.length, 0) > LONGEST_PATTERNS) cursor.fail('LIST has too many patterns');
  if (patterns.length !== 1) isExtended = true;
  let returns: ListReturn = { subscribed: select.subscribed, children: false, specialUse: select.specialUse, myRights: false };
  if (cursor.more()) {
    isExtended = true;
    if (cursor.atom('RETURN').toUpperCase() !== 'RETURN') cursor.fail('Only RETURN may follow the patterns');
    cursor.space();
    returns = listReturn(cursor, returns);
  }
  return { name: 'LIST', reference, patterns, isExtended, select, returns };
}

function selection(cursor: Cursor): ListSelection {
  const options = cursor.list(() => cursor.atom('a selection option').toUpperCase());
  const unknown = options.find((option) => !['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE'].includes(option));
  if (unknown !== undefined) cursor.fail(`There is no selection option ${unknown.slice(0, 30)}`);
  const has = (option: string) => options.includes(option);
  // RFC 5258 §3.1: it says what the other options have to match, and REMOTE is no such option.
  if (has('RECURSIVEMATCH') && !has('SUBSCRIBED') && !has('SPECIAL-USE')) cursor.fail('RECURSIVEMATCH needs SUBSCRIBED or SPECIAL-USE');
  return { subscribed: has('SUBSCRIBED'), remote: has('REMOTE'), recursiveMatch: has('RECURSIVEMATCH'), specialUse: has('SPECIAL-USE') };
}

function listReturn(cursor: Cursor, implied: ListReturn): ListReturn {
  const found: { -readonly [K in keyof ListReturn]: ListReturn[K] } = { ...implied };
  cursor.list(() => {
    const option = cursor.atom('a RETURN option').toUpperCase();
    switch (option) {
      case 'SUBSCRIBED':
        found.subscribed = true;
        break;
      case 'CHILDREN':
        found.children = true;
        break;
      case 'SPECIAL-USE':
        found.specialUse = true;
        break;
      case 'MYRIGHTS':
        found.myRights = true;
        break;
      case 'STATUS':
        cursor.space();
        found.status = statusItems(cursor);
        break;
      case 'METADATA':
        cursor.space();
        found.metadata = cursor.list(() => cursor.text('an entry name'));
        break;
      default:
        cursor.fail(`There is no RETURN option ${option.slice(0, 30)}`);
    }
  });
  return found;
}
