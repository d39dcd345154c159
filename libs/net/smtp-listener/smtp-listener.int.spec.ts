import { type Readable } from 'node:stream';
import { generate } from 'selfsigned';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '#base/kernel';
import { RawClient } from './raw-client.fixture.js';
import { startSmtpListener } from './smtp-listener.js';
import type { RunningSmtpListener, SmtpEnvelope, SmtpListenerOptions } from './smtp-listener.types.js';

interface Taken {
  envelope: SmtpEnvelope;
  content: string;
}

let tls: { key: string; cert: string };
let listener: RunningSmtpListener;
let taken: Taken[];
const clients: RawClient[] = [];

beforeAll(async () => {
  const made = await generate([{ name: 'commonName', value: 'mx.chapar.test' }], { keyType: 'ec', curve: 'P-256' });
  tls = { key: made.private, cert: made.cert };
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.end();
  await listener.close();
});

async function start(more: Partial<SmtpListenerOptions> = {}, onMessage?: (taken: Taken) => Promise<void>): Promise<void> {
  taken = [];
  listener = await startSmtpListener({
    bind: '127.0.0.1',
    port: 0,
    hostname: 'mx.chapar.test',
    tls,
    maxSizeBytes: 100_000,
    logger: silentLogger,
    policy: {
      checkRecipient: (address) =>
        Promise.resolve(/^known\d?@ours\.test$/.test(address) ? 'accept' : { code: 550, enhanced: '5.1.1', text: 'No such address here' }),
      async onMessage(envelope, content: Readable) {
        const chunks = (await content.toArray()) as Buffer[];
        const message = { envelope, content: Buffer.concat(chunks).toString('latin1') };
        await onMessage?.(message);
        taken.push(message);
      },
    },
    ...more,
  });
}

async function greet(from?: string): Promise<RawClient> {
  const client = await RawClient.greet(listener.port, from);
  clients.push(client);
  return client;
}

/** Up to 354. */
async function inData(client?: RawClient): Promise<RawClient> {
  const sender = client ?? (await greet());
  expect(await sender.say('MAIL FROM:<>')).toMatch(/^250/);
  expect(await sender.say('RCPT TO:<known@ours.test>')).toMatch(/^250/);
  expect(await sender.say('DATA')).toMatch(/^354/);
  return sender;
}

it('takes a message byte by byte, dots undone, behind its own Received field', async () => {
  await start();
  const client = await inData();
  client.send('Subject: x\r\n\r\n..dot\r\n.\r\n');
  expect(await client.reply()).toMatch(/^250/);
  expect(taken).toHaveLength(1);
  expect(taken[0]!.content).toMatch(
    /^Received: from client\.example \(\[127\.0\.0\.1\]\)\r\n\tby mx\.chapar\.test with ESMTP id \S+\r\n\tfor <known@ours\.test>;\r\n\t\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000\r\nSubject: x\r\n\r\n\.dot\r\n$/,
  );
  expect(taken[0]!.envelope).toMatchObject({ mailFrom: '', recipients: ['known@ours.test'], isTls: false, remoteAddress: '127.0.0.1' });
});

describe('smuggling: what looks like the end of a message and is none', () => {
  const ends = [
    '\n.\n',
    '\n.\r\n',
    '\r\n.\n',
    '\r.\r',
    '\r.\r\n',
    '\r\n.\r',
    '\n.\r',
    '\r\n\0.\r\n',
    '\r\n.\0\r\n',
    '\r\r\n.\r\r\n',
    '\n\n.\n\n',
  ];
  it.each(ends.map((end) => [JSON.stringify(end), end] as const))('%s is refused with everything behind it', async (_, end) => {
    await start();
    const client = await inData();
    client.send(
      `Subject: outer\r\n\r\nfirst${end}MAIL FROM:<evil@example.org>\r\nRCPT TO:<known@ours.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nsecond\r\n.\r\n`,
    );
    expect(await client.reply()).toMatch(/^554 5\.6\.11 /);
    expect(await client.say('MAIL FROM:<next@example.org>')).toMatch(/^421 4\.7\.0 /);
    await client.closed();
    expect(taken).toEqual([]);
  });

  it('a dot and its line end in chunks of their own still end the message', async () => {
    await start();
    const client = await inData();
    for (const byte of 'Subject: x\r\n\r\nbody\r\n.\r\n') {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await client.reply()).toMatch(/^250/);
    expect(taken[0]!.content).toMatch(/\r\nbody\r\n$/);
  });

  it('a bare line feed in the header is refused', async () => {
    await start();
    const client = await inData();
    client.send('Subject: x\nBcc: y@example.org\r\n\r\nbody\r\n.\r\n');
    expect(await client.reply()).toMatch(/^554 5\.6\.11 /);
  });

  it('BDAT is unknown, and its octets are no message', async () => {
    await start();
    const client = await greet();
    await client.say('MAIL FROM:<>');
    await client.say('RCPT TO:<known@ours.test>');
    expect(await client.say('BDAT 5 LAST')).toMatch(/^50\d/);
    expect(taken).toEqual([]);
  });
});

