import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ImapClient, ImapWorld, password } from './imap.fixture.js';

let world: ImapWorld;
let a: ImapClient;
let b: ImapClient;

beforeAll(async () => {
  world = await ImapWorld.start();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.source.query('DELETE FROM mail_messages');
  await world.source.query(`DELETE FROM mail_expunged`);
  await world.source.query(`UPDATE mail_folders SET uidnext = 1, modseq = 1, messages = 0, bytes = 0, keywords = '{}'`);
  await world.source.query('UPDATE mail_accounts SET used_bytes = 0, used_messages = 0');
  a = await world.client();
  b = await world.client();
});
afterEach(() => {
  a.end();
  b.end();
});

const letter = (subject: string, body = 'Hello there.') =>
  `From: Sara <sara@example.net>\r\nTo: ann@shop.example\r\nSubject: ${subject}\r\nDate: Mon, 23 Nov 2026 10:00:00 +0330\r\nMessage-ID: <${subject.replace(/\W/g, '')}@example.net>\r\n\r\n${body}\r\n`;
const last = (lines: readonly string[]) => lines.at(-1);

describe('signing in', () => {
  it('needs TLS, the right password, and then says what can be had', async () => {
    const client = await ImapClient.connect(world.plain.port);
    expect(last(await client.say('SELECT INBOX'))).toBe('BAD Sign in first');
    expect(last(await client.say('LOGIN ann@shop.example wrong'))).toBe('NO [AUTHENTICATIONFAILED] The user or the password is wrong');
    expect(last(await client.say(`LOGIN ANNA@Shop.Example "${password}"`))).toMatch(
      /^OK \[CAPABILITY IMAP4rev1 .*\bUIDPLUS\b.*\] Signed in$/,
    );
    client.end();
  });

  it('works with AUTHENTICATE PLAIN, at once or after a challenge, and with app passwords of the right kind only', async () => {
    const [account] = await world.accounts.list(world.context);
    const make = (scopes: readonly ('imap' | 'pop3')[]) =>
      world.services.appPasswords.create(world.context, account!.id, { name: 'phone', scopes });
    const [right, wrong] = [await make(['imap']), await make(['pop3'])];
    const plain = (secret: string) => Buffer.from(`\0ann@shop.example\0${secret}`).toString('base64');
    const client = await ImapClient.connect(world.plain.port);
    expect(last(await client.say(`AUTHENTICATE PLAIN ${plain(wrong.password)}`))).toMatch(/^NO \[AUTHENTICATIONFAILED\]/);
    client.send('x AUTHENTICATE PLAIN\r\n');
    expect(await client.until(/\+ \r\n/)).toBe('+ \r\n');
    client.send(`${plain(right.password)}\r\n`);
    expect(await client.until(/x OK.*\r\n/)).toContain('Signed in');
    client.end();
  });
});

describe('many sign-ins at once', () => {
  it('with what is right are let in, and guesses from elsewhere are slowed', async () => {
    const [account] = await world.accounts.list(world.context);
    const { password: secret } = await world.services.appPasswords.create(world.context, account!.id, { name: 'office' });
    const signIn = (pass: string, ip: string) => world.services.signIn.signIn('ann@shop.example', pass, 'imap', ip);
    const office = await Promise.all(Array.from({ length: 40 }, () => signIn(secret, '192.0.2.1')));
    expect(office.filter((one) => typeof one === 'object' && 'accountId' in one)).toHaveLength(40);
    const guesses = await Promise.all(
      Array.from({ length: 14 }, (_, n) => signIn(`cmp_12345678_${String(n).padStart(32, '0')}`, '192.0.2.9')),
    );
    expect(guesses.filter((one) => one === 'wrong')).toHaveLength(10);
    expect(guesses.filter((one) => typeof one === 'object' && 'waitSeconds' in one)).toHaveLength(4);
    expect(await signIn(secret, '192.0.2.9')).toMatchObject({ address: 'ann@shop.example' });
  });
});

