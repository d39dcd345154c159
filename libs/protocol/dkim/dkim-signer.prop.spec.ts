import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { expect, it } from 'vitest';
import { type HeaderField, encodeHeader, serializeHeaders } from '#protocol/mime';
import { type DkimKey, signDkim } from './dkim-signer.js';

/** Whatever is signed is accepted by a verifier that nobody here wrote, and refused after any change. */
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');
const keys: DkimKey[] = [
  { domain: 'example.org', selector: 'r', algorithm: 'rsa-sha256', privateKey: rsa.privateKey },
  { domain: 'example.org', selector: 'e', algorithm: 'ed25519-sha256', privateKey: ed25519.privateKey },
];
const records: Record<string, string> = {
  'r._domainkey.example.org': `v=DKIM1; k=rsa; p=${rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`,
  'e._domainkey.example.org': `v=DKIM1; k=ed25519; p=${ed25519.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')}`,
};

async function verdicts(message: Buffer): Promise<string[]> {
  const { results } = await dkimVerify(message, { resolver: (name: string) => Promise.resolve([[records[name]!]]) });
  return results.map(({ status }) => status.result);
}

async function sign(headers: readonly HeaderField[], body: readonly Buffer[], isShared = false): Promise<Buffer> {
  const signatures = await signDkim({ headers, body }, keys, { timestamp: new Date(), bodyIsShared: isShared });
  return Buffer.concat([Buffer.from(`${serializeHeaders([...signatures, ...headers])}\r\n`), ...body]);
}

const line = fc.string({ unit: fc.constantFrom('a', ' ', '  ', '\t', '.', 'é', 'سلام', '=', ';'), maxLength: 12 });
const text = fc.array(line, { maxLength: 8 }).map((lines) => `${lines.join('\r\n')}\r\n`);
const subject = fc.string({ unit: fc.constantFrom('a', ' ', 'س', '=?', ':', ';'), maxLength: 60 });
const cut = fc.array(fc.nat(), { maxLength: 3 });

const fields = (value: string): HeaderField[] => [
  { name: 'From', value: 'Chapar <hello@example.org>' },
  { name: 'To', value: 'sara@example.net' },
  encodeHeader('Subject', value),
  { name: 'Message-ID', value: '<1@example.org>' },
];

it('signs any headers and any body, however it is cut, so that others accept it with both algorithms', async () => {
  await fc.assert(
    fc.asyncProperty(subject, text, cut, async (value, content, points) => {
      const bytes = Buffer.from(content);
      const borders = [0, ...points.map((point) => point % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const chunks = borders.slice(1).map((end, i) => bytes.subarray(borders[i], end));
      expect(await verdicts(await sign(fields(value), chunks))).toEqual(['pass', 'pass']);
    }),
    { numRuns: 40 },
  );
});

it('notices any added word, in the body and in a signed header, and a second From', async () => {
  await fc.assert(
    fc.asyncProperty(subject, text, async (value, content) => {
      const signed = (await sign(fields(value), [Buffer.from(content)])).toString('latin1');
      for (const changed of [`${signed}word\r\n`, signed.replace('sara@', 'omid@'), `From: evil@example.com\r\n${signed}`])
        expect(await verdicts(Buffer.from(changed, 'latin1'))).not.toContain('pass');
    }),
    { numRuns: 10 },
  );
});

it('signs a body that many share as it would each one alone', async () => {
  const shared = Buffer.from('The same for everybody.\r\n');
  for (const value of ['one', 'two', 'three']) expect(await verdicts(await sign(fields(value), [shared], true))).toEqual(['pass', 'pass']);
  // Another buffer is another body, whatever the first one was.
  expect(await verdicts(await sign(fields('four'), [Buffer.from('Another.\r\n')], true))).toEqual(['pass', 'pass']);
});
