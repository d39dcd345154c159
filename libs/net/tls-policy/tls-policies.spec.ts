import { afterAll, describe, expect, it } from 'vitest';
import { createCachingResolver, createDnsTransport, createMxResolver } from '#net/dns';
import { DnsServerFixture, type FakeZone } from '#testing/dns-server';
import type { StsState } from './mta-sts.js';
import { TlsPolicies } from './tls-policies.js';
import { verifyPeer } from './verify-peer.js';

const mx = (...hosts: string[]) => ({ data: hosts.map((exchange) => ({ preference: 10, exchange })) });
const tlsa = (usage: number, length = 32) => ({ usage, selector: 1, matchingType: 1, certificate: Buffer.alloc(length, 7) });
const signed = (set: object) => ({ ...set, isAuthentic: true });

/** A host with signed addresses. */
const host = (name: string, isAuthentic = true): FakeZone => ({
  [`A ${name}`]: { data: ['198.51.100.1'], isAuthentic },
  [`AAAA ${name}`]: { isAuthentic },
});

const server = await DnsServerFixture.listen({
  'MX dane.example': signed(mx('mx.dane.example', 'plain.dane.example')),
  ...host('mx.dane.example'),
  ...host('plain.dane.example'),
  'TLSA _25._tcp.mx.dane.example': signed({ data: [tlsa(3), tlsa(0)] }),
  'TLSA _25._tcp.plain.dane.example': signed({}),
  'MX unsigned.example': mx('mx.dane.example'),
  'MX badsig.example': signed(mx('mx.badsig.example')),
  ...host('mx.badsig.example'),
  'TLSA _25._tcp.mx.badsig.example': { rcode: 2 },
  'MX unusable.example': signed(mx('mx.unusable.example')),
  ...host('mx.unusable.example'),
  'TLSA _25._tcp.mx.unusable.example': signed({ data: [tlsa(1), tlsa(3, 31)] }),
  'MX unsignedtlsa.example': signed(mx('mx.unsignedtlsa.example')),
  ...host('mx.unsignedtlsa.example'),
  'TLSA _25._tcp.mx.unsignedtlsa.example': { data: [tlsa(3)] },
  'MX unsignedhost.example': signed(mx('mx.unsignedhost.example')),
  ...host('mx.unsignedhost.example', false),
  'TLSA _25._tcp.mx.unsignedhost.example': { rcode: 2 },
  'MX alias.example': signed(mx('alias.dane.example')),
  'CNAME alias.dane.example': { data: ['mx.dane.example'] },
  'A alias.dane.example': { isAuthentic: true },
  'AAAA alias.dane.example': { isAuthentic: true },
  'MX sts.example': mx('mx.sts.example', 'stray.sts.example'),
  ...host('mx.sts.example', false),
  ...host('stray.sts.example', false),
  'TXT _smtp._tls.sts.example': { data: [['v=TLSRPTv1; rua=mailto:tls@sts.example']] },
  'TXT _smtp._tls.dane.example': { rcode: 2 },
});
afterAll(() => server.close());

const dns = createCachingResolver({
  transport: createDnsTransport({ servers: [{ address: '127.0.0.1', port: server.port }], timeoutsMs: [5_000] }),
  trustsAd: () => true,
});
const resolver = createMxResolver({ dns, isAllowedAddress: () => true });
const policy = (mode: 'enforce' | 'testing' | 'none') => ({
  policy: { mode, mx: ['mx.sts.example'], maxAgeSeconds: 86_400, id: 'one', fetchedAt: new Date() },
});

async function decide(domain: string, sts: StsState = {}) {
  const policies = new TlsPolicies({ dns, sts: { policyOf: () => Promise.resolve(sts) } });
  return policies.of(domain, await resolver.resolve(domain));
}