describe('a mailbox', () => {
  it('has the folders that programs look for', async () => {
    expect(await a.say('LIST "" "*"')).toEqual([
      '* LIST (\\HasNoChildren) "/" INBOX',
      '* LIST (\\HasNoChildren \\Archive) "/" Archive',
      '* LIST (\\HasNoChildren \\Drafts) "/" Drafts',
      '* LIST (\\HasNoChildren \\Junk) "/" Junk',
      '* LIST (\\HasNoChildren \\Sent) "/" Sent',
      '* LIST (\\HasNoChildren \\Trash) "/" Trash',
      'OK Done',
    ]);
  });

  it('makes, renames, subscribes and deletes folders, Persian names among them', async () => {
    expect(last(await a.say('CREATE "&BkcGRQYpBkc-/2026"'))).toMatch(/^OK \[MAILBOXID \(F\d+\)\]/);
    expect(await a.say('LIST "" "&BkcGRQYpBkc-*"')).toEqual([
      '* LIST (\\HasChildren) "/" &BkcGRQYpBkc-',
      '* LIST (\\HasNoChildren) "/" &BkcGRQYpBkc-/2026',
      'OK Done',
    ]);
    expect(last(await a.say('RENAME "&BkcGRQYpBkc-" Old'))).toBe('OK Renamed');
    expect(last(await a.say('SUBSCRIBE Old/2026'))).toBe('OK Done');
    expect(last(await a.say('DELETE Old'))).toBe('OK Deleted');
    expect(await a.say('LSUB "" "Old/%"')).toEqual(['* LSUB (\\HasNoChildren) "/" Old/2026', 'OK Done']);
    expect(await a.say('LIST "" "Old"')).toEqual(['* LIST (\\Noselect \\HasChildren) "/" Old', 'OK Done']);
    expect(last(await a.say('DELETE Old/2026'))).toBe('OK Deleted');
    expect(last(await a.say('DELETE INBOX'))).toBe('NO [CANNOT] INBOX cannot be deleted.');
    expect(last(await a.say('CREATE Trash'))).toMatch(/^NO \[ALREADYEXISTS\]/);
    expect(last(await a.say('SELECT Nowhere'))).toMatch(/^NO \[NONEXISTENT\]/);
  });
});

