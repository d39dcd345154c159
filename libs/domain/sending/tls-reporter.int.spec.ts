import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { simpleParser } from 'mailparser';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '#base/kernel';
import { createCachingResolver, createDnsTransport, createMxResolver } from '#net/dns';
import { type TestCertificate, testAuthority, testCertificate } from '#testing/certificates';
import { DnsServerFixture } from '#testing/dns-server';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { SmtpSink } from '#testing/smtp-sink';
import { createCampaign, sendingDomain, testKeys, testPublicKeys } from './sending.fixture.js';
import { TlsReporter } from './tls-reporter.js';
import { TlsSessionCounter } from './tls-session-counter.js';

let database: TestDatabase;
let source: DataSource;
let dnsServer: DnsServerFixture;
let sink: SmtpSink;
let web: Server;
let authority: TestCertificate;
const posts: { url: string | undefined; type: string | undefined; body: Buffer }[] = [];
const clock = { time: Date.UTC(2026, 2, 1, 12), now: () => new Date(clock.time) };
let isRefusing = false;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ poolSize: 5 });
  authority = await testAuthority();
  const certificate = await testCertificate(['reports.example'], { authority });
  sink = await SmtpSink.listen({ keepsContent: true, onRecipient: () => (isRefusing ? '451 4.3.0 later' : undefined) });
  web = createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      posts.push({ url: request.url, type: request.headers['content-type'], body: Buffer.concat(chunks) });
      response.writeHead(201).end();
    });
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  dnsServer = await DnsServerFixture.listen({
    'TXT _smtp._tls.asks.example': { data: [['v=TLSRPTv1; rua=mailto:tls@mail.example,https://reports.example/v1?x=1']] },
    'TXT _smtp._tls.late.example': { data: [['v=TLSRPTv1; rua=mailto:tls@mail.example']] },
    'TXT _smtp._tls.quiet.example': { data: [['nothing']] },
    'MX mail.example': { data: [{ preference: 1, exchange: 'mx.mail.example' }] },
    'A mx.mail.example': { data: ['127.0.0.1'] },
    'A reports.example': { data: ['127.0.0.1'] },
  });
});

afterAll(async () => {
  web.close();
  await Promise.all([sink.close(), dnsServer.close()]);
  await database.drop();
});

function reporter(): TlsReporter {
  const dns = createCachingResolver({ transport: createDnsTransport({ servers: [{ address: '127.0.0.1', port: dnsServer.port }] }) });
  return new TlsReporter({
    dataSource: source,
    dns,
    resolver: createMxResolver({ dns, port: sink.port, isAllowedAddress: () => true }),
    keys: testKeys,
    hostname: 'mta.example.org',
    logger: silentLogger,
    clock,
    https: { isAllowedAddress: () => true, port: (web.address() as AddressInfo).port, ca: authority.cert },
  });
}

/** One session with the domain's mail server now. */
async function session(domain: string, failure?: { type: 'certificate-expired'; reason: string }): Promise<void> {
  const counter = new TlsSessionCounter(source, silentLogger, clock);
  const policy = {
    domain,
    ofHost: new Map(),
    reportTo: ['mailto:x@y.example'],
    appliedTo: () => ({ type: 'sts' as const, strings: ['version: STSv1'], mxHosts: ['mx.asks.example'] }),
  };
  for (let i = 0; i < 3; i++)
    counter.note({ policy, hostname: 'mx.asks.example', receivingIp: '192.0.2.1', sendingIp: '198.51.100.1', failure });
  await counter.flush();
}

const nextDay = () => (clock.time += 86_400_000);
const noted = (domain: string) =>
  source.query('SELECT day::text, address, failure FROM tls_reports WHERE domain = $1 ORDER BY day, address', [domain]);