describe('the policy of a host', () => {
  it('is opportunistic where nothing is published', async () => {
    const { ofHost, appliedTo, reportTo } = await decide('unsigned.example');
    expect(ofHost.get('mx.dane.example')).toEqual({ level: 'opportunistic', why: 'no policy' });
    expect(appliedTo('mx.dane.example')).toEqual({ type: 'no-policy-found', strings: [], mxHosts: [] });
    expect(reportTo).toEqual([]);
  });

  it('is DANE where DNSSEC protects the MX, the address and a TLSA record, host by host', async () => {
    const { ofHost, appliedTo } = await decide('dane.example');
    expect(ofHost.get('mx.dane.example')).toMatchObject({
      level: 'dane',
      dane: { tlsa: [{ usage: 3 }], names: ['mx.dane.example', 'dane.example'] },
    });
    expect(ofHost.get('plain.dane.example')).toMatchObject({ level: 'opportunistic' });
    expect(appliedTo('mx.dane.example')).toEqual({ type: 'tlsa', strings: [`3 1 1 ${'07'.repeat(32)}`], mxHosts: [] });
  });

  it('is found at the end of an alias', async () => {
    expect((await decide('alias.example')).ofHost.get('alias.dane.example')).toMatchObject({
      level: 'dane',
      dane: { names: ['mx.dane.example', 'alias.dane.example', 'alias.example'] },
    });
  });

  it('refuses a host whose TLSA records cannot be had, for somebody may hide them', async () => {
    const found = (await decide('badsig.example')).ofHost.get('mx.badsig.example')!;
    expect(found).toMatchObject({ level: 'dane', refusal: { type: 'dnssec-invalid' } });
    const trusted = { hostname: 'mx.badsig.example', isTrusted: true, chain: () => [] };
    expect(verifyPeer(found, trusted)).toMatchObject({ type: 'dnssec-invalid' });
  });

  it('requires TLS where no TLSA record can be used', async () => {
    expect((await decide('unusable.example')).ofHost.get('mx.unusable.example')).toMatchObject({ level: 'required' });
  });

  it('ignores TLSA records that are not signed, and does not ask for those of a host that is not', async () => {
    expect((await decide('unsignedtlsa.example')).ofHost.get('mx.unsignedtlsa.example')).toMatchObject({ level: 'opportunistic' });
    server.asked.length = 0;
    expect((await decide('unsignedhost.example')).ofHost.get('mx.unsignedhost.example')).toMatchObject({ level: 'opportunistic' });
    expect(server.asked.filter((question) => question.includes('TLSA'))).toEqual([]);
  });

  it('is verified under an enforced MTA-STS policy, and a host that it does not name is refused', async () => {
    const { ofHost, appliedTo, reportTo } = await decide('sts.example', policy('enforce'));
    expect(ofHost.get('mx.sts.example')).toEqual({ level: 'verified', why: 'MTA-STS: policy one is enforced' });
    expect(ofHost.get('stray.sts.example')).toMatchObject({ level: 'verified', refusal: { type: 'validation-failure' } });
    expect(appliedTo('mx.sts.example')).toEqual({
      type: 'sts',
      strings: ['version: STSv1', 'mode: enforce', 'mx: mx.sts.example', 'max_age: 86400'],
      mxHosts: ['mx.sts.example'],
    });
    expect(reportTo).toEqual(['mailto:tls@sts.example']);
  });

  it('is only tested under a policy in testing, and free under "none"', async () => {
    const tested = (await decide('sts.example', policy('testing'))).ofHost;
    expect(tested.get('mx.sts.example')).toMatchObject({ level: 'opportunistic', isTested: true });
    expect(tested.get('stray.sts.example')).toMatchObject({ isTested: true, testedFailure: { type: 'validation-failure' } });
    expect((await decide('sts.example', policy('none'))).ofHost.get('mx.sts.example')).toEqual({
      level: 'opportunistic',
      why: 'no policy',
    });
  });

  it('is DANE even if MTA-STS would be content with less', async () => {
    expect((await decide('dane.example', policy('enforce'))).ofHost.get('mx.dane.example')).toMatchObject({ level: 'dane' });
  });

  it('does not concern a route of the operator', async () => {
    const routed = createMxResolver({ dns, routes: [{ domain: '*', host: '127.0.0.1', port: 25 }] });
    const policies = new TlsPolicies({ dns, sts: { policyOf: () => Promise.reject(new Error('asked')) } });
    const { ofHost } = await policies.of('sts.example', await routed.resolve('sts.example'));
    expect(ofHost.get('127.0.0.1')).toMatchObject({ level: 'opportunistic' });
  });

  it('is thought about once a minute', async () => {
    let asked = 0;
    let now = 0;
    const countedPolicy = () => {
      asked++;
      return Promise.resolve({});
    };
    const policies = new TlsPolicies({ dns, now: () => now, sts: { policyOf: countedPolicy } });
    const hops = await resolver.resolve('sts.example');
    await Promise.all([policies.of('sts.example', hops), policies.of('sts.example', hops)]);
    now = 59_000;
    await policies.of('sts.example', hops);
    expect(asked).toBe(1);
    now = 60_001;
    await policies.of('sts.example', hops);
    expect(asked).toBe(2);
  });
});
