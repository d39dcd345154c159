import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { DnsServerFixture, type FakeZone } from '#testing/dns-server';
import { orderAddresses, shuffleEqual } from './address-order.js';
import { createCachingResolver } from './caching-resolver.js';
import { createDnsTransport } from './dns-transport.js';
import { type MxResolverOptions, createMxResolver, isPublicAddress } from './mx-resolver.js';
import { providerOf, siteOf } from './site.js';

const mx = (...records: string[]) => ({
  data: records.map((text) => ({ preference: Number(text.split(' ')[0]), exchange: text.slice(text.indexOf(' ') + 1) })),
});

const zone: FakeZone = {
  'MX example.org': mx('20 backup.example.org', '10 MX2.example.org', '10 mx1.example.org'),
  'A mx1.example.org': { data: ['198.51.100.1'], ttl: 100 },
  'A mx2.example.org': { data: ['198.51.100.2'] },
  'AAAA backup.example.org': { data: ['2001:4860::1'] },
  'A bare.example': { data: ['203.0.113.5'] },
  'MX null.example': mx('0 .'),
  'MX trap.example': mx('10 inside.trap.example'),
  'A inside.trap.example': { data: ['127.0.0.1', '10.0.0.8', '169.254.169.254'] },
  'MX broken.example': { rcode: 2 },
  'MX halfbroken.example': mx('10 mx.halfbroken.example'),
  'A mx.halfbroken.example': { rcode: 2 },
  'AAAA mx.halfbroken.example': { rcode: 2 },
  'TXT empty.example': { data: ['x'] },
  'CNAME alias.example': { data: ['bare.example'] },
  'CNAME mailalias.example': { data: ['example.org'] },
  'CNAME round.example': { data: ['round.example'] },
  'MX tobackup.example': mx('10 mx1.example.org', '20 me.example.org', '30 backup.example.org'),
  'MX me.example': mx('10 me.example.org', '10 mx1.example.org', '30 backup.example.org'),
  'MX strange.example': mx('10 bad host.example', '20 -x.example'),
  'MX aliased.example': mx('10 mxalias.example'),
  'CNAME mxalias.example': { data: ['mx1.example.org'] },
  'MX four.example': mx('10 mx1.example.org'),
  'MX lost.example': mx('10 gone.example'),
  'MX literal.example': mx('10 198.51.100.9'),
  'MX secure.example': { ...mx('10 mx.secure.example'), isAuthentic: true },
  'A mx.secure.example': { data: ['198.51.100.3'], isAuthentic: true },
  'AAAA mx.secure.example': { isAuthentic: true },
  'MX many.example': mx(...Array.from({ length: 40 }, (_, i) => `${i} mx1.example.org`)),
};

const server = await DnsServerFixture.listen(zone);
afterAll(() => server.close());
beforeEach(() => server.asked.splice(0));

// The documentation ranges count as private; here they stand for the internet.
const allow = (address: string) => isPublicAddress(address) || /^(198\.51|203\.0)/.test(address);
const resolver = (more: Partial<MxResolverOptions> = {}) => {
  const now = more.now ?? Date.now;
  const dns = createCachingResolver({
    transport: createDnsTransport({ servers: [{ address: '127.0.0.1', port: server.port }], timeoutsMs: [5_000] }),
    trustsAd: () => true,
    now,
  });
  return createMxResolver({ dns, isAllowedAddress: allow, random: () => 0.5, now, ...more });
};
const hostnames = async (domain: string, more: Partial<MxResolverOptions> = {}) =>
  (await resolver(more).resolve(domain)).hosts.map(({ hostname }) => hostname);