describe('the reports of a day', () => {
  it('wait for a domain that can sign them, and for the end of the day', async () => {
    await session('asks.example');
    await session('asks.example');
    await session('asks.example', { type: 'certificate-expired', reason: 'over' });
    expect(await reporter().run()).toBe(0);
    expect(posts).toEqual([]);
    nextDay();
    // Over HTTPS no signature is needed; mail is left for the next round.
    expect(await reporter().run()).toBe(1);
    expect(sink.messages).toEqual([]);
    expect(posts).toHaveLength(1);
  });

  it('go out once to each address, signed, and say what was counted', async () => {
    await createCampaign(source);
    await source.query('UPDATE domains SET verified_at = now()');
    expect(await reporter().run()).toBe(1);
    expect(await reporter().run()).toBe(0);
    expect(posts).toHaveLength(1);
    expect(posts[0]).toMatchObject({ url: '/v1?x=1', type: 'application/tlsrpt+gzip' });
    expect(sink.messages).toMatchObject([{ mailFrom: '', rcptTo: 'tls@mail.example' }]);
    const { content } = sink.messages[0]!;
    const mail = await simpleParser(content);
    expect(mail.subject).toMatch(new RegExp(`^Report Domain: asks.example Submitter: ${sendingDomain} Report-ID: <.+>$`));
    expect(mail.headers.get('tls-report-domain')).toBe('asks.example');
    expect(mail.headers.get('tls-report-submitter')).toBe(sendingDomain);
    expect(mail.headers.get('content-type')).toMatchObject({ value: 'multipart/report', params: { 'report-type': 'tlsrpt' } });
    const [attachment] = mail.attachments;
    expect(attachment).toMatchObject({
      contentType: 'application/tlsrpt+gzip',
      filename: expect.stringMatching(/!asks\.example!1772323200!.*\.json\.gz$/),
    });
    const report = JSON.parse(gunzipSync(attachment!.content).toString()) as { policies: unknown[] };
    expect(report).toMatchObject({ 'organization-name': sendingDomain, 'contact-info': `tls-reports@${sendingDomain}` });
    expect(report.policies).toEqual([
      {
        policy: {
          'policy-type': 'sts',
          'policy-string': ['version: STSv1'],
          'policy-domain': 'asks.example',
          'mx-host': ['mx.asks.example'],
        },
        summary: { 'total-successful-session-count': 6, 'total-failure-session-count': 3 },
        'failure-details': [
          {
            'result-type': 'certificate-expired',
            'sending-mta-ip': '198.51.100.1',
            'receiving-mx-hostname': 'mx.asks.example',
            'receiving-ip': '192.0.2.1',
            'failed-session-count': 3,
            'failure-reason-code': 'over',
          },
        ],
      },
    ]);
    expect((JSON.parse(gunzipSync(posts[0]!.body).toString()) as { policies: unknown[] }).policies).toEqual(report.policies);
    expect(await signaturesOf(content)).toEqual(['pass', 'pass']);
  });

  it('are not sent where nobody asks for them any more', async () => {
    await session('quiet.example');
    nextDay();
    const before = sink.messages.length;
    await reporter().run();
    expect(sink.messages).toHaveLength(before);
    expect(await noted('quiet.example')).toMatchObject([{ address: '', failure: 'the domain asks for no reports any more' }]);
  });

  it('that are not taken are tried again, and given up after a while', async () => {
    await session('late.example');
    nextDay();
    isRefusing = true;
    expect(await reporter().run()).toBe(0);
    expect(await noted('late.example')).toEqual([]);
    isRefusing = false;
    expect(await reporter().run()).toBe(1);
    expect(await noted('late.example')).toMatchObject([{ address: '' }, { address: 'mailto:tls@mail.example', failure: '' }]);
    await session('late.example');
    isRefusing = true;
    for (let day = 0; day < 4; day++) {
      nextDay();
      await reporter().run();
    }
    expect((await noted('late.example')).at(-1)).toMatchObject({ failure: '451 later' });
  });
});

async function signaturesOf(content: Buffer): Promise<string[]> {
  const records: Record<string, string> = {
    [`r1._domainkey.${sendingDomain}`]: `v=DKIM1; k=rsa; p=${testPublicKeys.rsa.export({ type: 'spki', format: 'der' }).toString('base64')}`,
    [`e1._domainkey.${sendingDomain}`]: `v=DKIM1; k=ed25519; p=${testPublicKeys.ed25519.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')}`,
  };
  const { results } = await dkimVerify(content, { resolver: async (name: string) => [[records[name] ?? '']] });
  return (results as { status: { result: string } }[]).map(({ status }) => status.result);
}
