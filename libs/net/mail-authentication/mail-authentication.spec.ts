import { generateKeyPairSync } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { dkimSign } from 'mailauth';
import { describe, expect, it } from 'vitest';
import type { ReceptionSignals } from '#base/contracts';
import { type DnsLookup, DnsFailure } from '#net/dns';
import { signDkim } from '#protocol/dkim';
import { authenticateMail } from './authenticate-mail.js';
import { authenticationResultsField, isForgedResults } from './authentication-results.js';
import { boundSignatures } from './bounded-signatures.js';
import { whileChecking } from './while-checking.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const spki = (key: typeof rsa.publicKey) => key.export({ type: 'spki', format: 'der' }).toString('base64');
const rawEd = (ed.publicKey.export({ type: 'spki', format: 'der' }) as Buffer).subarray(-32).toString('base64');

type Zone = Record<string, readonly unknown[] | 'fails'>;
const zone: Zone = {
  'TXT good.example': [['v=spf1 ip4:192.0.2.0/24 -all']],
  'TXT r1._domainkey.good.example': [[`v=DKIM1; k=rsa; p=${spki(rsa.publicKey)}`]],
  'TXT e1._domainkey.good.example': [[`v=DKIM1; k=ed25519; p=${rawEd}`]],
  'TXT _dmarc.good.example': [['v=DMARC1; p=reject']],
  'TXT soft.example': [['v=spf1 ~all']],
  'TXT _dmarc.soft.example': [['v=DMARC1; p=quarantine']],
  'TXT loop.example': [['v=spf1 include:loop.example -all']],
  'TXT dead.example': 'fails',
  'TXT _dmarc.dead.example': 'fails',
};

function dnsOf(records: Zone): DnsLookup & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    lookup: (name, type) => {
      asked.push(`${type} ${name}`);
      const found = records[`${type} ${name.toLowerCase()}`];
      if (found === 'fails') return Promise.reject(new DnsFailure('no answer'));
      return Promise.resolve({
        records: (found ?? []) as never,
        name,
        exists: found !== undefined,
        isAuthentic: false,
        expiresAt: Date.now() + 60_000,
        sizeBytes: 100,
      });
    },
  };
}

const from = { remoteAddress: '192.0.2.7', helo: 'mx.good.example', isTls: true, mailFrom: 'ann@good.example' };
const body = Buffer.from('hello\r\n');

async function signed(fields: readonly [string, string][], algorithms: readonly ('rsa' | 'ed')[] = ['rsa', 'ed']): Promise<Buffer> {
  const headers = fields.map(([name, value]) => ({ name, value }));
  const keys = algorithms.map((one) =>
    one === 'rsa'
      ? ({ algorithm: 'rsa-sha256', domain: 'good.example', selector: 'r1', privateKey: rsa.privateKey } as const)
      : ({ algorithm: 'ed25519-sha256', domain: 'good.example', selector: 'e1', privateKey: ed.privateKey } as const),
  );
  const signatures = await signDkim({ headers, body: [body] }, keys, { timestamp: new Date() });
  return message([...signatures.map(({ name, value }) => [name, value] as [string, string]), ...fields]);
}

const message = (fields: readonly [string, string][]) =>
  Buffer.concat([Buffer.from(`${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`), body]);
const letter: [string, string][] = [
  ['From', 'Ann <ann@good.example>'],
  ['To', 'r-1@in.example'],
  ['Subject', 'Re: hello'],
  ['Date', 'Mon, 23 Nov 2026 10:00:00 +0000'],
  ['Message-ID', '<1@good.example>'],
];

const check = (bytes: Buffer, who: Partial<typeof from> = {}, records = zone): Promise<ReceptionSignals> =>
  authenticateMail(Readable.from([bytes.subarray(0, 20), bytes.subarray(20)]), { ...from, ...who }, { dns: dnsOf(records) });

