import net from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger, uuidv7 } from '#base/kernel';
import type { InboundTarget } from '#domain/feedback';
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

beforeEach(async () => {
  isRoomy = true;
  taken = [];
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
      intake: { take: async (_envelope, content) => void taken.push((await text(content)).length) },
      hasRoom: async () => isRoomy,
    }),
  });
});
afterEach(() => listener.close());

/** @returns all that the server said */
function send(recipients: readonly string[], sizeBytes: number): Promise<string> {
  const body = `Subject: x\r\n\r\n${`${'x'.repeat(98)}\r\n`.repeat(sizeBytes / 100)}.\r\n`;
  const steps = ['EHLO c.example\r\n', 'MAIL FROM:<>\r\n', ...recipients.map((one) => `RCPT TO:<${one}>\r\n`), 'DATA\r\n'];
  return new Promise((resolve, reject) => {
    const socket = net.connect(listener.port, '127.0.0.1');
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
