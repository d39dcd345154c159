import { describe, expect, it } from 'vitest';
import { CommandReader } from './command-reader.js';
import { preLoginLimits, sessionLimits } from './limits.js';
import type { ReaderEvent, ReaderLimits } from './reader.types.js';

/** All events of a text; messages of APPEND are taken. */
function read(text: string | Buffer, limits: ReaderLimits = sessionLimits): ReaderEvent[] {
  const reader = new CommandReader(limits);
  reader.push(Buffer.from(text as string));
  const events: ReaderEvent[] = [];
  for (let event = reader.next(); event !== undefined; event = reader.next()) {
    events.push(event);
    if (event.kind === 'append-message') reader.acceptLiteral();
  }
  return events;
}
const one = (text: string) => {
  const [event] = read(`t ${text}\r\n`);
  if (event?.kind === 'bad') return `${event.status} ${event.text}`;
  const { tag: _, ...command } = (event as Extract<ReaderEvent, { kind: 'command' }>).command;
  return command;
};
const set = (...ranges: [number, number][]) => ({ ranges });

describe('commands', () => {
  it('come with their tag, in any case, and through blank lines', () => {
    expect(read('\r\na1 noop\r\n\r\na1 LOGOUT\r\n')).toEqual([
      { kind: 'command', command: { name: 'NOOP', tag: 'a1' } },
      { kind: 'command', command: { name: 'LOGOUT', tag: 'a1' } },
    ]);
  });

  it('take strings as atoms, quoted and as literals', () => {
    expect(one('LOGIN joe "p\\"a\\\\s s"')).toEqual({ name: 'LOGIN', username: 'joe', password: 'p"a\\s s' });
    expect(read('a LOGIN {3}\r\njoe {4+}\r\na\r\nb\r\n')).toEqual([
      { kind: 'continue' },
      { kind: 'command', command: { name: 'LOGIN', tag: 'a', username: 'joe', password: 'a\r\nb' } },
    ]);
    expect(one('LOGIN "" {0+}\r\n')).toEqual({ name: 'LOGIN', username: '', password: '' });
  });

  it('of mailboxes have names as people read them', () => {
    expect(one('SELECT inbox')).toEqual({ name: 'SELECT', mailbox: 'INBOX', isCondstore: false });
    expect(one('DELETE "InBoX/Sub"')).toEqual({ name: 'DELETE', mailbox: 'INBOX/Sub' });
    expect(one('CREATE "&BjUGRgYvBkgGQg-/a&-b" (USE (\\Archive \\Sent))')).toEqual({
      name: 'CREATE',
      mailbox: 'صندوق/a&b',
      specialUse: ['\\Archive', '\\Sent'],
    });
    expect(one('RENAME a&b "c d"')).toEqual({ name: 'RENAME', from: 'a&b', to: 'c d' });
    expect(one('EXAMINE x (CONDSTORE QRESYNC (67890007 20050715194045000 41,43:211 (1,3 7,11)))')).toEqual({
      name: 'EXAMINE',
      mailbox: 'x',
      isCondstore: true,
      qresync: {
        uidValidity: 67890007,
        modSeq: 20050715194045000n,
        knownUids: set([41, 41], [43, 211]),
        sequenceMatch: { sequences: set([1, 1], [3, 3]), uids: set([7, 7], [11, 11]) },
      },
    });
  });

  it('LIST has a plain and an extended form', () => {
    const nothing = { subscribed: false, remote: false, recursiveMatch: false, specialUse: false };
    const returns = { subscribed: false, children: false, specialUse: false, myRights: false };
    expect(one('LIST "" %')).toEqual({ name: 'LIST', reference: '', patterns: ['%'], isExtended: false, select: nothing, returns });
    expect(one('LIST (SUBSCRIBED RECURSIVEMATCH) "" ("INBOX" "a/*") RETURN (CHILDREN SPECIAL-USE STATUS (MESSAGES UIDNEXT))')).toEqual({
      name: 'LIST',
      reference: '',
      patterns: ['INBOX', 'a/*'],
      isExtended: true,
      select: { ...nothing, subscribed: true, recursiveMatch: true },
      returns: { ...returns, subscribed: true, children: true, specialUse: true, status: ['MESSAGES', 'UIDNEXT'] },
    });
    expect(one('LIST (RECURSIVEMATCH) "" *')).toMatch(/RECURSIVEMATCH needs/);
    expect(one('LIST () "" ()')).toMatchObject({ patterns: [], isExtended: true });
  });

  it('FETCH has items, macros, sections, partials and modifiers', () => {
    expect(one('FETCH 1:* FAST')).toMatchObject({
      items: [{ item: 'FLAGS' }, { item: 'INTERNALDATE' }, { item: 'RFC822.SIZE' }],
      isUid: false,
    });
    expect(one('UID FETCH 4 (UID BODY BODYSTRUCTURE BODY.PEEK[1.2.HEADER.FIELDS (Date "From")]<0.100> RFC822.TEXT)')).toMatchObject({
      isUid: true,
      items: [
        { item: 'UID' },
        { item: 'BODYSTRUCTURE', isExtended: false },
        { item: 'BODYSTRUCTURE', isExtended: true },
        {
          item: 'BODY',
          isPeek: true,
          section: { part: [1, 2], text: 'HEADER.FIELDS', fields: ['Date', 'From'] },
          partial: { offset: 0, length: 100 },
        },
        { item: 'BODY', isPeek: false, section: { part: [], text: 'TEXT' }, legacy: 'RFC822.TEXT' },
      ],
    });
    expect(one('FETCH 1 (BINARY.PEEK[1]<5.6> BINARY.SIZE[2.1] BODY[] PREVIEW (LAZY) PREVIEW)')).toMatchObject({
      items: [
        { item: 'BINARY', part: [1], isPeek: true, partial: { offset: 5, length: 6 } },
        { item: 'BINARY.SIZE', part: [2, 1] },
        { item: 'BODY', section: { part: [] } },
        { item: 'PREVIEW', isLazy: true },
        { item: 'PREVIEW', isLazy: false },
      ],
    });
    expect(one('UID FETCH 1:* FLAGS (CHANGEDSINCE 0 VANISHED)')).toMatchObject({ changedSince: 0n, vanished: true });
    expect(one('FETCH 1 FLAGS (CHANGEDSINCE 5 VANISHED)')).toMatch(/VANISHED needs UID FETCH/);
    for (const wrong of [
      '1 BODY[MIME]',
      '1 BODY[0]',
      '1 BODY[1.]',
      '1 BODY[]<1.0>',
      '1 ()',
      '0 FLAGS',
      '1:2:3 FLAGS',
      '1, FLAGS',
      '1 NOTHING',
    ])
      expect(one(`FETCH ${wrong}`), wrong).toMatch(/^BAD/);
  });

  it('STORE has a mode, silence, a condition, and flags with or without parentheses', () => {
    expect(one('STORE 1 +FLAGS.SILENT (\\seen $Work \\Recent)')).toEqual({
      name: 'STORE',
      isUid: false,
      set: set([1, 1]),
      mode: 'add',
      isSilent: true,
      flags: ['\\Seen', '$Work'],
    });
    expect(one('UID STORE $ (UNCHANGEDSINCE 12121230045) FLAGS \\Deleted b')).toMatchObject({
      set: '$',
      unchangedSince: 12121230045n,
      mode: 'replace',
      flags: ['\\Deleted', 'b'],
    });
    expect(one('STORE 1 -FLAGS ()')).toMatchObject({ mode: 'remove', flags: [] });
    expect(one('STORE 1 FLAGS \\Unknown')).toMatch(/system flag/);
  });

  it('SEARCH has keys, RETURN options, a charset and what was found before', () => {
    expect(one('SEARCH ALL')).toEqual({ name: 'SEARCH', isUid: false, key: { key: 'all' } });
    expect(
      one(
        'UID SEARCH RETURN (SAVE) CHARSET utf-8 1:5 OR (FROM "سارا" UNSEEN) NOT UID $ SINCE 1-Feb-1994 MODSEQ "/flags/\\\\draft" all 620',
      ),
    ).toEqual({
      name: 'SEARCH',
      isUid: true,
      charset: 'UTF-8',
      returns: { min: false, max: false, all: false, count: false, save: true },
      key: {
        key: 'and',
        keys: [
          { key: 'sequence', set: set([1, 5]) },
          {
            key: 'or',
            left: {
              key: 'and',
              keys: [
                { key: 'header', name: 'from', value: 'سارا' },
                { key: 'flag', flag: '\\Seen', isSet: false },
              ],
            },
            right: { key: 'not', inner: { key: 'uid', set: '$' } },
          },
          { key: 'date', of: 'internal', relation: 'since', date: '1994-02-01' },
          { key: 'modseq', from: 620n },
        ],
      },
    });
    expect(one('SEARCH RETURN () OLDER 60 SAVEDSINCE "1-Jan-2030" LARGER 5')).toMatchObject({ returns: { all: true } });
    expect(read('a SEARCH CHARSET X-NONE TEXT a\r\n')).toEqual([
      {
        kind: 'bad',
        tag: 'a',
        status: 'NO',
        code: 'BADCHARSET (US-ASCII UTF-8)',
        text: 'This charset is not known here',
        isFatal: false,
      },
    ]);
    expect(read(Buffer.from('a SEARCH CHARSET windows-1256 BODY {2+}\r\n\xd3\xe1\r\n', 'latin1'))).toMatchObject([
      { command: { key: { key: 'body', value: 'سل' } } },
    ]);
    expect(one('SEARCH SINCE 31-Feb-2030')).toMatch(/Dates look like/);
  });

  it('SORT and THREAD', () => {
    expect(one('UID SORT RETURN (COUNT) (REVERSE DATE DISPLAYFROM) UTF-8 ALL')).toMatchObject({
      criteria: [
        { field: 'date', isReverse: true },
        { field: 'displayfrom', isReverse: false },
      ],
      returns: { count: true },
    });
    expect(one('THREAD REFERENCES US-ASCII UNDELETED')).toMatchObject({ algorithm: 'REFERENCES', charset: 'US-ASCII' });
  });

  it('NOTIFY, METADATA, QUOTA, ACL, ID, ENABLE', () => {
    expect(one('NOTIFY SET STATUS (selected MessageNew (UID FLAGS) MessageExpunge)')).toMatch(/^BAD/);
    expect(one('NOTIFY SET STATUS (selected (MessageNew (UID FLAGS) MessageExpunge)) (subtree (a b) NONE)')).toEqual({
      name: 'NOTIFY',
      isStatusWanted: true,
      groups: [
        {
          mailboxes: { kind: 'selected' },
          events: [{ event: 'MessageNew', items: [{ item: 'UID' }, { item: 'FLAGS' }] }, { event: 'MessageExpunge' }],
        },
        { mailboxes: { kind: 'subtree', names: ['a', 'b'] }, events: [] },
      ],
    });
    expect(one('NOTIFY NONE')).toEqual({ name: 'NOTIFY', isStatusWanted: false });
    expect(one('GETMETADATA (MAXSIZE 10 DEPTH 1) "" (/shared/comment /private/x)')).toEqual({
      name: 'GETMETADATA',
      mailbox: '',
      entries: ['/shared/comment', '/private/x'],
      maxSize: 10,
      depth: '1',
    });
    expect(one('SETMETADATA INBOX (/private/comment NIL /shared/comment {2+}\r\nhi)')).toMatchObject({
      entries: [
        { name: '/private/comment', value: null },
        { name: '/shared/comment', value: Buffer.from('hi') },
      ],
    });
    expect(one('SETQUOTA "" (STORAGE 512 MESSAGE 10)')).toMatchObject({ limits: [{ resource: 'STORAGE', limit: 512 }, { limit: 10 }] });
    expect(one('SETACL INBOX sara +cd')).toMatchObject({ identifier: 'sara', change: { mode: 'add', rights: 'kxte' } });
    expect(one('ID ("name" "x" "version" NIL)')).toEqual({ name: 'ID', fields: { name: 'x', version: null } });
    expect(one('ENABLE condstore UTF8=ACCEPT')).toEqual({ name: 'ENABLE', capabilities: ['CONDSTORE', 'UTF8=ACCEPT'] });
    expect(one('AUTHENTICATE plain =')).toEqual({ name: 'AUTHENTICATE', mechanism: 'PLAIN', initialResponse: Buffer.alloc(0) });
  });
});

