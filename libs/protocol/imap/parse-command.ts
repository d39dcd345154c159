import type { CommandBody, ImapCommand } from './command.types.js';
import { Cursor, type CursorSettings, isOpen } from './cursor.js';
import { flagList } from './flags.js';
import { fetchItems, fetchModifiers } from './parse-fetch.js';
import { listArguments, statusItems } from './parse-list.js';
import { getMetadataArguments, setMetadataArguments } from './parse-metadata.js';
import { notifyArguments } from './parse-notify.js';
import { charsetName, searchCharset, searchKeys, searchReturn, sortCriteria, threadAlgorithm } from './parse-search.js';
import { selectArguments } from './parse-select.js';
import { accountCommands } from './parse-account.js';

type Parser = (cursor: Cursor) => CommandBody;

const bare = (
  name: 'CAPABILITY' | 'NOOP' | 'LOGOUT' | 'STARTTLS' | 'CHECK' | 'CLOSE' | 'UNSELECT' | 'NAMESPACE' | 'IDLE' | 'UNAUTHENTICATE',
): Parser => {
  return () => ({ name });
};
const withMailbox = (name: 'DELETE' | 'SUBSCRIBE' | 'UNSUBSCRIBE' | 'GETQUOTAROOT' | 'GETACL' | 'MYRIGHTS'): Parser => {
  return (cursor) => {
    cursor.space();
    return { name, mailbox: cursor.mailbox() };
  };
};

/** Verbs that UID may stand before. */
const setCommands: Readonly<Record<string, (cursor: Cursor, isUid: boolean) => CommandBody>> = {
  FETCH: fetch,
  STORE: store,
  COPY: (cursor, isUid) => copy(cursor, isUid, 'COPY'),
  MOVE: (cursor, isUid) => copy(cursor, isUid, 'MOVE'),
  SEARCH: search,
  SORT: sort,
  THREAD: thread,
};

const parsers: Readonly<Record<string, Parser>> = {
  ...accountCommands,
  CAPABILITY: bare('CAPABILITY'),
  NOOP: bare('NOOP'),
  LOGOUT: bare('LOGOUT'),
  STARTTLS: bare('STARTTLS'),
  CHECK: bare('CHECK'),
  CLOSE: bare('CLOSE'),
  UNSELECT: bare('UNSELECT'),
  NAMESPACE: bare('NAMESPACE'),
  IDLE: bare('IDLE'),
  UNAUTHENTICATE: bare('UNAUTHENTICATE'),
  EXPUNGE: () => ({ name: 'EXPUNGE' }),
  SELECT: (cursor) => ({ name: 'SELECT', ...selectArguments(cursor) }),
  EXAMINE: (cursor) => ({ name: 'EXAMINE', ...selectArguments(cursor) }),
  CREATE: create,
  DELETE: withMailbox('DELETE'),
  SUBSCRIBE: withMailbox('SUBSCRIBE'),
  UNSUBSCRIBE: withMailbox('UNSUBSCRIBE'),
  GETQUOTAROOT: withMailbox('GETQUOTAROOT'),
  GETACL: withMailbox('GETACL'),
  MYRIGHTS: withMailbox('MYRIGHTS'),
  RENAME: (cursor) => {
    cursor.space();
    const from = cursor.mailbox();
    cursor.space();
    return { name: 'RENAME', from, to: cursor.mailbox() };
  },
  LIST: listArguments,
  LSUB: (cursor) => oldList(cursor, 'LSUB'),
  XLIST: (cursor) => oldList(cursor, 'XLIST'),
  STATUS: (cursor) => {
    cursor.space();
    const mailbox = cursor.mailbox();
    cursor.space();
    return { name: 'STATUS', mailbox, items: statusItems(cursor) };
  },
  GETMETADATA: getMetadataArguments,
  SETMETADATA: setMetadataArguments,
  NOTIFY: notifyArguments,
  ...Object.fromEntries(Object.entries(setCommands).map(([name, parse]) => [name, (cursor: Cursor) => parse(cursor, false)])),
  UID: (cursor) => {
    cursor.space();
    const name = cursor.atom('a command').toUpperCase();
    if (name === 'EXPUNGE') {
      cursor.space();
      return { name: 'EXPUNGE', uids: cursor.messageSet() };
    }
    return Object.hasOwn(setCommands, name)
      ? setCommands[name]!(cursor, true)
      : cursor.fail(`There is no command UID ${name.slice(0, 30)}`);
  },
};

