import { type KeyObject, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { expect, it } from 'vitest';
import { composeAlternative, encodeHeader, encodeQpSegment, serializeHeaders, type HeaderField } from '#protocol/mime';
import { relaxedBody } from './canonical.js';
import { type DkimKey, signDkim } from './dkim-signer.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');
const der = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
const records: Record<string, string> = {
  'r._domainkey.example.org': `v=DKIM1; k=rsa; p=${der(rsa.publicKey).toString('base64')}`,
  'e._domainkey.example.org': `v=DKIM1; k=ed25519; p=${der(ed25519.publicKey).subarray(-32).toString('base64')}`,
};
const keys: DkimKey[] = [
  { domain: 'example.org', selector: 'r', algorithm: 'rsa-sha256', privateKey: rsa.privateKey },
  { domain: 'example.org', selector: 'e', algorithm: 'ed25519-sha256', privateKey: ed25519.privateKey },
];

async function resolver(name: string, type: string): Promise<string[][]> {
  if (type === 'TXT' && records[name]) return [[records[name]]];
  throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
}

async function verdicts(message: Buffer): Promise<string[]> {
  const { results } = await dkimVerify(message, { resolver });
  return results.map((result) => `${result.signingDomain} ${result.status.result}`);
}

function headersOf(subject: string): HeaderField[] {
  return [
    { name: 'From', value: 'Chapar <news@example.org>' },
    { name: 'To', value: 'sara@example.com' },
    encodeHeader('Subject', subject),
    { name: 'Date', value: 'Mon, 23 Nov 2026 10:00:00 +0000' },
    { name: 'List-Unsubscribe', value: '<https://example.org/u/abc>,\r\n <mailto:u@example.org>' },
    { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
  ];
}

const options = { timestamp: new Date('2026-11-23T10:00:00Z') };

it('makes signatures that another implementation verifies, for both algorithms', async () => {
  for (const subject of ['Plain', 'خبرنامهٔ ماهانهٔ چاپار، شمارهٔ ۱۲ و چند خبر کوتاه دیگر', 'long '.repeat(40).trim()]) {
    const parts = composeAlternative({
      boundary: 'b1',
      text: [encodeQpSegment('سلام\r\n')],
      html: [encodeQpSegment('<p>a  b</p>  \n\n'), encodeQpSegment('.dot')],
    });
    const headers = [...headersOf(subject), ...parts.headers];
    const signatures = await signDkim({ headers, body: parts.body }, keys, { ...options, bodyIsCanonical: true });
    const message = Buffer.concat([Buffer.from(`${serializeHeaders([...signatures, ...headers])}\r\n`), ...parts.body]);
    expect(await verdicts(message)).toEqual(['example.org pass', 'example.org pass']);
  }
});

it('fails when a covered header is changed, or another one added', async () => {
  const parts = composeAlternative({ boundary: 'b1', text: [], html: [encodeQpSegment('x')] });
  const headers = [...headersOf('Offer'), ...parts.headers];
  const [signature] = await signDkim({ headers, body: parts.body }, keys.slice(0, 1), { ...options, bodyIsCanonical: true });
  const text = serializeHeaders([signature!, ...headers]);
  const whole = (head: string) => Buffer.concat([Buffer.from(`${head}\r\n`), ...parts.body]);
  expect(await verdicts(whole(text))).toEqual(['example.org pass']);
  expect(await verdicts(whole(text.replace('Offer', 'Other')))).toEqual(['example.org fail']);
  expect(await verdicts(whole(`Subject: added\r\n${text}`))).toEqual(['example.org fail']);
  expect(await verdicts(whole(`From: evil@example.net\r\n${text}`))).toEqual(['example.org fail']);
});

it('signs any other body through the general canonical form', async () => {
  const body = [Buffer.from('line  with   runs \t\r\n\r\nlast \r\n\r\n\r\n')];
  const headers = headersOf('General');
  const signatures = await signDkim({ headers, body }, keys, options);
  expect(await verdicts(Buffer.concat([Buffer.from(`${serializeHeaders([...signatures, ...headers])}\r\n`), ...body]))).toEqual([
    'example.org pass',
    'example.org pass',
  ]);
  const empty = await signDkim({ headers, body: [] }, keys, options);
  expect(await verdicts(Buffer.from(`${serializeHeaders([...empty, ...headers])}\r\n`))).toEqual(['example.org pass', 'example.org pass']);
});

it('finds every composed body in canonical form already', () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(' ', '\t', '.', '\r\n', 'a', '=') }));
  fc.assert(
    fc.property(fc.array(text, { maxLength: 4 }), fc.array(text, { maxLength: 4 }), (texts, htmls) => {
      const body = Buffer.concat(
        composeAlternative({ boundary: 'b1', text: texts.map((t) => encodeQpSegment(t)), html: htmls.map((t) => encodeQpSegment(t)) }).body,
      );
      expect(relaxedBody(body)).toEqual(body);
    }),
  );
});