describe('APPEND', () => {
  it('hands messages over as they come, and waits for leave', () => {
    const reader = new CommandReader();
    reader.push(Buffer.from('a APPEND Sent (\\Seen) "17-Jul-1996 02:44:25 -0700" {5}\r\n'));
    expect([reader.next(), reader.next(), reader.next()]).toEqual([
      { kind: 'append', tag: 'a', mailbox: 'Sent' },
      {
        kind: 'append-message',
        message: {
          flags: ['\\Seen'],
          internalDate: new Date('1996-07-17T09:44:25Z'),
          sizeBytes: 5,
          isBinary: false,
          isUtf8: false,
          isSynchronising: true,
        },
      },
      undefined,
    ]);
    expect(reader.acceptLiteral()).toBe(true);
    reader.push(Buffer.from('hel'));
    expect([reader.next(), reader.next()]).toEqual([{ kind: 'append-data', data: Buffer.from('hel') }, undefined]);
    reader.push(Buffer.from('lo\r\nb NOOP\r\n'));
    expect([reader.next(), reader.next(), reader.next(), reader.next()]).toMatchObject([
      { kind: 'append-data', data: Buffer.from('lo') },
      { kind: 'append-message-end' },
      { kind: 'append-end', tag: 'a' },
      { kind: 'command', command: { name: 'NOOP' } },
    ]);
  });

  it('takes several messages, literal8 and UTF8', () => {
    const kinds = read('a APPEND {5+}\r\nINBOX {1+}\r\nx (a) ~{2+}\r\n\0y UTF8 (~{1+}\r\nz)\r\n').map(({ kind }) => kind);
    const message = ['append-message', 'append-data', 'append-message-end'];
    expect(kinds).toEqual(['append', ...message, ...message, ...message, 'append-end']);
  });

  it('can be refused, with and without what is already on its way', () => {
    for (const [literal, rest] of [
      ['{5}', ''],
      ['{5+}', 'hello {3+}\r\nabc\r\n'],
    ]) {
      const reader = new CommandReader();
      reader.push(Buffer.from(`a APPEND INBOX ${literal}\r\n${rest}b NOOP\r\n`));
      expect([reader.next()?.kind, reader.next()?.kind]).toEqual(['append', 'append-message']);
      reader.refuseAppend();
      expect(reader.next()).toEqual({ kind: 'command', command: { name: 'NOOP', tag: 'b' } });
    }
  });

  it('is refused by size, before log-in, and with CATENATE', () => {
    expect(read('a APPEND INBOX {99999999999}\r\nb NOOP\r\n')).toMatchObject([
      { status: 'NO', code: 'TOOBIG', isFatal: false },
      { kind: 'command' },
    ]);
    expect(read('a APPEND INBOX {5}\r\n', preLoginLimits)).toMatchObject([{ kind: 'bad', tag: 'a', isFatal: false }]);
    expect(read('a APPEND INBOX CATENATE (URL "x" TEXT {5}\r\n')).toMatchObject([{ kind: 'bad', text: 'CATENATE is not offered' }]);
  });
});