describe('relaying: mail for others is refused at RCPT, in every spelling', () => {
  const spellings = [
    '<victim@elsewhere.example>',
    '<victim%elsewhere.example@ours.test>',
    '<victim%elsewhere.example>',
    '<@ours.test:victim@elsewhere.example>',
    '<@ours.test,@relay.example:victim@elsewhere.example>',
    '<"victim@elsewhere.example">',
    '<"victim@elsewhere.example"@ours.test>',
    '<victim@elsewhere.example@ours.test>',
    '<victim@ours.test@elsewhere.example>',
    '<elsewhere.example!victim>',
    '<elsewhere.example!victim@ours.test>',
    '<ours.test!elsewhere.example!victim@elsewhere.example>',
    '<victim@>',
    '<@elsewhere.example>',
    '<victim>',
    '<victim@[192.0.2.1]>',
    '<known@[127.0.0.1]>',
    '<victim@[IPv6:2001:db8::1]>',
    '<victim@localhost>',
    '<known@ours.test.>',
    '<known@ours.test,victim@elsewhere.example>',
    '<known@ours.test> <victim@elsewhere.example>',
    'victim@elsewhere.example',
    '<>',
    '<postmaster@elsewhere.example>',
  ];
  it.each(spellings)('%s', async (spelling) => {
    await start();
    const client = await greet();
    await client.say('MAIL FROM:<known@ours.test>');
    expect(await client.say(`RCPT TO:${spelling}`)).toMatch(/^5[05]\d /);
    expect(await client.say('DATA')).toMatch(/^503/);
  });
});

describe('what a client asks', () => {
  it('VRFY and EXPN tell nothing, and AUTH is not there', async () => {
    await start();
    const client = await RawClient.open(listener.port);
    clients.push(client);
    await client.reply();
    const greeting = await client.say('EHLO client.example');
    expect(greeting).toMatch(/STARTTLS/);
    expect(greeting).toMatch(/SIZE 100000/);
    expect(greeting).not.toMatch(/AUTH/);
    expect(await client.say('VRFY known')).toBe(await client.say('VRFY nobody'));
    expect(await client.say('EXPN list')).toMatch(/^50\d/);
    expect(await client.say('AUTH PLAIN AGEAYg==')).toMatch(/^50\d/);
    expect(await client.say('XCLIENT ADDR=192.0.2.1')).toMatch(/^50\d/);
  });

  it('pipelined commands are answered in order, and each recipient on its own', async () => {
    await start();
    const client = await greet();
    client.send(
      'MAIL FROM:<a@example.org>\r\nRCPT TO:<known@ours.test>\r\nRCPT TO:<nobody@ours.test>\r\nRCPT TO:<known2@ours.test>\r\nDATA\r\n',
    );
    const replies = [];
    for (let index = 0; index < 5; index++) replies.push((await client.reply()).slice(0, 3));
    expect(replies).toEqual(['250', '250', '550', '250', '354']);
    client.send('\r\nbody\r\n.\r\nMAIL FROM:<b@example.org>\r\n');
    expect(await client.reply()).toMatch(/^250/);
    expect(await client.reply()).toMatch(/^250/);
    expect(taken[0]!.envelope.recipients).toEqual(['known@ours.test', 'known2@ours.test']);
  });

  it('STARTTLS works, and commands that came before the handshake are forgotten', async () => {
    await start();
    const client = await greet();
    client.send('STARTTLS\r\nMAIL FROM:<injected@example.org>\r\nRCPT TO:<known@ours.test>\r\n');
    expect(await client.reply()).toMatch(/^220/);
    await client.startTls();
    expect(await client.say('EHLO client.example')).not.toMatch(/STARTTLS/);
    expect(await client.say('RCPT TO:<known@ours.test>')).toMatch(/^503/);
    await inData(client);
    client.send('\r\nx\r\n.\r\n');
    expect(await client.reply()).toMatch(/^250/);
    expect(taken[0]!.content).toMatch(/with ESMTPS id/);
  });

  it('speaking before the greeting ends the conversation', async () => {
    await start();
    const client = await RawClient.open(listener.port);
    clients.push(client);
    client.send('EHLO early.example\r\n');
    expect(await client.reply()).toMatch(/^421/);
    await client.closed();
  });
});

