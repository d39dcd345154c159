import { type Server, createServer } from 'node:https';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemResolver } from '#net/dns';
import { type TestCertificate, testAuthority, testCertificate } from '#testing/certificates';
import { DnsServerFixture, type FakeZone } from '#testing/dns-server';
import { type MtaStsFetchOptions, mtaStsFetcher } from './fetch-mta-sts.js';

const POLICY = 'version: STSv1\nmode: enforce\nmx: mx.good.example\nmax_age: 86400\n';
const NAMES = ['good', 'moved', 'huge', 'endless', 'slow', 'html', 'missing', 'broken', 'cut'].map((name) => `mta-sts.${name}.example`);
const WRONG = ['mta-sts.expired.example', 'mta-sts.othername.example', 'mta-sts.self.example'];

const answers: Record<string, (response: ServerResponse) => void> = {
  good: (response) => response.setHeader('content-type', 'text/plain; charset=utf-8').end(POLICY),
  moved: (response) => response.writeHead(301, { location: 'https://mta-sts.good.example/.well-known/mta-sts.txt' }).end(),
  huge: (response) => response.setHeader('content-type', 'text/plain').end(POLICY + 'x'.repeat(70_000)),
  endless: (response) => {
    response.setHeader('content-type', 'text/plain');
    const timer = setInterval(() => response.write('future: x\n'), 20);
    response.on('close', () => clearInterval(timer));
  },
  slow: () => undefined,
  html: (response) => response.setHeader('content-type', 'text/html').end(POLICY),
  missing: (response) => response.writeHead(404).end(),
  broken: (response) => response.setHeader('content-type', 'text/plain').end('version: STSv1\nmode: enforce\n'),
  cut: (response) => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '500' });
    response.write(POLICY);
    setTimeout(() => response.destroy(), 20);
  },
};

let https: Server;
let dnsServer: DnsServerFixture;
let authority: TestCertificate;
const requests: string[] = [];

beforeAll(async () => {
  authority = await testAuthority();
  const good = await testCertificate(NAMES, { authority });
  const wrong: Record<string, TestCertificate> = {
    'mta-sts.expired.example': await testCertificate(['mta-sts.expired.example'], { authority, isExpired: true }),
    'mta-sts.othername.example': await testCertificate(['www.othername.example'], { authority }),
    'mta-sts.self.example': await testCertificate(['mta-sts.self.example']),
  };
  https = createServer(
    { key: good.key, cert: good.cert, SNICallback: (name, done) => done(null, createSecureContext(wrong[name] ?? good)) },
    (request, response) => {
      requests.push(`${request.headers.host} ${request.url}`);
      answers[request.headers.host!.split('.')[1]!]!(response);
    },
  );
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
  const zone: FakeZone = { 'A mta-sts.failing.example': { rcode: 2 } };
  for (const name of [...NAMES, ...WRONG]) zone[`A ${name}`] = { data: ['127.0.0.1'] };
  dnsServer = await DnsServerFixture.listen(zone);
});

afterAll(async () => {
  https.closeAllConnections();
  https.close();
  await dnsServer.close();
});

const fetcher = (more: Partial<MtaStsFetchOptions> = {}) =>
  mtaStsFetcher({
    dns: systemResolver([dnsServer.address]),
    isAllowedAddress: () => true,
    port: (https.address() as AddressInfo).port,
    ca: authority.cert,
    timeoutMs: 10_000,
    ...more,
  });

describe('fetching a policy', () => {
  it('gets it from the well-known place', async () => {
    expect(await fetcher()('good.example')).toEqual({ mode: 'enforce', mx: ['mx.good.example'], maxAgeSeconds: 86_400 });
    expect(requests.at(-1)).toMatch(/^mta-sts\.good\.example(:\d+)? \/\.well-known\/mta-sts\.txt$/);
  });

  it.each([
    ['moved', 'sts-policy-fetch-error', '301'],
    ['huge', 'sts-policy-fetch-error', 'more than 65536 bytes'],
    ['endless', 'sts-policy-fetch-error', 'took too long'],
    ['slow', 'sts-policy-fetch-error', 'took too long'],
    ['html', 'sts-policy-fetch-error', 'text/html'],
    ['missing', 'sts-policy-fetch-error', '404'],
    ['cut', 'sts-policy-fetch-error', ''],
    ['broken', 'sts-policy-invalid', 'max_age'],
    ['expired', 'sts-webpki-invalid', 'expired'],
    ['othername', 'sts-webpki-invalid', 'altnames'],
    ['self', 'sts-webpki-invalid', 'self-signed'],
    ['nowhere', 'sts-policy-fetch-error', 'no address'],
    ['failing', 'sts-policy-fetch-error', 'SERVFAIL'],
  ])('of %s fails as %s', async (name, type, reason) => {
    const patience = name === 'slow' || name === 'endless' ? { timeoutMs: 300 } : {};
    await expect(fetcher(patience)(`${name}.example`)).rejects.toMatchObject({
      failure: { type, reason: expect.stringContaining(reason) },
    });
  });

  it('never follows a redirect, not even to a good place', async () => {
    requests.length = 0;
    await fetcher()('moved.example').catch(() => undefined);
    expect(requests).toHaveLength(1);
  });

  it('goes nowhere but to the public internet', async () => {
    requests.length = 0;
    const inside = mtaStsFetcher({
      dns: systemResolver([dnsServer.address]),
      port: (https.address() as AddressInfo).port,
      ca: authority.cert,
    });
    await expect(inside('good.example')).rejects.toMatchObject({ failure: { reason: expect.stringContaining('public internet') } });
    expect(requests).toEqual([]);
  });

  it('trusts no authority that the system does not know', async () => {
    const options = { dns: systemResolver([dnsServer.address]), isAllowedAddress: () => true };
    await expect(mtaStsFetcher({ ...options, port: (https.address() as AddressInfo).port })('good.example')).rejects.toMatchObject({
      failure: { type: 'sts-webpki-invalid' },
    });
  });
});