describe('a message', () => {
  it('from its own server, signed, passes everything', async () => {
    expect(await check(await signed(letter))).toEqual({
      remoteAddress: '192.0.2.7',
      helo: 'mx.good.example',
      isTls: true,
      spf: { result: 'pass', domain: 'good.example' },
      dkim: [
        { result: 'pass', domain: 'good.example', selector: 'r1', isAligned: true, coversBody: true },
        { result: 'pass', domain: 'good.example', selector: 'e1', isAligned: true, coversBody: true },
      ],
      dmarc: { result: 'pass', domain: 'good.example', policy: 'reject', isSpfAligned: true },
      arc: { result: 'none' },
    });
  });

  it('from elsewhere that keeps its signature passes by it alone', async () => {
    const found = await check(await signed(letter), { remoteAddress: '198.51.100.1', mailFrom: 'list@other.example' });
    expect(found).toMatchObject({ spf: { result: 'none' }, dmarc: { result: 'pass', isSpfAligned: false } });
  });

  it('whose text was changed on the way fails', async () => {
    const bytes = Buffer.from((await signed(letter)).toString('latin1').replace('hello\r\n', 'hallo\r\n'), 'latin1');
    const found = await check(bytes, { remoteAddress: '198.51.100.1' });
    expect(found.dkim.map(({ result }) => result)).not.toContain('pass');
    expect(found).toMatchObject({ spf: { result: 'fail' }, dmarc: { result: 'fail', policy: 'reject' } });
  });

  it('that names an author of another domain fails, whatever it proves of its own', async () => {
    const found = await check(message([['From', 'Ann <ann@good.example>'], ...letter.slice(1)]), {
      remoteAddress: '198.51.100.1',
      mailFrom: 'x@evil.example',
    });
    expect(found).toMatchObject({ spf: { result: 'none', domain: 'evil.example' }, dmarc: { result: 'fail', policy: 'reject' } });
  });

  it.each([
    [
      'two From fields',
      [
        ['From', 'a@good.example'],
        ['From', 'b@evil.example'],
        ['To', 'x@y.example'],
      ],
    ],
    [
      'authors of two domains',
      [
        ['From', 'a@good.example, b@evil.example'],
        ['To', 'x@y.example'],
      ],
    ],
    ['no author', [['To', 'x@y.example']]],
  ] as [string, [string, string][]][])('with %s is nobody’s', async (_, fields) => {
    expect((await check(message(fields))).dmarc).toEqual({ result: 'permerror', domain: '', policy: null, isSpfAligned: false });
  });

  it('of a domain that publishes nothing is neither proved nor disproved', async () => {
    const found = await check(message([['From', 'a@plain.example'], ...letter.slice(1)]), { mailFrom: 'a@plain.example' });
    expect(found.dmarc).toEqual({ result: 'none', domain: 'plain.example', policy: null, isSpfAligned: false });
  });

  it('whose domain’s servers are silent is not refused for it', async () => {
    const found = await check(message([['From', 'a@dead.example'], ...letter.slice(1)]), { mailFrom: 'a@dead.example' });
    expect(found).toMatchObject({ spf: { result: 'temperror' }, dmarc: { result: 'temperror' } });
  });

  it('to which a signature with l= lets anybody add is told apart', async () => {
    const plain = message(letter);
    const signatureData = [
      {
        signingDomain: 'good.example',
        selector: 'r1',
        privateKey: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
        maxBodyLength: body.length,
      },
    ];
    // Its types know another way to say this, which does nothing.
    const { signatures } = await dkimSign(plain, { canonicalization: 'relaxed/relaxed', signTime: new Date(), signatureData } as never);
    const whole = Buffer.concat([Buffer.from(signatures), plain]);
    const found = await check(Buffer.concat([whole, Buffer.from('added\r\n')]), { remoteAddress: '198.51.100.1' });
    expect(found.dkim).toMatchObject([{ result: 'pass', isAligned: true, coversBody: false }]);
    expect((await check(whole)).dkim).toMatchObject([{ result: 'pass', coversBody: true }]);
  });
});

