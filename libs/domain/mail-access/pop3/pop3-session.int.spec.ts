import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ImapWorld, password } from '../imap/imap.fixture.js';
import { LineClient } from './line-client.fixture.js';

let world: ImapWorld;
const letter = (subject: string) => `From: sara@example.net\r\nSubject: ${subject}\r\n\r\n.dots\r\n..\r\nend\r\n`;

beforeAll(async () => {
  world = await ImapWorld.start();
});
afterAll(() => world.close());
beforeEach(async () => {
  const imap = await world.client();
  await imap.say('SELECT INBOX');
  await imap.say('STORE 1:* +FLAGS (\\Deleted)');
  await imap.say('EXPUNGE');
  await imap.append('INBOX', letter('one'));
  await imap.append('INBOX', letter('two'));
  imap.end();
});

async function signedIn(): Promise<LineClient> {
  const client = await LineClient.connect(world.pop3.port);
  await client.say('USER ann@shop.example');
  expect(await client.say(`PASS ${password}`)).toMatch(/^\+OK 2 messages/);
  return client;
}

describe('a maildrop', () => {
  it('is what it was at sign-in, and what was deleted goes at QUIT', async () => {
    const client = await signedIn();
    expect(await client.say('STAT')).toBe(`+OK 2 ${2 * letter('one').length}`);
    const [, first, second] = await client.lines('UIDL');
    expect(first).toMatch(/^1 \d+-\d+$/);
    expect(second).toMatch(/^2 \d+-\d+$/);
    expect(await client.lines('RETR 1')).toEqual([
      expect.stringMatching(/^\+OK/),
      'From: sara@example.net',
      'Subject: one',
      '',
      '..dots',
      '...',
      'end',
    ]);
    expect(await client.lines('TOP 2 1')).toEqual([expect.stringMatching(/^\+OK/), 'From: sara@example.net', 'Subject: two', '', '..dots']);
    expect(await client.say('DELE 1')).toMatch(/^\+OK/);
    expect(await client.say('RETR 1')).toMatch(/^-ERR/);
    expect(await client.say('QUIT')).toMatch(/^\+OK/);
    const imap = await world.client();
    expect(await imap.say('STATUS INBOX (MESSAGES)')).toContain('* STATUS INBOX (MESSAGES 1)');
    imap.end();
  });

  it('keeps everything when the connection breaks', async () => {
    const client = await signedIn();
    await client.say('DELE 1');
    client.end();
    const imap = await world.client();
    expect(await imap.say('STATUS INBOX (MESSAGES)')).toContain('* STATUS INBOX (MESSAGES 2)');
    imap.end();
  });

  it('is open for one session at a time', async () => {
    const client = await signedIn();
    const other = await LineClient.connect(world.pop3.port);
    await other.say('USER ann@shop.example');
    expect(await other.say(`PASS ${password}`)).toMatch(/^-ERR \[IN-USE\]/);
    await client.say('QUIT');
    await other.say('USER ann@shop.example');
    await expect.poll(async () => other.say(`PASS ${password}`)).toMatch(/^(\+OK 2|-ERR USER)/);
    other.end();
  });

  it('needs the right password, by SASL as well', async () => {
    const client = await LineClient.connect(world.pop3.port);
    await client.say('USER ann@shop.example');
    expect(await client.say('PASS nonsense')).toMatch(/^-ERR \[AUTH\]/);
    const plain = Buffer.from(`\0ann@shop.example\0${password}`).toString('base64');
    expect(await client.say(`AUTH PLAIN ${plain}`)).toMatch(/^\+OK 2/);
    client.end();
  });
});
