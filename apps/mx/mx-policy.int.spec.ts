import net from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReceptionSignals } from '#base/contracts';
import { silentLogger, uuidv7 } from '#base/kernel';
import type { DmarcHandling, InboundTarget } from '#domain/feedback';
import type { DnsLookup } from '#net/dns';
import { type RunningSmtpListener, startSmtpListener } from '#net/smtp-listener';
import { testCertificate } from '#testing/certificates';
import { MAX_REPORT_BYTES, mxPolicy } from './mx-policy.js';

const claims: Record<string, InboundTarget['claim']> = {
  'b-1@in.example': { kind: 'bounce', deliveryId: '1' },
  'r-1@in.example': { kind: 'reply', deliveryId: '1' },
  'fbl@in.example': { kind: 'feedback-loop' },
};
let listener: RunningSmtpListener;
let isRoomy: boolean;
let taken: number[];
let receptions: (ReceptionSignals | undefined)[];
let asked: string[];

/** A domain whose mail comes from nowhere but 192.0.2.1. */
const dns: DnsLookup = {
  lookup: (name, type) => {
    asked.push(`${type} ${name}`);
    const text = { 'bank.example': 'v=spf1 ip4:192.0.2.1 -all', '_dmarc.bank.example': 'v=DMARC1; p=reject' }[name];
    const records = (type === 'TXT' && text !== undefined ? [[text]] : []) as never[];
    return Promise.resolve({ records, name, exists: text !== undefined, isAuthentic: false, expiresAt: 0, sizeBytes: 0 });
  },
};

beforeEach(async () => {
  isRoomy = true;
  taken = [];
  receptions = [];
  asked = [];
  await start('reject');
});
afterEach(() => listener.close());

async function start(dmarc: DmarcHandling): Promise<void> {
  listener = await startSmtpListener({
    bind: '127.0.0.1',
    port: 0,
    hostname: 'mx.in.example',
    tls: await testCertificate(['mx.in.example']),
    maxSizeBytes: 4 * MAX_REPORT_BYTES,
    logger: silentLogger,
    policy: mxPolicy({
      recipients: {
        claimOf: (address) => claims[address],
        find: async (address) => claims[address] && { workspaceId: uuidv7(), claim: claims[address] },
      },
      intake: {
        async take({ reception }, content) {
          const { length } = await text(content);
          receptions.push(reception?.());
          taken.push(length);
        },
      },
      hasRoom: async () => isRoomy,
      dns,
      dmarc,
      isTrustedPeer: (address) => address === '127.0.0.2',
    }),
  });
}

/** @returns all that the server said */
function send(recipients: readonly string[], sizeBytes: number, from = '', localAddress = '127.0.0.1'): Promise<string> {
  const author = from === '' ? '' : `From: <${from}>\r\n`;
  const body = `${author}Subject: x\r\n\r\n${`${'x'.repeat(98)}\r\n`.repeat(sizeBytes / 100)}.\r\n`;
  const steps = ['EHLO c.example\r\n', `MAIL FROM:<${from}>\r\n`, ...recipients.map((one) => `RCPT TO:<${one}>\r\n`), 'DATA\r\n'];
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port: listener.port, host: '127.0.0.1', localAddress });
    let said = '';
    socket.on('error', reject).on('close', () => resolve(said));
    socket.on('data', (chunk) => {
      said += chunk.toString();
      if (!/^\d{3} .*\r\n$/m.test(chunk.toString())) return;
      socket.write(steps.shift() ?? (/^354 /m.test(chunk.toString()) ? body : 'QUIT\r\n'));
    });
  });
}

it.each(['b-1@in.example', 'fbl@in.example'])('a report to %s of more than a megabyte is refused for good', async (address) => {
  expect(await send([address], 2 * MAX_REPORT_BYTES)).toContain('552 5.3.4');
  expect(taken).toEqual([]);
  expect(await send([address], MAX_REPORT_BYTES / 2)).not.toContain('552');
  expect(taken).toHaveLength(1);
});

it('a reply may be larger, unless it goes to a return path as well', async () => {
  expect(await send(['r-1@in.example'], 2 * MAX_REPORT_BYTES)).not.toContain('552');
  expect(taken).toHaveLength(1);
  expect(await send(['r-1@in.example', 'b-1@in.example'], 2 * MAX_REPORT_BYTES)).toContain('552 5.3.4');
  expect(taken).toHaveLength(1);
});

it('on a full disk mail has to wait, and strangers still hear that nobody is there', async () => {
  isRoomy = false;
  expect(await send(['b-1@in.example'], 1_000)).toContain('452 4.3.1');
  expect(await send(['nobody@in.example'], 1_000)).toContain('550 5.1.1');
  expect(taken).toEqual([]);
});

describe('mail in the name of a domain that disowns it', () => {
  it('is refused for good where both sides want that, and nothing of it is kept', async () => {
    expect(await send(['r-1@in.example'], 1_000, 'boss@bank.example')).toMatch(/^550 5\.7\.1 Mail of bank\.example/m);
    expect(taken).toEqual([]);
  });

  it('is taken otherwise, with what was found out about it', async () => {
    await listener.close();
    await start('quarantine');
    expect(await send(['r-1@in.example'], 1_000, 'boss@bank.example')).not.toMatch(/^5/m);
    expect(receptions).toMatchObject([
      { remoteAddress: '127.0.0.1', helo: 'c.example', spf: { result: 'fail' }, dmarc: { result: 'fail', policy: 'reject' } },
    ]);
  });

  it('is not asked about when it is a report, or comes from ourselves', async () => {
    expect(await send(['b-1@in.example'], 1_000)).not.toMatch(/^5/m);
    expect(await send(['r-1@in.example'], 1_000, 'boss@bank.example', '127.0.0.2')).not.toMatch(/^5/m);
    expect([receptions, asked]).toEqual([[undefined, undefined], []]);
  });
});