describe('messages', () => {
  it('come back byte for byte as they were appended, and tell their parts', async () => {
    const text = letter('Ugly \x80\xff', '.\r\n..\r\n=20\r\n\tx');
    expect(last(await a.append('INBOX', text, '(\\Seen Work) "01-Jan-2026 10:00:00 +0000" '))).toMatch(/^OK \[APPENDUID \d+ 1\] Appended$/);
    const selected = await a.say('SELECT INBOX');
    expect(selected).toContain('* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft Work)');
    expect(selected).toContain('* 1 EXISTS');
    expect(selected.join('\n')).toMatch(/\[PERMANENTFLAGS \(.*\\\*\)\][^]*\[UIDVALIDITY \d+\][^]*\[UIDNEXT 2\][^]*\[HIGHESTMODSEQ 2\]/);
    const whole = await a.say('FETCH 1 BODY[]');
    expect(whole.join('\r\n')).toContain(`BODY[] {${text.length}}\r\n${text})`);
    expect(await a.say('FETCH 1 (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT)]<0.14>)')).toEqual([
      `* 1 FETCH (UID 1 FLAGS (\\Seen Work) INTERNALDATE " 1-Jan-2026 10:00:00 +0000" RFC822.SIZE ${text.length} BODY[HEADER.FIELDS (SUBJECT)]<0> {14}`,
      'Subject: Ugly )',
      'OK Fetched',
    ]);
    expect((await a.say('FETCH 1 (ENVELOPE BODYSTRUCTURE)')).join('\r\n')).toContain('(("Sara" NIL "sara" "example.net"))');
  });

  it('are marked as seen by reading them, in the line that has their text, and others hear of it', async () => {
    await a.append('INBOX', letter('one'));
    await a.say('SELECT INBOX');
    await b.say('SELECT INBOX');
    const read = (await a.say('FETCH 1 BODY[TEXT]')).join('\r\n');
    expect(read).toContain('FLAGS (\\Seen)');
    expect(read.match(/FETCH \(/g)).toHaveLength(1);
    expect(await b.say('NOOP')).toEqual(['* 1 FETCH (FLAGS (\\Seen))', 'OK Done']);
    expect(await a.say('NOOP')).toEqual(['OK Done']);
  });

  it('keep their numbers for a session until it may hear that some are gone', async () => {
    for (const subject of ['one', 'two', 'three']) await a.append('INBOX', letter(subject));
    await a.say('SELECT INBOX');
    await b.say('SELECT INBOX');
    await a.say('STORE 1:2 +FLAGS.SILENT (\\Deleted)');
    expect(await a.say('EXPUNGE')).toEqual(['* 1 EXPUNGE', '* 1 EXPUNGE', 'OK Expunged']);
    await a.append('INBOX', letter('four'));
    // Numbers are at work: nothing goes, though what is new is told.
    const fetched = await b.say('FETCH 3 (UID)');
    expect(fetched).toEqual(['* 3 FETCH (UID 3)', '* 4 EXISTS', 'OK Fetched']);
    expect(await b.say('NOOP')).toEqual(['* 1 EXPUNGE', '* 1 EXPUNGE', 'OK Done']);
    expect(await b.say('FETCH 1:* (UID)')).toEqual(['* 1 FETCH (UID 3)', '* 2 FETCH (UID 4)', 'OK Fetched']);
  });

  it('are copied and moved with their flags, and both sides know the new names', async () => {
    await a.append('INBOX', letter('one'), '(\\Flagged $Important) ');
    await a.append('INBOX', letter('two'));
    await a.say('SELECT INBOX');
    expect(last(await a.say('COPY 1 Nowhere'))).toMatch(/^NO \[TRYCREATE\]/);
    expect(last(await a.say('COPY 1:2 Archive'))).toMatch(/^OK \[COPYUID \d+ 1:2 1:2\] Copied$/);
    expect(await a.say('UID MOVE 1 Trash')).toEqual([expect.stringMatching(/^\* OK \[COPYUID \d+ 1 1\] Moved$/), '* 1 EXPUNGE', 'OK Done']);
    expect(await a.say('STATUS Archive (MESSAGES UNSEEN SIZE)')).toEqual([
      `* STATUS Archive (MESSAGES 2 UNSEEN 2 SIZE ${letter('one').length + letter('two').length})`,
      'OK Done',
    ]);
    await a.say('SELECT Trash');
    expect(await a.say('FETCH 1 FLAGS')).toEqual(['* 1 FETCH (FLAGS (\\Flagged $Important))', 'OK Fetched']);
    const [{ used_messages, used_bytes }] = await world.source.query('SELECT used_messages, used_bytes FROM mail_accounts');
    expect([used_messages, Number(used_bytes)]).toEqual([4, 2 * (letter('one').length + letter('two').length)]);
    expect(last(await a.say('UID MOVE 99 INBOX'))).toBe('OK Nothing to do');
  });

  it('teach the filter by being moved into Junk and out of it, not by being thrown away', async () => {
    await a.append('INBOX', letter('one'));
    await a.append('INBOX', letter('two'));
    await a.say('SELECT INBOX');
    const learnt = async () =>
      (await world.source.query('SELECT kind FROM spam_moves ORDER BY id')).map(({ kind }: { kind: string }) => kind);
    await a.say('MOVE 1:2 Junk');
    expect(await learnt()).toEqual(['junk', 'junk']);
    await a.say('SELECT Junk');
    await a.say('MOVE 1 Trash');
    expect(await learnt()).toEqual(['junk', 'junk']);
    await a.say('MOVE 1 INBOX');
    expect(await learnt()).toEqual(['junk', 'junk', 'ham']);
  });

  it('are found by what they say, in any case and in both spellings of Persian', async () => {
    await a.append('INBOX', letter('Invoice 12', 'The total is 40.'), '(\\Seen) ');
    await a.append(
      'INBOX',
      letter('=?utf-8?B?2KfZhNmD2KrYp9io?=', Buffer.from('می‌خواهم کتاب را ببینم ۱۲').toString('latin1')).replace(
        '\r\n\r\n',
        '\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n',
      ),
    );
    await a.append('INBOX', letter('Nothing', 'else'), '(Work) ');
    await a.say('SELECT INBOX');
    const find = async (key: string) => (await a.say(`SEARCH ${key}`))[0];
    expect(await find('SUBJECT invoice')).toBe('* SEARCH 1');
    expect(await find('BODY "TOTAL is"')).toBe('* SEARCH 1');
    const utf8 = (text: string) => `CHARSET UTF-8 TEXT {${Buffer.byteLength(text)}+}\r\n${Buffer.from(text).toString('latin1')}`;
    expect(await find(utf8('الکتاب'))).toBe('* SEARCH 2');
    expect(await find(utf8('ميخواهم كتاب'))).toBe('* SEARCH 2');
    expect(await find('UNSEEN NOT KEYWORD Work')).toBe('* SEARCH 2');
    expect(await find('OR SEEN KEYWORD Work')).toBe('* SEARCH 1 3');
    expect(await find('SENTON 23-Nov-2026 LARGER 10')).toBe('* SEARCH 1 2 3');
    expect(await find('2:* FROM nobody')).toBe('* SEARCH');
    expect(await a.say('UID SEARCH RETURN (MIN MAX COUNT SAVE) ALL')).toEqual([
      expect.stringMatching(/^\* ESEARCH \(TAG "t\d+"\) UID MIN 1 MAX 3 COUNT 3$/),
      'OK Searched',
    ]);
    expect(await a.say('FETCH $ UID')).toEqual(['* 1 FETCH (UID 1)', '* 2 FETCH (UID 2)', '* 3 FETCH (UID 3)', 'OK Fetched']);
    expect(last(await a.say('SEARCH CHARSET KOI8-R TEXT x'))).toMatch(/^NO \[BADCHARSET/);
  });
});

describe('messages in order', () => {
  it('are sorted by what they say, and threaded by what they answer', async () => {
    const dated = (subject: string, day: number, more = '') =>
      letter(subject).replace('23 Nov', `${day} Nov`).replace('\r\n\r\n', `\r\n${more}\r\n`);
    await a.append('INBOX', dated('Re: Lunch', 20, 'In-Reply-To: <Lunch@example.net>\r\n'));
    await a.append('INBOX', dated('Lunch', 19));
    await a.append('INBOX', dated('Apples', 21, 'References: <Lunch@example.net> <ReLunch@example.net>\r\n'));
    await a.say('SELECT INBOX');
    expect((await a.say('SORT (SUBJECT DATE) UTF-8 ALL'))[0]).toBe('* SORT 3 2 1');
    expect((await a.say('UID SORT RETURN (ALL COUNT) (REVERSE DATE) UTF-8 ALL'))[0]).toMatch(/UID ALL 3,1,2 COUNT 3$/);
    expect((await a.say('THREAD REFERENCES UTF-8 ALL'))[0]).toBe('* THREAD (2 1 3)');
    expect((await a.say('THREAD ORDEREDSUBJECT UTF-8 ALL'))[0]).toBe('* THREAD (2 1)(3)');
  });
});

describe('a client that waits', () => {
  it('hears of new mail and of flags at once, and goes on in the same packet as DONE', async () => {
    await a.append('INBOX', letter('one'));
    await b.say('SELECT INBOX');
    b.send('i IDLE\r\n');
    await b.until(/\+ idling\r\n/);
    await a.append('INBOX', letter('two'));
    expect(await b.until(/EXISTS\r\n/)).toBe('* 2 EXISTS\r\n');
    await a.say('SELECT INBOX');
    await a.say('STORE 1 +FLAGS (\\Flagged)');
    expect(await b.until(/\)\)\r\n/)).toBe('* 1 FETCH (FLAGS (\\Flagged))\r\n');
    b.send('DONE\r\nn NOOP\r\n');
    expect(await b.until(/n OK.*\r\n/)).toBe('i OK IDLE ended\r\nn OK Done\r\n');
  });
});

