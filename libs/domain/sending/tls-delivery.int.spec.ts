import { createHash } from 'node:crypto';
import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Outcome } from '#base/contracts';
import { silentLogger } from '#base/kernel';
import { createCachingResolver, createDnsTransport, createMxResolver } from '#net/dns';
import { MtaSts, TlsPolicies, mtaStsFetcher } from '#net/tls-policy';
import { type TestCertificate, testAuthority, testCertificate } from '#testing/certificates';
import { DnsServerFixture, type FakeZone } from '#testing/dns-server';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { SmtpSink } from '#testing/smtp-sink';
import type { AttemptTls } from './attempt-tls.js';
import type { DeliveryEngine } from './delivery-engine.js';
import { createCampaign, engineTo, enqueue, finished } from './sending.fixture.js';
import { stsPolicyStore } from './sts-policies.js';
import { TlsSessionCounter } from './tls-session-counter.js';

/*
 * Real DNS, HTTPS and SMTP on loopback. Three mail servers: one shows a certificate of its own making, one a proper one,
 * one knows no TLS. What differs is what the domains publish.
 */
const SELF = '127.0.1.1';
const PROPER = '127.0.1.2';
const PLAIN = '127.0.1.3';

const policies: Record<string, string> = {
  'sts.example': 'version: STSv1\nmode: enforce\nmx: mx.sts.example\nmax_age: 86400\n',
  'bad.example': 'version: STSv1\nmode: enforce\nmx: mx.shared.example\nmax_age: 86400\n',
  'unnamed.example': 'version: STSv1\nmode: enforce\nmx: other.example\nmax_age: 86400\n',
  'testing.example': 'version: STSv1\nmode: testing\nmx: mx.testing.example\nmax_age: 86400\n',
  'backup.example': 'version: STSv1\nmode: enforce\nmx: *.backup.example\nmax_age: 86400\n',
};

let database: TestDatabase;
let source: DataSource;
let dnsServer: DnsServerFixture;
let web: Server;
let authority: TestCertificate;
let engine: DeliveryEngine;
let sessions: TlsSessionCounter;
const sinks: Record<string, SmtpSink> = {};

const mx = (...hosts: string[]) => hosts.map((exchange, i) => ({ preference: 10 * (i + 1), exchange }));
const signed = (set: object) => ({ ...set, isAuthentic: true });

function zoneWith(own: TestCertificate): FakeZone {
  const key = own.x509.publicKey.export({ type: 'spki', format: 'der' });
  const tlsa = (data: Buffer) => ({ usage: 3, selector: 1, matchingType: 1, certificate: createHash('sha256').update(data).digest() });
  const zone: FakeZone = {
    'MX free.example': { data: mx('mx.free.example') },
    'A mx.free.example': { data: [SELF] },
    'MX plain.example': { data: mx('mx.plain.example') },
    'A mx.plain.example': { data: [PLAIN] },
    'MX sts.example': { data: mx('mx.sts.example') },
    'A mx.sts.example': { data: [PROPER] },
    'MX bad.example': { data: mx('mx.shared.example') },
    'MX neighbour.example': { data: mx('mx.shared.example') },
    'A mx.shared.example': { data: [SELF] },
    'MX unnamed.example': { data: mx('mx.unnamed.example') },
    'A mx.unnamed.example': { data: [PROPER] },
    'MX testing.example': { data: mx('mx.testing.example') },
    'A mx.testing.example': { data: [SELF] },
    'TXT _smtp._tls.testing.example': { data: [['v=TLSRPTv1; rua=mailto:tls@testing.example']] },
    'MX backup.example': { data: mx('one.backup.example', 'two.backup.example') },
    'A one.backup.example': { data: [PLAIN] },
    'A two.backup.example': { data: [PROPER] },
    'MX dane.example': signed({ data: mx('mx.dane.example') }),
    'A mx.dane.example': signed({ data: [SELF] }),
    'AAAA mx.dane.example': signed({}),
    'TLSA _PORT._tcp.mx.dane.example': signed({ data: [tlsa(key)] }),
    'MX forged.example': signed({ data: mx('mx.forged.example') }),
    'A mx.forged.example': signed({ data: [SELF] }),
    'AAAA mx.forged.example': signed({}),
    'TLSA _PORT._tcp.mx.forged.example': signed({ data: [tlsa(Buffer.from('another key'))] }),
  };
  for (const domain of Object.keys(policies)) {
    zone[`TXT _mta-sts.${domain}`] = { data: [['v=STSv1; id=a1']] };
    zone[`A mta-sts.${domain}`] = { data: ['127.0.0.1'] };
  }
  const { port } = sinks[SELF]!;
  return Object.fromEntries(Object.entries(zone).map(([name, set]) => [name.replace('_PORT', `_${port}`), set]));
}

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ poolSize: 20 });
  authority = await testAuthority();
  const own = await testCertificate(['whatever.example']);
  const proper = await testCertificate(['mx.sts.example', 'mx.unnamed.example', '*.backup.example'], { authority });
  sinks[SELF] = await SmtpSink.listen({ tls: own }, 0, SELF);
  sinks[PROPER] = await SmtpSink.listen({ tls: proper }, sinks[SELF].port, PROPER);
  sinks[PLAIN] = await SmtpSink.listen({}, sinks[SELF].port, PLAIN);
  const webCertificate = await testCertificate(
    Object.keys(policies).map((domain) => `mta-sts.${domain}`),
    { authority },
  );
  web = createServer({ key: webCertificate.key, cert: webCertificate.cert }, (request, response) => {
    response.setHeader('content-type', 'text/plain').end(policies[request.headers.host!.replace(/^mta-sts\.|:\d+$/g, '')]);
  });
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  dnsServer = await DnsServerFixture.listen(zoneWith(own));
  const dns = createCachingResolver({
    transport: createDnsTransport({ servers: [{ address: '127.0.0.1', port: dnsServer.port }] }),
    trustsAd: () => true,
  });
  const fetch = mtaStsFetcher({ dns, isAllowedAddress: () => true, port: (web.address() as AddressInfo).port, ca: authority.cert });
  sessions = new TlsSessionCounter(source, silentLogger);
  engine = engineTo(source, 0, {
    resolver: createMxResolver({ dns, port: sinks[SELF].port, isAllowedAddress: () => true }),
    tls: { policies: new TlsPolicies({ dns, sts: new MtaSts({ dns, fetch, store: stsPolicyStore(source) }) }), onSession: sessions.note },
    smtp: { ca: authority.cert },
  });
  await engine.start();
});

