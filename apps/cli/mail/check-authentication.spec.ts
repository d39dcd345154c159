import { type KeyObject, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sealMessage } from 'mailauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signDkim } from '#protocol/dkim';
import { serializeHeaders } from '#protocol/mime';
import { DnsServerFixture } from '#testing/dns-server';
import { type AuthenticationVerdicts, checkAuthentication } from './check-authentication.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const record = (key: KeyObject) => `v=DKIM1; k=rsa; p=${key.export({ type: 'spki', format: 'der' }).toString('base64')}`;
/** As a zone file has it: strings of at most 255 bytes. */
const txt = (text: string) => ({ data: [text.match(/.{1,255}/gs)!] });

const headers = [
  { name: 'From', value: 'News <news@example.org>' },
  { name: 'To', value: 'sara@example.com' },
  { name: 'Subject', value: 'Hello' },
  { name: 'Date', value: 'Mon, 23 Nov 2026 10:00:00 +0000' },
];
const body = 'Hello there.\r\n';
let dns: DnsServerFixture;
let folder: string;
let signed: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-auth-'));
  dns = await DnsServerFixture.listen({
    'TXT example.org': txt('v=spf1 ip4:192.0.2.1 -all'),
    'TXT s1._domainkey.example.org': txt(record(rsa.publicKey)),
    'TXT _dmarc.example.org': txt('v=DMARC1; p=reject'),
    'TXT seal._domainkey.list.example': txt(record(rsa.publicKey)),
    'TXT list.example': txt('v=spf1 ip4:198.51.100.7 -all'),
  });
  const key = { domain: 'example.org', selector: 's1', algorithm: 'rsa-sha256' as const, privateKey: rsa.privateKey };
  const signatures = await signDkim({ headers, body: [Buffer.from(body)] }, [key], { timestamp: new Date('2026-11-23T10:00:00Z') });
  signed = `${serializeHeaders([...signatures, ...headers])}\r\n${body}`;
});

afterAll(async () => {
  await dns.close();
  rmSync(folder, { recursive: true });
});

function check(message: string | Buffer, more: { ip?: string; helo?: string; from?: string } = {}): Promise<AuthenticationVerdicts> {
  const file = path.join(folder, 'message.eml');
  writeFileSync(file, message);
  return checkAuthentication({
    file,
    ip: '192.0.2.1',
    helo: 'mx.example.org',
    from: 'news@example.org',
    ...more,
    hostname: 'mx.here.example',
    dnsServers: [dns.address],
  });
}

describe('a message', () => {
  it('that comes from where it says passes everything', async () => {
    const verdicts = await check(signed);
    expect(verdicts).toMatchObject({
      spf: { result: 'pass', domain: 'example.org' },
      dkim: [{ result: 'pass', domain: 'example.org', selector: 's1', algorithm: 'rsa-sha256', isAligned: true }],
      dmarc: { result: 'pass', domain: 'example.org', policy: 'reject' },
      arc: { result: 'none', instances: 0 },
    });
    expect(verdicts.authenticationResults).toMatch(/^Authentication-Results: mx\.here\.example;[\s\S]+dmarc=pass/);
    expect(dns.asked).toContain('udp TXT _dmarc.example.org');
  });

  it('from elsewhere fails SPF, and passes DMARC by its signature alone', async () => {
    expect(await check(signed, { ip: '203.0.113.9' })).toMatchObject({
      spf: { result: 'fail' },
      dkim: [{ result: 'pass' }],
      dmarc: { result: 'pass' },
    });
  });

  it('that was changed on its way fails DKIM', async () => {
    const changed = signed.replace('Hello there', 'Hello here');
    expect(await check(changed, { ip: '203.0.113.9' })).toMatchObject({
      dkim: [{ result: 'fail', comment: expect.stringContaining('body') }],
      dmarc: { result: 'fail', policy: 'reject' },
    });
  });

  it('without a signature, of a domain that says nothing, has nothing to show', async () => {
    const plain = `From: a@silent.example\r\nSubject: x\r\n\r\nx\r\n`;
    expect(await check(plain, { from: 'a@silent.example', helo: 'silent.example' })).toMatchObject({
      spf: { result: 'none' },
      dkim: [{ result: 'none', domain: null, comment: 'message not signed' }],
      dmarc: { result: 'none', policy: null },
    });
  });

  it('that a list passed on carries its chain', async () => {
    const seal = {
      signingDomain: 'list.example',
      selector: 'seal',
      privateKey: rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    };
    const sealed = await sealMessage(signed, {
      ...seal,
      algorithm: 'rsa-sha256',
      authResults: 'list.example; dkim=pass header.d=example.org',
      cv: 'none',
      i: 1,
    } as never);
    expect(
      await check(Buffer.concat([sealed, Buffer.from(signed)]), { ip: '198.51.100.7', from: 'b@list.example', helo: 'list.example' }),
    ).toMatchObject({
      spf: { result: 'pass', domain: 'list.example' },
      arc: { result: 'pass', domain: 'list.example', instances: 1 },
    });
  });

  it('tells its client and sender by its own header, when nobody else does', async () => {
    const relayed = `Return-Path: <news@example.org>\r\nReceived: from mx.example.org (mx.example.org [192.0.2.1]) by here.example with ESMTP id 1; Mon, 23 Nov 2026 10:00:01 +0000\r\n${signed}`;
    const file = path.join(folder, 'relayed.eml');
    writeFileSync(file, relayed);
    expect(await checkAuthentication({ file, hostname: 'here.example', dnsServers: [dns.address] })).toMatchObject({
      spf: { result: 'pass' },
    });
  });
});
