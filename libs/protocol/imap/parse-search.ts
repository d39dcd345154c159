import type { Cursor } from './cursor.js';
import { parseSearchDate } from './dates.js';
import { CommandSyntaxError } from './parse-error.js';
import type { SearchKey, SearchReturn, SortCriterion, SortField, ThreadAlgorithm } from './search.types.js';

/** Each may be held against every message. */
const MOST_KEYS = 1000;

type Decode = (bytes: Buffer) => string;
type Reader = (cursor: Cursor, decode: Decode) => SearchKey;

const flag =
  (name: string, isSet: boolean): Reader =>
  (): SearchKey => ({ key: 'flag', flag: name, isSet });
const argument = (cursor: Cursor): Buffer => {
  cursor.space();
  return cursor.astring();
};
const header =
  (name: string): Reader =>
  (cursor, decode) => ({ key: 'header', name, value: decode(argument(cursor)) });
const date =
  (of: 'internal' | 'sent' | 'saved', relation: 'before' | 'on' | 'since'): Reader =>
  (cursor) => {
    const text = argument(cursor).toString('latin1');
    return { key: 'date', of, relation, date: parseSearchDate(text) ?? cursor.fail('Dates look like 1-Feb-2030') };
  };
const size =
  (relation: 'larger' | 'smaller'): Reader =>
  (cursor) => {
    cursor.space();
    return { key: 'size', relation, bytes: cursor.number(Number.MAX_SAFE_INTEGER) };
  };
const age =
  (relation: 'older' | 'younger'): Reader =>
  (cursor) => {
    cursor.space();
    const seconds = cursor.number();
    return seconds === 0 ? cursor.fail('An age has to be at least one second') : { key: 'age', relation, seconds };
  };
const id =
  (key: 'email-id' | 'thread-id'): Reader =>
  (cursor) => {
    cursor.space();
    return { key, id: cursor.atom('an object id') };
  };
const keyword =
  (isSet: boolean): Reader =>
  (cursor) => {
    cursor.space();
    return { key: 'flag', flag: cursor.atom('a keyword'), isSet };
  };

const readers: Readonly<Record<string, Reader>> = {
  ALL: () => ({ key: 'all' }),
  ANSWERED: flag('\\Answered', true),
  DELETED: flag('\\Deleted', true),
  DRAFT: flag('\\Draft', true),
  FLAGGED: flag('\\Flagged', true),
  SEEN: flag('\\Seen', true),
  UNANSWERED: flag('\\Answered', false),
  UNDELETED: flag('\\Deleted', false),
  UNDRAFT: flag('\\Draft', false),
  UNFLAGGED: flag('\\Flagged', false),
  UNSEEN: flag('\\Seen', false),
  KEYWORD: keyword(true),
  UNKEYWORD: keyword(false),
  RECENT: () => ({ key: 'recent', isSet: true }),
  OLD: () => ({ key: 'recent', isSet: false }),
  NEW: () => ({
    key: 'and',
    keys: [
      { key: 'recent', isSet: true },
      { key: 'flag', flag: '\\Seen', isSet: false },
    ],
  }),
  BCC: header('bcc'),
  CC: header('cc'),
  FROM: header('from'),
  SUBJECT: header('subject'),
  TO: header('to'),
  HEADER: (cursor, decode) => {
    const name = argument(cursor).toString('latin1').toLowerCase();
    return { key: 'header', name, value: decode(argument(cursor)) };
  },
  BODY: (cursor, decode) => ({ key: 'body', value: decode(argument(cursor)) }),
  TEXT: (cursor, decode) => ({ key: 'text', value: decode(argument(cursor)) }),
  BEFORE: date('internal', 'before'),
  ON: date('internal', 'on'),
  SINCE: date('internal', 'since'),
  SENTBEFORE: date('sent', 'before'),
  SENTON: date('sent', 'on'),
  SENTSINCE: date('sent', 'since'),
  SAVEDBEFORE: date('saved', 'before'),
  SAVEDON: date('saved', 'on'),
  SAVEDSINCE: date('saved', 'since'),
  SAVEDATESUPPORTED: () => ({ key: 'save-date-supported' }),
  LARGER: size('larger'),
  SMALLER: size('smaller'),
  OLDER: age('older'),
  YOUNGER: age('younger'),
  EMAILID: id('email-id'),
  THREADID: id('thread-id'),
  UID: (cursor) => {
    cursor.space();
    return { key: 'uid', set: cursor.messageSet() };
  },
  NOT: (cursor, decode) => {
    cursor.space();
    return { key: 'not', inner: searchKey(cursor, decode) };
  },
  OR: (cursor, decode) => {
    cursor.space();
    const left = searchKey(cursor, decode);
    cursor.space();
    return { key: 'or', left, right: searchKey(cursor, decode) };
  },
  MODSEQ: (cursor) => {
    cursor.space();
    // An entry name and type may stand before (RFC 7162 §3.1.5); all flags of a message share its mod-sequence here.
    if (cursor.is('"')) {
      cursor.string('an entry name');
      cursor.space();
      if (!/^(priv|shared|all)$/i.test(cursor.atom('an entry type'))) cursor.fail('Entry types are priv, shared and all');
      cursor.space();
    }
    return { key: 'modseq', from: cursor.modSeq() };
  },
};