describe('next hops', () => {
  it('follow the MX records by preference', async () => {
    const { hosts, site, provider } = await resolver().resolve('example.org');
    expect(hosts.map((host) => host.hostname)).toEqual(['mx1.example.org', 'mx2.example.org', 'backup.example.org']);
    expect({ site, provider }).toEqual({ site: 'mx:(backup|mx1|mx2).example.org', provider: 'default' });
  });

  it('take equal preferences in random order, and nothing else', async () => {
    expect(await hostnames('example.org', { random: () => 0.99 })).toEqual(['mx2.example.org', 'mx1.example.org', 'backup.example.org']);
    expect(await hostnames('example.org', { random: () => 0.5 })).toEqual(['mx1.example.org', 'mx2.example.org', 'backup.example.org']);
  });

  it('are the domain itself where it has no MX', async () => {
    expect(await resolver().resolve('bare.example')).toEqual({
      site: 'mx:bare.example',
      provider: 'default',
      hosts: [{ hostname: 'bare.example', addresses: ['203.0.113.5'], port: 25, preference: 0, isAuthentic: false }],
      mx: { isAuthentic: false, isImplicit: true },
    });
  });

  it('are those of the name that an alias leads to', async () => {
    expect(await hostnames('alias.example')).toEqual(['bare.example']);
    expect(await hostnames('mailalias.example')).toEqual(['mx1.example.org', 'mx2.example.org', 'backup.example.org']);
  });

  it('may be aliases themselves, which no standard wants and everybody accepts', async () => {
    expect((await resolver().resolve('aliased.example')).hosts).toMatchObject([
      { hostname: 'mxalias.example', canonicalName: 'mx1.example.org', addresses: ['198.51.100.1'] },
    ]);
  });

  it('may be an address, which no standard wants either', async () => {
    expect((await resolver().resolve('literal.example')).hosts).toMatchObject([{ hostname: '198.51.100.9', addresses: ['198.51.100.9'] }]);
  });

  it.each([
    ['null.example', true, 'null MX'],
    ['missing.example', true, 'does not exist'],
    ['trap.example', true, 'no address on the public internet'],
    ['empty.example', true, 'have no address'],
    ['lost.example', true, 'have no address'],
    ['strange.example', true, 'name no host'],
    ['broken.example', false, 'DNS does not answer'],
    ['round.example', false, 'circle'],
    ['halfbroken.example', false, 'could not be looked up'],
  ])('of %s do not exist (permanent: %s)', async (domain, permanent, message) => {
    await expect(resolver().resolve(domain)).rejects.toMatchObject({
      name: 'NextHopError',
      permanent,
      message: expect.stringContaining(message),
    });
  });

  it('stop before this machine, whoever has put it into the list', async () => {
    const own = { ownHostnames: ['ME.example.org.'] };
    expect(await hostnames('tobackup.example', own)).toEqual(['mx1.example.org']);
    expect(await hostnames('example.org', own)).toHaveLength(3);
    await expect(resolver(own).resolve('me.example')).rejects.toMatchObject({
      permanent: true,
      message: expect.stringContaining('would loop'),
    });
    // Where mail for the domain ends here, it is no loop.
    const served = { ...own, servesDomain: (domain: string) => Promise.resolve(domain === 'me.example') };
    expect(await hostnames('me.example', served)).toContain('mx1.example.org');
    // The roll-up does not depend on who asks.
    expect((await resolver(own).resolve('tobackup.example')).site).toBe('mx:(backup|me|mx1).example.org');
  });

  it('have only the addresses that the policy allows', async () => {
    expect(await hostnames('example.org', { addressPolicy: 'v6-only' })).toEqual(['backup.example.org']);
    expect(await hostnames('example.org', { addressPolicy: 'v4-only' })).toEqual(['mx1.example.org', 'mx2.example.org']);
    await expect(resolver({ addressPolicy: 'v6-only' }).resolve('four.example')).rejects.toMatchObject({
      permanent: false,
      message: expect.stringContaining('"v6-only"'),
    });
  });

  it('say what DNSSEC has validated', async () => {
    expect(await resolver().resolve('secure.example')).toMatchObject({ mx: { isAuthentic: true }, hosts: [{ isAuthentic: true }] });
    expect(await resolver().resolve('example.org')).toMatchObject({ mx: { isAuthentic: false }, hosts: [{ isAuthentic: false }, {}, {}] });
  });

  it('are ten at most', async () => {
    expect(await hostnames('many.example')).toHaveLength(10);
  });

  it('come from a static route before any look-up, even to loopback', async () => {
    const routed = resolver({
      routes: [
        { domain: '*', host: 'relay.example.net', port: 587 },
        { domain: 'example.org', host: '127.0.0.1', port: 2526 },
      ],
    });
    expect(await routed.resolve('example.org')).toEqual({
      site: 'route:127.0.0.1:2526',
      provider: 'default',
      hosts: [{ hostname: '127.0.0.1', addresses: ['127.0.0.1'], port: 2526 }],
    });
    expect((await routed.resolve('other.example')).site).toBe('route:relay.example.net:587');
    expect(server.asked).toEqual([]);
  });

  it('are asked for once while every answer behind them holds', async () => {
    let now = 1_000_000;
    const cached = resolver({ now: () => now });
    await Promise.all([cached.resolve('example.org'), cached.resolve('example.org')]);
    now += 99_000;
    await cached.resolve('example.org');
    expect(server.asked.filter((question) => question.endsWith('A mx1.example.org'))).toHaveLength(2);
    now += 1_001;
    await cached.resolve('example.org');
    expect(server.asked.filter((question) => question.endsWith('A mx1.example.org'))).toHaveLength(3);
    expect(server.asked.filter((question) => question.endsWith('MX example.org'))).toHaveLength(1);
  });

  it('that DNS failed to name are asked for again a moment later', async () => {
    let now = 1_000_000;
    const cached = resolver({ now: () => now });
    for (let i = 0; i < 3; i++) await cached.resolve('broken.example').catch(() => undefined);
    expect(server.asked).toEqual(['udp MX broken.example']);
    now += 5_001;
    await cached.resolve('broken.example').catch(() => undefined);
    expect(server.asked).toHaveLength(2);
  });
});

