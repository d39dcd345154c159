import type { CommandBody, RightsChange } from './command.types.js';
import { type Cursor, isOpen } from './cursor.js';

type Parser = (cursor: Cursor) => CommandBody;

/** Who is there and what may they: log-in, ENABLE, ID, quotas, access rights. */
export const accountCommands: Readonly<Record<string, Parser>> = {
  AUTHENTICATE: (cursor) => {
    cursor.space();
    const mechanism = cursor.atom('a mechanism').toUpperCase();
    if (!cursor.more()) return { name: 'AUTHENTICATE', mechanism };
    return { name: 'AUTHENTICATE', mechanism, initialResponse: initialResponse(cursor) };
  },
  LOGIN: (cursor) => {
    cursor.space();
    const username = cursor.text('a user name');
    cursor.space();
    return { name: 'LOGIN', username, password: cursor.text('a password') };
  },
  ENABLE: (cursor) => {
    const capabilities: string[] = [];
    cursor.space();
    do capabilities.push(cursor.atom('a capability').toUpperCase());
    while (cursor.more());
    return { name: 'ENABLE', capabilities };
  },
  ID: (cursor) => {
    cursor.space();
    return { name: 'ID', fields: idFields(cursor) };
  },
  COMPRESS: (cursor) => {
    cursor.space();
    return { name: 'COMPRESS', mechanism: cursor.atom('a mechanism').toUpperCase() };
  },
  GETQUOTA: (cursor) => {
    cursor.space();
    return { name: 'GETQUOTA', root: cursor.text('a quota root') };
  },
  SETQUOTA: (cursor) => {
    cursor.space();
    const root = cursor.text('a quota root');
    cursor.space();
    const limits = cursor.list(() => {
      const resource = cursor.atom('a resource').toUpperCase();
      cursor.space();
      return { resource, limit: cursor.number(Number.MAX_SAFE_INTEGER) };
    });
    return { name: 'SETQUOTA', root, limits };
  },
  SETACL: (cursor) => {
    const [mailbox, identifier] = mailboxAndIdentifier(cursor);
    cursor.space();
    return { name: 'SETACL', mailbox, identifier, change: rightsChange(cursor) };
  },
  DELETEACL: (cursor) => {
    const [mailbox, identifier] = mailboxAndIdentifier(cursor);
    return { name: 'DELETEACL', mailbox, identifier };
  },
  LISTRIGHTS: (cursor) => {
    const [mailbox, identifier] = mailboxAndIdentifier(cursor);
    return { name: 'LISTRIGHTS', mailbox, identifier };
  },
};

function mailboxAndIdentifier(cursor: Cursor): [mailbox: string, identifier: string] {
  cursor.space();
  const mailbox = cursor.mailbox();
  cursor.space();
  return [mailbox, cursor.text('an identifier')];
}

/** `+rs`, `-rs` or `lrs`; `c` and `d` are what RFC 2086 called `kx` and `xte` (RFC 4314 §2.1.1). */
function rightsChange(cursor: Cursor): RightsChange {
  const text = cursor.text('rights');
  const mode = text.startsWith('+') ? 'add' : text.startsWith('-') ? 'remove' : 'replace';
  const letters = text.replace(/^[+-]/, '').replaceAll('c', 'k').replaceAll('d', 'xte');
  if (!/^[a-z0-9]*$/.test(letters)) cursor.fail('Rights are small letters and digits');
  return { mode, rights: [...new Set(letters)].join('') };
}

/** RFC 2971 §3.3: at most 30 fields, names of 30 and values of 1024 bytes. */
function idFields(cursor: Cursor): Readonly<Record<string, string | null>> | null {
  if (!isOpen(cursor)) return cursor.atom('NIL').toUpperCase() === 'NIL' ? null : cursor.fail('ID takes a list or NIL');
  const pairs = cursor.list((): [string, string | null] => {
    const name = cursor.string('a field name').toString('utf8').toLowerCase();
    cursor.space();
    const value = cursor.nstring()?.toString('utf8') ?? null;
    if (name.length > 30 || (value?.length ?? 0) > 1024) cursor.fail('An ID field is too long');
    return [name, value];
  });
  if (pairs.length > 30) cursor.fail('ID has at most 30 fields');
  return Object.fromEntries(pairs);
}

function initialResponse(cursor: Cursor): Buffer {
  const from = cursor.at;
  while (!cursor.isAtEnd && !cursor.is(' ')) cursor.at += 1;
  const text = cursor.bytes.toString('latin1', from, cursor.at);
  return text === '=' ? Buffer.alloc(0) : (decodeBase64(text) ?? cursor.fail('The initial response is no base64'));
}

/** Strict: what a mechanism is given must be what the client meant. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}