afterAll(async () => {
  await engine.stop(2_000);
  await Promise.all(Object.values(sinks).map((sink) => sink.close()));
  web.close();
  await dnsServer.close();
  await database.drop();
});

/** Sends one message to each domain, and waits until all is decided. */
async function send(...domains: string[]) {
  const campaign = await createCampaign(source);
  await enqueue(
    source,
    0,
    campaign,
    domains.map((domain, i) => `user${i}@${domain}`),
    { expiresAt: new Date(Date.now() + 2_500) },
  );
  await finished(source, campaign.campaignId);
  const rows: { email: string; outcome: Outcome; mx: string; tls: AttemptTls | null; reply: string }[] = await source.query(
    `SELECT DISTINCT ON (d.id) d.email, a.outcome, a.mx, a.tls, a.reply FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
     WHERE a.campaign_id = $1 ORDER BY d.id, a.number DESC, a.id DESC`,
    [campaign.campaignId],
  );
  return rows;
}

const negotiated = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', group: 'X25519MLKEM768' };

describe('an attempt', () => {
  it('is protected as well as the server can where the domain publishes nothing', async () => {
    const [free, plain] = await send('free.example', 'plain.example');
    expect(free).toMatchObject({ outcome: Outcome.delivered, tls: { policy: 'opportunistic', ...negotiated, trusted: false } });
    expect(plain).toMatchObject({
      outcome: Outcome.delivered,
      tls: { policy: 'opportunistic', problem: 'the server offers no TLS' },
    });
    expect(plain!.tls!.version).toBeUndefined();
  });

  it('is verified where MTA-STS is enforced, and the policy is kept', async () => {
    expect(await send('sts.example')).toMatchObject([
      { outcome: Outcome.delivered, mx: `mx.sts.example [${PROPER}]`, tls: { policy: 'verified', ...negotiated, trusted: true } },
    ]);
    expect(await source.query(`SELECT domain, mode, policy_id, mx FROM sts_policies WHERE domain = 'sts.example'`)).toEqual([
      { domain: 'sts.example', mode: 'enforce', policy_id: 'a1', mx: ['mx.sts.example'] },
    ]);
  });

  it('is verified by DNSSEC where there is DANE, whoever has signed the certificate', async () => {
    expect(await send('dane.example')).toMatchObject([
      { outcome: Outcome.delivered, tls: { policy: 'dane', ...negotiated, trusted: false } },
    ]);
  });

  it('goes to the next host where the first is not as the policy wants it', async () => {
    expect(await send('backup.example')).toMatchObject([
      { outcome: Outcome.delivered, mx: `two.backup.example [${PROPER}]`, tls: { policy: 'verified', trusted: true } },
    ]);
  });
});

describe('a policy that is not met', () => {
  it('holds back its own domain and no other, though they share the server', async () => {
    const before = sinks[SELF]!.messages.length;
    const rows = await send('neighbour.example', 'bad.example', 'neighbour.example', 'bad.example', 'neighbour.example');
    expect(rows.map(({ outcome }) => outcome)).toEqual([
      Outcome.delivered,
      Outcome.bounced,
      Outcome.delivered,
      Outcome.bounced,
      Outcome.delivered,
    ]);
    expect(rows[1]!.reply).toContain('The TLS policy of bad.example is not met: the certificate is not trusted');
    expect(sinks[SELF]!.messages.slice(before).map(({ rcptTo }) => rcptTo.split('@')[1])).toEqual(Array(3).fill('neighbour.example'));
  });

  it.each([
    ['unnamed.example', 'does not name mx.unnamed.example'],
    ['forged.example', 'matches none of the TLSA records'],
  ])('keeps the mail of %s from leaving', async (domain, reason) => {
    const [row] = await send(domain);
    expect(row).toMatchObject({ outcome: Outcome.bounced, reply: expect.stringContaining(reason) });
    for (const sink of Object.values(sinks)) expect(sink.messages.filter(({ rcptTo }) => rcptTo.endsWith(domain))).toEqual([]);
  });

  it('in testing lets the mail through and is counted for the report', async () => {
    expect(await send('testing.example')).toMatchObject([{ outcome: Outcome.delivered, tls: { policy: 'opportunistic', trusted: false } }]);
    await sessions.flush();
    const rows = await source.query(`SELECT domain, result, mx_host, receiving_ip, sending_ip, sessions, reason, policy FROM tls_sessions`);
    expect(rows).toEqual([
      {
        domain: 'testing.example',
        result: 'certificate-not-trusted',
        mx_host: 'mx.testing.example',
        receiving_ip: SELF,
        sending_ip: expect.stringMatching(/^127\./),
        sessions: '1',
        reason: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
        policy: {
          type: 'sts',
          strings: ['version: STSv1', 'mode: testing', 'mx: mx.testing.example', 'max_age: 86400'],
          mxHosts: ['mx.testing.example'],
        },
      },
    ]);
  });
});
