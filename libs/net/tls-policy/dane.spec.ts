import { type X509Certificate, createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TlsaRecord } from '#net/dns';
import { type TestCertificate, testAuthority, testCertificate } from '#testing/certificates';
import { formatTlsa, usableRecords, verifyDane } from './dane.js';

let authority: TestCertificate;
let other: TestCertificate;
let leaf: TestCertificate;
let expired: TestCertificate;
const now = new Date();

beforeAll(async () => {
  [authority, other] = await Promise.all([testAuthority('CA one'), testAuthority('CA two')]);
  leaf = await testCertificate(['mx.example.org'], { authority });
  expired = await testCertificate(['mx.example.org'], { authority, isExpired: true });
});

/** As RFC 6698 §2.1 builds it. */
function tlsa(usage: number, selector: number, matchingType: number, { x509 }: TestCertificate): TlsaRecord {
  const selected = selector === 0 ? x509.raw : x509.publicKey.export({ type: 'spki', format: 'der' });
  const data =
    matchingType === 0
      ? selected
      : createHash(matchingType === 1 ? 'sha256' : 'sha512')
          .update(selected)
          .digest();
  return { usage, selector, matchingType, data };
}
const verify = (records: readonly TlsaRecord[], chain: readonly X509Certificate[], names = ['mx.example.org']) =>
  verifyDane({ tlsa: records, names }, chain, now)?.type ?? 'ok';

describe('DANE-EE', () => {
  it.each([0, 1].flatMap((selector) => [0, 1, 2].map((matching) => [selector, matching] as const)))(
    'matches the certificate by 3 %i %i, whatever its name and dates',
    (selector, matching) => {
      expect(verify([tlsa(3, selector, matching, expired)], [expired.x509], ['another.example'])).toBe('ok');
      expect(verify([tlsa(3, selector, matching, leaf)], [expired.x509])).toBe('validation-failure');
    },
  );

  it('is about the certificate of the server, not about its issuer', () => {
    expect(verify([tlsa(3, 1, 1, authority)], [leaf.x509, authority.x509])).toBe('validation-failure');
  });

  it('needs one match among several records', () => {
    expect(verify([tlsa(3, 1, 1, other), tlsa(3, 1, 1, leaf)], [leaf.x509])).toBe('ok');
  });
});

describe('DANE-TA', () => {
  it.each([0, 1].flatMap((selector) => [0, 1, 2].map((matching) => [selector, matching] as const)))(
    'trusts what the authority by 2 %i %i has signed',
    (selector, matching) => {
      expect(verify([tlsa(2, selector, matching, authority)], [leaf.x509, authority.x509])).toBe('ok');
      expect(verify([tlsa(2, selector, matching, other)], [leaf.x509, authority.x509])).toBe('validation-failure');
    },
  );

  it('does not need an anchor in the chain that is published whole', () => {
    expect(verify([tlsa(2, 0, 0, authority)], [leaf.x509])).toBe('ok');
    expect(verify([tlsa(2, 1, 0, authority)], [leaf.x509])).toBe('ok');
    expect(verify([tlsa(2, 0, 1, authority)], [leaf.x509])).toBe('validation-failure');
  });

  it('wants the name and the dates to fit', () => {
    expect(verify([tlsa(2, 0, 1, authority)], [leaf.x509, authority.x509], ['mx.example.net'])).toBe('certificate-host-mismatch');
    expect(verify([tlsa(2, 0, 1, authority)], [leaf.x509, authority.x509], ['example.net', 'mx.example.org'])).toBe('ok');
    expect(verify([tlsa(2, 0, 1, authority)], [expired.x509, authority.x509])).toBe('certificate-expired');
  });

  it('does not believe an authority that merely stands in the chain', async () => {
    const stranger = await testCertificate(['mx.example.org']);
    expect(verify([tlsa(2, 0, 1, authority)], [stranger.x509, authority.x509])).toBe('validation-failure');
    const forged = await testCertificate(['mx.example.org'], { authority: await testAuthority('CA one') });
    expect(verify([tlsa(2, 0, 1, authority)], [forged.x509, authority.x509])).toBe('validation-failure');
    expect(verify([tlsa(2, 1, 0, authority)], [forged.x509])).toBe('validation-failure');
  });
});

it('records of other usages, selectors, hashes and lengths are unusable', () => {
  const good = tlsa(3, 1, 1, leaf);
  const bad = [
    tlsa(0, 0, 1, authority),
    tlsa(1, 0, 1, leaf),
    { ...good, usage: 4 },
    { ...good, selector: 2 },
    { ...good, matchingType: 3 },
    { ...good, data: good.data.subarray(1) },
    { ...good, matchingType: 0, data: Buffer.alloc(0) },
  ];
  expect(usableRecords([...bad, good])).toEqual([good]);
});

it('a server without certificate is nobody, and nonsense in a record matches nothing', () => {
  expect(verify([tlsa(3, 1, 1, leaf)], [])).toBe('validation-failure');
  expect(verify([{ usage: 2, selector: 0, matchingType: 0, data: Buffer.from('nonsense') }], [leaf.x509])).toBe('validation-failure');
  expect(formatTlsa({ usage: 3, selector: 1, matchingType: 1, data: Buffer.from('0aff', 'hex') })).toBe('3 1 1 0aff');
});