describe('limits', () => {
  it('answer a literal of 4 GB before log-in, and close only where it comes unasked', () => {
    expect(read('a LOGIN {4294967296}\r\nb NOOP\r\n', preLoginLimits)).toMatchObject([
      { kind: 'bad', isFatal: false },
      { kind: 'command' },
    ]);
    expect(read('a LOGIN {4294967296+}\r\nb NOOP\r\n', preLoginLimits)).toMatchObject([{ kind: 'bad', tag: 'a', isFatal: true }]);
    expect(read('a LOGIN {99999999999999999999999}\r\nb NOOP\r\n', preLoginLimits)).toMatchObject([{ kind: 'bad' }, { kind: 'command' }]);
  });

  it('end a line without end', () => {
    expect(read(`a NOOP ${'x'.repeat(10_000)}`, preLoginLimits)).toMatchObject([{ kind: 'bad', tag: 'a', isFatal: true }]);
    expect(read(`a NOOP ${'x'.repeat(10_000)}\r\n`, preLoginLimits)).toMatchObject([{ kind: 'bad', tag: 'a', isFatal: true }]);
  });

  it('bound parentheses, sets and arguments', () => {
    expect(one(`SEARCH ${'('.repeat(100_000)}`)).toMatch(/nested too deeply/);
    expect(one(`SEARCH ${'NOT '.repeat(20_000)}ALL`)).toMatch(/nested too deeply/);
    expect(one(`FETCH ${'1,'.repeat(20_000)}1 FLAGS`)).toMatch(/sequence set/);
    expect(one(`FETCH 1 (${'UID '.repeat(30_000)}UID)`)).toMatch(/too many arguments/);
    expect(one(`SEARCH ${'SEEN '.repeat(1001)}`)).toMatch(/too many keys/);
    expect(one(`LIST "" (${'a '.repeat(3000)}b)`)).toMatch(/too many patterns/);
    expect(one(`DELETE "${'&'.repeat(60_000)}-"`)).toMatch(/too long/);
  });
});

it('IDLE ends with a DONE in the same packet', () => {
  const reader = new CommandReader();
  reader.push(Buffer.from('a IDLE\r\nDONE\r\nb NOOP\r\n'));
  expect(reader.next()).toMatchObject({ command: { name: 'IDLE' } });
  reader.expectLine(64);
  expect([reader.next(), reader.next()]).toMatchObject([{ kind: 'line', line: Buffer.from('DONE') }, { command: { name: 'NOOP' } }]);
});

it('STARTTLS throws away what came with it', () => {
  const reader = new CommandReader();
  reader.push(Buffer.from('a STARTTLS\r\nb LOGIN evil evil\r\n'));
  expect(reader.next()).toMatchObject({ command: { name: 'STARTTLS' } });
  expect(reader.discardBuffered()).toBe(19);
  expect(reader.next()).toBeUndefined();
});