describe('what a sender can make us do', () => {
  it('SPF in a circle ends', async () => {
    expect((await check(message(letter), { mailFrom: 'a@loop.example' })).spf.result).toBe('permerror');
  });

  it('a thousand signatures are ten', async () => {
    const dns = dnsOf(zone);
    const many = Array.from({ length: 1_000 }, (_, n): [string, string] => [
      'DKIM-Signature',
      `v=1; a=rsa-sha256; d=d${n}.example; s=s; c=relaxed/relaxed; h=from; l=${n}; bh=AAAA; b=AAAA`,
    ]);
    const found = await authenticateMail(Readable.from([message([...many, ...letter])]), from, { dns });
    expect(found.dkim.length).toBeLessThanOrEqual(10);
    expect(dns.asked.filter((question) => question.includes('_domainkey')).length).toBeLessThanOrEqual(10);
  });

  it('too long an ARC chain is left out, and every other field stays as it was', () => {
    const seals = Array.from({ length: 40 }, (_, n) => `ARC-Seal: i=${n}; a=x;\r\n\tb=1\r\n`).join('');
    expect(boundSignatures(`${seals}From: a@b.example\r\nX-Long: a\r\n b\r\n`)).toBe('From: a@b.example\r\nX-Long: a\r\n b\r\n');
  });

  it('no bytes make it fail', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 60 }), async (bytes, mailFrom) => {
        const found = await check(Buffer.from(bytes), { mailFrom });
        expect(JSON.stringify(found)).toMatch(/^[\x20-\x7e]*$/);
      }),
      { numRuns: 60 },
    );
  });

  it('a message that breaks off is an error, not a verdict', async () => {
    const broken = new Readable({ read: () => undefined });
    const checking = authenticateMail(broken, from, { dns: dnsOf(zone) });
    broken.push('From: a@b.example\r\n');
    broken.destroy(new Error('the client left'));
    await expect(checking).rejects.toThrow('the client left');
  });
});

describe('a message that is stored while it is checked', () => {
  const bytes = Array.from({ length: 50 }, (_, n) => Buffer.alloc(10_000, n));

  it('comes through as it was, and ends when the check does', async () => {
    const done: string[] = [];
    const { content, result } = whileChecking(Readable.from(bytes), async (copy) => {
      const size = (await buffer(copy)).length;
      done.push('checked');
      return size;
    });
    expect(() => result()).toThrow('to its end');
    expect((await buffer(content)).equals(Buffer.concat(bytes))).toBe(true);
    expect([result(), ...done]).toEqual([500_000, 'checked']);
  });

  it('fails at its end when it is refused, or when the check itself fails', async () => {
    const refused = whileChecking(
      Readable.from(bytes),
      (copy) => buffer(copy),
      () => {
        throw new Error('refused');
      },
    );
    await expect(buffer(refused.content)).rejects.toThrow('refused');
    const failed = whileChecking(Readable.from(bytes), () => Promise.reject(new Error('no check')));
    await expect(buffer(failed.content)).rejects.toThrow('no check');
  });

  it('does not wait for a check that has seen enough', async () => {
    const { content, result } = whileChecking(Readable.from(bytes), () => Promise.resolve('enough'));
    expect((await buffer(content)).length).toBe(500_000);
    expect(result()).toBe('enough');
  });
});

describe('Authentication-Results', () => {
  it('says what was found under our name, and survives names that are not names', async () => {
    const found = await check(await signed(letter, ['rsa']));
    expect(authenticationResultsField(found, 'mx.in.example')).toBe(
      'Authentication-Results: mx.in.example;\r\n\tdkim=pass header.d=good.example header.s=r1;\r\n\t' +
        'spf=pass smtp.mailfrom=good.example smtp.remote-ip=192.0.2.7;\r\n\tdmarc=pass (p=reject) header.from=good.example\r\n',
    );
    const odd = { ...found, dmarc: { ...found.dmarc, domain: 'a"b; dmarc=pass' }, remoteAddress: '2001:db8::1' };
    expect(authenticationResultsField(odd, 'mx.in.example')).toContain('header.from="ab; dmarc=pass"\r\n');
    expect(authenticationResultsField(odd, 'mx.in.example')).toContain('smtp.remote-ip="2001:db8::1"');
  });

  it.each([
    ['mx.in.example; spf=pass', true],
    [' (hello) MX.In.Example. 1; spf=pass', true],
    ['"mx.in.example"; none', true],
    ['mx.google.com; spf=pass', false],
    ['mx.in.example.evil.example; spf=pass', false],
  ])('%s in our name: %s', (value, isForged) => {
    expect(isForgedResults('authentication-results', value, 'mx.in.example')).toBe(isForged);
    expect(isForgedResults('X-Other', value, 'mx.in.example')).toBe(false);
  });
});
