import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readMime, walkParts } from './read-mime.js';
import { explainBounce, readReport } from './read-report.js';

const folder = path.join(import.meta.dirname, 'fixtures');
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => readFileSync(path.join(folder, name)));

it('reads any bytes without throwing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
      expect(readReport(Buffer.from(bytes)).explanation).not.toBe('');
    }),
  );
});

it('reads any damaged report without throwing', () => {
  const damage = fc.record({
    at: fc.nat(),
    remove: fc.nat(80),
    insert: fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.constantFrom('\r\n\r\n', '--', ';', '=?', '<', '\0')),
  });
  fc.assert(
    fc.property(fc.constantFrom(...fixtures), fc.array(damage, { maxLength: 5 }), (fixture, damages) => {
      let bytes = fixture;
      for (const { at, remove, insert } of damages) {
        const position = at % (bytes.length + 1);
        bytes = Buffer.concat([bytes.subarray(0, position), Buffer.from(insert), bytes.subarray(position + remove)]);
      }
      expect(explainBounce(bytes).explanation).not.toBe('');
    }),
    { numRuns: 500 },
  );
});

// Each of these makes a careless reader take minutes or all memory; here they end within the time limit of a test.
const hostile: Record<string, () => string> = {
  'ten thousand parts': () => `Content-Type: multipart/report; boundary=b\n\n${'--b\n\nx\n'.repeat(10_000)}`,
  'parts nested two hundred deep': () =>
    Array.from({ length: 200 }, (_, depth) => `Content-Type: multipart/mixed; boundary=b${depth}\n\n--b${depth}\n`).join(''),
  'one boundary inside another': () =>
    `Content-Type: multipart/mixed; boundary=b\n\n${'--b\nContent-Type: multipart/mixed; boundary=b\n\n'.repeat(5_000)}`,
  'a header of 4 MB': () => `Subject: ${'a '.repeat(2_000_000)}\n\nx`,
  'a million header fields': () => 'A: b\n'.repeat(1_000_000),
  'a header folded half a million times': () => `Subject: x\n${' y\n'.repeat(500_000)}\n\n`,
  'encoded words without end': () => `Subject: ${'=?utf-8?b?'.repeat(100_000)}\n\n`,
  'a Content-Type with endless parameters': () => `Content-Type: multipart/report${'; boundary*0="a"'.repeat(50_000)}\n\n`,
  'an open quotation of 1 MB': () => `Content-Type: text/plain; charset="${'\\'.repeat(1_000_000)}\n\n`,
  'ten thousand recipients': () =>
    `Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n${'Final-Recipient: rfc822; a@example.org\nAction: failed\nStatus: 5.1.1\n\n'.repeat(10_000)}`,
  'tags that never close': () => `From: mailer-daemon@example.org\nContent-Type: text/html\n\n${'<'.repeat(1_000_000)}`,
  'failures said half': () =>
    `From: mailer-daemon@example.org\nSubject: failure notice\n\n${'could not '.repeat(6_000)}${'mailbox '.repeat(6_000)}`,
  'a line of nothing but addresses': () =>
    `From: mailer-daemon@example.org\nSubject: failure notice\n\nundeliverable ${'a@b.c,'.repeat(100_000)}`,
  'ten thousand lines with an address each': () =>
    `From: mailer-daemon@example.org\nSubject: failure notice\n\nundeliverable\n${Array.from({ length: 10_000 }, (_, at) => `<u${at}@example.org>: unknown user\n`).join('')}`,
  'a Received header that never ends': () =>
    `From: mailer-daemon@example.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nReceived: ${'for '.repeat(500_000)}\n\n`,
  'a Persian wish that never ends': () => `Subject: Re: x\nIn-Reply-To: <a@b>\n\n${'مرا از '.repeat(100_000)}`,
  'words that look like an address': () =>
    `From: mailer-daemon@example.org\nSubject: failure notice\n\nundeliverable ${'a.'.repeat(500_000)}@`,
  'spaces after a marker': () => `From: mailer-daemon@example.org\n\nwas not delivered to:${' '.repeat(500_000)}`,
};

it.each(Object.entries(hostile))('survives %s', (_, make) => {
  const raw = Buffer.from(make());
  expect(readReport(raw).explanation).not.toBe('');
  expect([...walkParts(readMime(raw))].length).toBeLessThanOrEqual(200);
});