describe('limits', () => {
  it('a message that is too large is announced, or refused after it came', async () => {
    await start();
    const client = await greet();
    expect(await client.say('MAIL FROM:<> SIZE=100001')).toMatch(/^552/);
    await inData(client);
    client.send(`\r\n${'x'.repeat(998)}\r\n`.repeat(150));
    client.send('.\r\n');
    expect(await client.reply()).toMatch(/^552/);
    await inData(client);
    client.send('\r\nsmall\r\n.\r\n');
    expect(await client.reply()).toMatch(/^250/);
    expect(taken).toHaveLength(1);
  });

  it('a message that never ends is cut off', async () => {
    await start();
    const client = await inData();
    const megabyte = `${'x'.repeat(998)}\r\n`.repeat(1_000);
    for (let sent = 0; sent < 20 && !client.isClosed; sent++) {
      client.send(megabyte);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await client.reply()).toMatch(/^(?:421|$)/);
    await client.closed();
    expect(taken).toEqual([]);
  });

  it('more than fifty hops are a circle', async () => {
    await start();
    const client = await inData();
    client.send(`${'Received: from a by b\r\n'.repeat(51)}\r\nx\r\n.\r\n`);
    expect(await client.reply()).toMatch(/^554 5\.4\.6 /);
  });

  it('connections and messages of one address are limited, those of others and of trusted peers are not', async () => {
    const isTrustedPeer = (address: string) => address === '127.0.0.3';
    await start({ limits: { maxConnectionsPerAddress: 2, maxMessagesPerMinutePerAddress: 1 }, isTrustedPeer });
    const first = await greet();
    await greet();
    const third = await RawClient.open(listener.port);
    clients.push(third);
    expect(await third.reply()).toMatch(/^421 4\.7\.0 /);
    const other = await greet('127.0.0.2');
    for (let count = 0; count < 3; count++) await greet('127.0.0.3');
    const trusted = await greet('127.0.0.3');
    for (const [client, expected] of [
      [first, /^250/],
      [first, /^450 4\.7\.1 /],
      [other, /^250/],
      [trusted, /^250/],
      [trusted, /^250/],
    ] as const) {
      expect(await client.say('MAIL FROM:<>')).toMatch(expected);
      await client.say('RSET');
    }
    first.end();
    await expect.poll(async () => (await greet()).isClosed).toBe(false);
  });

  it('who guesses recipients is sent away', async () => {
    await start({ limits: { maxRefusedRecipients: 3 } });
    const client = await greet();
    await client.say('MAIL FROM:<>');
    expect(await client.say('RCPT TO:<a@ours.test>')).toMatch(/^550 5\.1\.1 /);
    expect(await client.say('RCPT TO:<b@ours.test>')).toMatch(/^550/);
    expect(await client.say('RCPT TO:<c@ours.test>')).toMatch(/^421/);
    await client.closed();
  });

  it('silence, a slow message and a session without end are cut off', async () => {
    await start({ limits: { idleTimeoutMs: 200 } });
    const idle = await greet();
    expect(await idle.reply()).toMatch(/^421/);
    await listener.close();
    await start({ limits: { messageTimeoutMs: 300 } });
    const slow = await inData();
    const drip = setInterval(() => slow.send('x'), 20);
    expect(await slow.reply()).toMatch(/^421 4\.4\.2 /);
    clearInterval(drip);
    await listener.close();
    await start({ limits: { sessionTimeoutMs: 300 } });
    const endless = await greet();
    expect(await endless.reply()).toMatch(/^421 4\.4\.2 /);
  });
});

describe('250 is a promise', () => {
  it('is not given when the message could not be taken', async () => {
    await start({}, () => Promise.reject(new Error('disk full')));
    const client = await inData();
    client.send('\r\nx\r\n.\r\n');
    expect(await client.reply()).toMatch(/^451 4\.3\.0 /);
    expect(await client.say('NOOP')).toMatch(/^250/);
  });

  it('is not given when the taker did not read it all', async () => {
    await start({ policy: { checkRecipient: () => Promise.resolve('accept'), onMessage: () => Promise.resolve() } });
    const client = await inData();
    client.send('\r\nx\r\n.\r\n');
    expect(await client.reply()).toMatch(/^451 4\.3\.0 /);
  });

  it('leaves nothing behind when the client goes away in the middle', async () => {
    const ended: string[] = [];
    await start({
      policy: {
        checkRecipient: () => Promise.resolve('accept'),
        onMessage: (_, content) =>
          content.toArray().then(
            () => void ended.push('whole'),
            (error: unknown) => {
              ended.push('broken');
              throw error;
            },
          ),
      },
    });
    const client = await inData();
    client.send('Subject: x\r\n\r\nhalf');
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.end();
    await expect.poll(() => ended).toEqual(['broken']);
  });

  it('a drain lets a message in transfer finish, and tells the others 421', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    await start({}, () => held);
    const idle = await greet();
    const busy = await inData();
    busy.send('\r\nx\r\n.\r\n');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closed = listener.close();
    expect(await idle.reply()).toMatch(/^421 4\.3\.2 /);
    await expect(RawClient.open(listener.port)).rejects.toThrow();
    release();
    expect(await busy.reply()).toMatch(/^250/);
    expect(await busy.reply()).toMatch(/^421/);
    await closed;
    expect(taken).toHaveLength(1);
  });
});