/** A message set, a list, or a key by its name. */
function searchKey(cursor: Cursor, decode: Decode): SearchKey {
  return cursor.within(() => {
    if (cursor.is('('))
      return conjunction(
        cursor.list(() => searchKey(cursor, decode)),
        cursor,
      );
    if (cursor.isAtSet()) return { key: 'sequence', set: cursor.messageSet() };
    const name = cursor.atom('a search key').toUpperCase();
    const reader = Object.hasOwn(readers, name) ? readers[name]! : cursor.fail(`There is no search key ${name.slice(0, 30)}`);
    return reader(cursor, decode);
  });
}

/** Keys up to the end of the command. */
export function searchKeys(cursor: Cursor, charset: string | undefined): SearchKey {
  const decode = decoderOf(charset);
  const keys = [searchKey(cursor, decode)];
  while (cursor.more()) keys.push(searchKey(cursor, decode));
  const key = conjunction(keys, cursor);
  if (countKeys(key) > MOST_KEYS) cursor.fail('The search has too many keys');
  return key;
}

function countKeys(key: SearchKey): number {
  if (key.key === 'and') return key.keys.reduce((sum, inner) => sum + countKeys(inner), 0);
  if (key.key === 'or') return countKeys(key.left) + countKeys(key.right);
  return key.key === 'not' ? countKeys(key.inner) : 1;
}

function conjunction(keys: readonly SearchKey[], cursor: Cursor): SearchKey {
  if (keys.length === 0) cursor.fail('A search needs a key');
  return keys.length === 1 ? keys[0]! : { key: 'and', keys };
}

/** `RETURN (…)` and a space, where they stand here. */
export function searchReturn(cursor: Cursor): SearchReturn | undefined {
  if (!/^RETURN \(/i.test(cursor.bytes.toString('latin1', cursor.at, cursor.at + 8))) return undefined;
  cursor.atom();
  cursor.space();
  const options = cursor.list(() => cursor.atom('a RETURN option').toUpperCase());
  const unknown = options.find((option) => !['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE'].includes(option));
  if (unknown !== undefined) cursor.fail(`There is no RETURN option ${unknown.slice(0, 30)}`);
  cursor.space();
  const has = (option: string) => options.includes(option);
  return { min: has('MIN'), max: has('MAX'), all: has('ALL') || options.length === 0, count: has('COUNT'), save: has('SAVE') };
}

/** `CHARSET x ` where it stands here. */
export function searchCharset(cursor: Cursor): string | undefined {
  if (!/^CHARSET /i.test(cursor.bytes.toString('latin1', cursor.at, cursor.at + 8))) return undefined;
  cursor.atom();
  cursor.space();
  return charsetName(cursor);
}

/** The charset argument of SORT and THREAD, and the space behind it. */
export function charsetName(cursor: Cursor): string {
  const charset = cursor.text('a charset').toUpperCase();
  decoderOf(charset);
  cursor.space();
  return charset;
}

const sortFields: readonly SortField[] = ['arrival', 'cc', 'date', 'from', 'size', 'subject', 'to', 'displayfrom', 'displayto'];

export function sortCriteria(cursor: Cursor): SortCriterion[] {
  const criteria = cursor.list((): SortCriterion => {
    const first = cursor.atom('a sort key').toLowerCase();
    const isReverse = first === 'reverse';
    if (isReverse) cursor.space();
    const name = isReverse ? cursor.atom('a sort key').toLowerCase() : first;
    const field = sortFields.find((known) => known === name) ?? cursor.fail(`There is no sort key ${name.slice(0, 30)}`);
    return { field, isReverse };
  });
  return criteria.length === 0 ? cursor.fail('SORT needs a sort key') : criteria;
}

export function threadAlgorithm(cursor: Cursor): ThreadAlgorithm {
  const name = cursor.atom('an algorithm').toUpperCase();
  return name === 'REFERENCES' || name === 'ORDEREDSUBJECT' ? name : cursor.fail(`There is no thread algorithm ${name.slice(0, 30)}`);
}

/** Without a charset texts are US-ASCII, but what is UTF-8 is not refused. @throws CommandSyntaxError NO [BADCHARSET] */
function decoderOf(charset: string | undefined): Decode {
  if (charset === undefined || charset === 'US-ASCII' || charset === 'UTF-8') return (bytes) => bytes.toString('utf8');
  try {
    const decoder = new TextDecoder(charset);
    return (bytes) => decoder.decode(bytes);
  } catch {
    throw new CommandSyntaxError('This charset is not known here', 'NO', 'BADCHARSET (US-ASCII UTF-8)');
  }
}