describe('the order to try', () => {
  const addresses = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', '192.0.2.3'];
  // Every draw picks the last: nothing moves.
  const still = () => 0.999999;

  it('begins with the preferred family and goes on in turn', () => {
    expect(orderAddresses(addresses, 'prefer-v6', still)).toEqual(['2001:db8::1', '192.0.2.1', '2001:db8::2', '192.0.2.2', '192.0.2.3']);
    expect(orderAddresses(addresses, 'prefer-v4', still)).toEqual(['192.0.2.1', '2001:db8::1', '192.0.2.2', '2001:db8::2', '192.0.2.3']);
    expect(orderAddresses(addresses, 'v4-only', still)).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
    expect(orderAddresses(addresses, 'v6-only', still)).toEqual(['2001:db8::1', '2001:db8::2']);
  });

  it('gives every host of the same preference its fair share of first places', () => {
    let seed = 7;
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const hosts = ['a', 'b', 'c', 'd'].map((name, i) => ({ name, preference: i < 3 ? 10 : 20 }));
    const firsts = new Map<string, number>();
    for (let i = 0; i < 3_000; i++) {
      const order = shuffleEqual(hosts, random);
      expect(order[3]!.name).toBe('d');
      firsts.set(order[0]!.name, (firsts.get(order[0]!.name) ?? 0) + 1);
    }
    for (const name of ['a', 'b', 'c']) expect(firsts.get(name)).toBeGreaterThan(900);
  });
});

describe('a site', () => {
  it('is the same for every domain behind the same hosts, in any order and case', () => {
    const hosts = ['gmail-smtp-in.l.google.com', 'alt1.gmail-smtp-in.l.google.com', 'ALT2.gmail-smtp-in.l.google.com.'];
    expect(siteOf(hosts)).toBe(siteOf(hosts.toReversed()));
    expect(siteOf(['mx.example.org'])).toBe('mx:mx.example.org');
    expect(siteOf(['a.one.net', 'b.two.net'])).toBe('mx:(a.one|b.two).net');
    expect(siteOf(['example.org', 'mx.example.org'])).not.toBe(siteOf(['mx.example.org']));
  });

  it('belongs to a provider only if all of its hosts do', () => {
    expect(providerOf(['alt1.aspmx.l.google.com', 'aspmx2.googlemail.com'])).toBe('google');
    expect(providerOf(['aspmx.l.google.com', 'mx.backup.example'])).toBe('default');
    expect(providerOf(['example-org.mail.protection.outlook.com'])).toBe('microsoft365');
    expect(providerOf(['outlook-com.olc.protection.outlook.com.'])).toBe('outlook-consumer');
    expect(providerOf(['notgoogle.com'])).toBe('default');
    expect(providerOf(['mx00.gmx.net'])).toBe('gmx');
  });
});

it('tells public addresses from all others, in every spelling', () => {
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    'fe80::1',
    'fc00::1',
    '::ffff:127.0.0.1',
    '224.0.0.1',
    '64:ff9b::7f00:1',
    '::7f00:1',
    '::808:808',
    'x',
  ]) {
    expect(isPublicAddress(address), address).toBe(false);
  }
  for (const address of ['8.8.8.8', '2a00:1450:4001::1a']) expect(isPublicAddress(address), address).toBe(true);
});