describe('a client that was away', () => {
  it('hears what changed and what went since (CONDSTORE, QRESYNC)', async () => {
    for (const subject of ['one', 'two', 'three']) await a.append('INBOX', letter(subject));
    const [, uidValidity] = /UIDVALIDITY (\d+)/.exec((await a.say('SELECT INBOX')).join())!;
    await a.say('STORE 2 +FLAGS (\\Flagged)');
    await a.say('STORE 3 +FLAGS (\\Deleted)');
    await a.say('EXPUNGE');
    expect(await b.say('ENABLE QRESYNC')).toEqual(['* ENABLED QRESYNC', 'OK Done']);
    const missed = await b.say(`SELECT INBOX (QRESYNC (${uidValidity} 4))`);
    expect(missed).toContain('* VANISHED (EARLIER) 3');
    expect(missed).toContain('* 2 FETCH (UID 2 FLAGS (\\Flagged) MODSEQ (5))');
    expect(missed.filter((line) => line.includes('FETCH'))).toHaveLength(1);
    await a.say('STORE 1 +FLAGS (\\Deleted)');
    await a.say('EXPUNGE');
    expect(await b.say('NOOP')).toEqual(['* VANISHED 1', 'OK Done']);
    expect(await b.say('FETCH 1 FLAGS (CHANGEDSINCE 4)')).toEqual(['* 1 FETCH (FLAGS (\\Flagged) MODSEQ (5))', 'OK Fetched']);
  });

  it('does not undo what others did meanwhile (UNCHANGEDSINCE)', async () => {
    await a.append('INBOX', letter('one'));
    await a.append('INBOX', letter('two'));
    await a.say('SELECT INBOX');
    await b.say('SELECT INBOX');
    await a.say('STORE 1 +FLAGS (\\Flagged)');
    const answer = await b.say('STORE 1:2 (UNCHANGEDSINCE 3) +FLAGS.SILENT (\\Deleted)');
    expect(last(answer)).toBe('OK [MODIFIED 1] Others were faster with some');
    expect(await b.say('FETCH 1:2 FLAGS')).toMatchObject([
      expect.stringContaining('(\\Flagged)'),
      expect.stringContaining('(\\Deleted)'),
      'OK Fetched',
    ]);
  });
});