/**
 * One command: its lines and literals as they came, without the last line's end.
 * @throws CommandSyntaxError
 */
export function parseCommand(bytes: Buffer, settings: CursorSettings): ImapCommand {
  const cursor = new Cursor(bytes, settings);
  const tag = cursor.tag();
  cursor.space();
  const name = cursor.atom('a command').toUpperCase();
  const parser = Object.hasOwn(parsers, name) ? parsers[name]! : cursor.fail(`There is no command ${name.slice(0, 30)}`);
  const body = parser(cursor);
  cursor.end();
  return { ...body, tag };
}

function create(cursor: Cursor): CommandBody {
  cursor.space();
  const mailbox = cursor.mailbox();
  const specialUse: string[] = [];
  if (cursor.more())
    cursor.list(() => {
      if (cursor.atom('USE').toUpperCase() !== 'USE') cursor.fail('The only CREATE parameter is USE');
      cursor.space();
      cursor.list(() => {
        cursor.need('\\');
        specialUse.push(`\\${cursor.atom('a special use')}`);
      });
    });
  return { name: 'CREATE', mailbox, specialUse };
}

function oldList(cursor: Cursor, name: 'LSUB' | 'XLIST'): CommandBody {
  cursor.space();
  const reference = cursor.mailbox();
  cursor.space();
  return { name, reference, pattern: cursor.pattern() };
}

function fetch(cursor: Cursor, isUid: boolean): CommandBody {
  cursor.space();
  const set = cursor.messageSet();
  cursor.space();
  return { name: 'FETCH', isUid, set, items: fetchItems(cursor), ...fetchModifiers(cursor, isUid) };
}

function store(cursor: Cursor, isUid: boolean): CommandBody {
  cursor.space();
  const set = cursor.messageSet();
  cursor.space();
  let unchangedSince: bigint | undefined;
  if (isOpen(cursor)) {
    cursor.list(() => {
      if (cursor.atom('UNCHANGEDSINCE').toUpperCase() !== 'UNCHANGEDSINCE') cursor.fail('The only STORE modifier is UNCHANGEDSINCE');
      cursor.space();
      unchangedSince = cursor.modSeq();
    });
    cursor.space();
  }
  const mode: 'add' | 'remove' | 'replace' = cursor.take('+') ? 'add' : cursor.take('-') ? 'remove' : 'replace';
  const item = cursor.label('FLAGS');
  if (item !== 'FLAGS' && item !== 'FLAGS.SILENT') cursor.fail('STORE changes FLAGS or FLAGS.SILENT');
  cursor.space();
  const command = { name: 'STORE' as const, isUid, set, mode, isSilent: item === 'FLAGS.SILENT', flags: flagList(cursor) };
  return unchangedSince === undefined ? command : { ...command, unchangedSince };
}

function copy(cursor: Cursor, isUid: boolean, name: 'COPY' | 'MOVE'): CommandBody {
  cursor.space();
  const set = cursor.messageSet();
  cursor.space();
  return { name, isUid, set, mailbox: cursor.mailbox() };
}

function search(cursor: Cursor, isUid: boolean): CommandBody {
  cursor.space();
  const returns = searchReturn(cursor);
  const charset = searchCharset(cursor);
  const key = searchKeys(cursor, charset);
  return { name: 'SEARCH', isUid, key, ...(returns && { returns }), ...(charset !== undefined && { charset }) };
}

function sort(cursor: Cursor, isUid: boolean): CommandBody {
  cursor.space();
  const returns = searchReturn(cursor);
  const criteria = sortCriteria(cursor);
  cursor.space();
  const charset = charsetName(cursor);
  return { name: 'SORT', isUid, criteria, charset, key: searchKeys(cursor, charset), ...(returns && { returns }) };
}

function thread(cursor: Cursor, isUid: boolean): CommandBody {
  cursor.space();
  const algorithm = threadAlgorithm(cursor);
  cursor.space();
  const charset = charsetName(cursor);
  return { name: 'THREAD', isUid, algorithm, charset, key: searchKeys(cursor, charset) };
}