describe('what is too much', () => {
  it('is refused, and the conversation goes on', async () => {
    expect(last(await a.append('Nowhere', letter('x')))).toMatch(/^NO \[TRYCREATE\]/);
    expect(last(await a.say('APPEND INBOX {2000000}'))).toMatch(/^NO \[TOOBIG\]/);
    await world.accounts.setQuota(world.context, 'ann@shop.example', 100);
    expect(last(await a.append('INBOX', letter('x')))).toMatch(/^NO \[OVERQUOTA\]/);
    expect(await a.say('GETQUOTAROOT INBOX')).toEqual(['* QUOTAROOT INBOX ""', '* QUOTA "" (STORAGE 0 0)', 'OK Done']);
    await world.accounts.setQuota(world.context, 'ann@shop.example', null);
    expect(last(await a.append('INBOX', letter('x')))).toMatch(/^OK/);
    await a.say('SELECT INBOX');
    expect(last(await a.say('FETCH 5 FLAGS'))).toMatch(/^BAD/);
    expect(last(await a.say('EXAMINE INBOX'))).toBe('OK [READ-ONLY] Selected');
    expect(last(await a.say('STORE 1 +FLAGS (\\Deleted)'))).toMatch(/^NO \[READ-ONLY\]/);
    expect(last(await a.say('NOSUCH'))).toMatch(/^BAD/);
  });

  it('ends a connection that never signs in sensibly', async () => {
    const client = await ImapClient.connect(world.plain.port);
    client.send(`a LOGIN {4294967296+}\r\n`);
    expect(await client.until(/\* BYE.*\r\n/)).toContain('BYE');
    const endless = await ImapClient.connect(world.plain.port);
    endless.send('x'.repeat(100_000));
    expect(await endless.until(/BYE.*\r\n/)).toContain('BYE');
  });
});
