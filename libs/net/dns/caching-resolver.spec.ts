import { afterEach, describe, expect, it } from 'vitest';
import { DnsServerFixture, type FakeZone } from '#testing/dns-server';
import { type CachingResolverOptions, createCachingResolver } from './caching-resolver.js';
import { DnsFailure } from './dns-failure.js';
import { systemResolver } from './dns-resolver.js';
import { createDnsTransport } from './dns-transport.js';

const servers: DnsServerFixture[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const START = 1_000_000;

async function resolverOver(zone: FakeZone, more: Partial<CachingResolverOptions> & { second?: FakeZone; patienceMs?: number[] } = {}) {
  const listening = [await DnsServerFixture.listen(zone), ...(more.second ? [await DnsServerFixture.listen(more.second)] : [])];
  servers.push(...listening);
  const clock = { now: START };
  const dns = createCachingResolver({
    transport: createDnsTransport({
      servers: listening.map(({ port }) => ({ address: '127.0.0.1', port })),
      timeoutsMs: more.patienceMs ?? [5_000],
    }),
    now: () => clock.now,
    ...more,
  });
  return { dns, clock, server: listening[0]!, second: listening[1], asked: listening[0]!.asked };
}

describe('the resolver', () => {
  it('reads every type that mail needs from the wire', async () => {
    const { dns } = await resolverOver({
      'MX example.org': { data: [{ preference: 10, exchange: 'MX1.Example.org' }] },
      'A mx1.example.org': { data: ['192.0.2.1', '192.0.2.2'] },
      'AAAA mx1.example.org': { data: ['2001:db8::1'] },
      'TXT example.org': { data: [['v=spf1 ', '-all']] },
      'PTR 1.2.0.192.in-addr.arpa': { data: ['mx1.example.org'] },
      'PTR 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa': { data: ['six.example.org'] },
      'TLSA _25._tcp.mx1.example.org': {
        data: [{ usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from('a'.repeat(64), 'hex') }],
      },
    });
    expect(await dns.resolveMx('Example.org.')).toEqual([{ exchange: 'mx1.example.org', priority: 10 }]);
    expect([...(await dns.resolve4('mx1.example.org'))].sort()).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(await dns.resolve6('mx1.example.org')).toEqual(['2001:db8::1']);
    expect(await dns.resolveTxt('example.org')).toEqual([['v=spf1 ', '-all']]);
    expect(await dns.resolvePtr('192.0.2.1')).toEqual(['mx1.example.org']);
    expect(await dns.resolvePtr('2001:db8::1')).toEqual(['six.example.org']);
    expect((await dns.lookup('_25._tcp.mx1.example.org', 'TLSA')).records).toEqual([
      { usage: 3, selector: 1, matchingType: 1, data: Buffer.from('a'.repeat(64), 'hex') },
    ]);
  });

  it('remembers an answer for its TTL and no longer', async () => {
    const { dns, clock, asked } = await resolverOver({ 'A a.example': { data: ['192.0.2.1'], ttl: 60 } });
    await dns.resolve4('a.example');
    clock.now += 59_999;
    await dns.resolve4('A.example');
    expect(asked).toHaveLength(1);
    clock.now += 1;
    await dns.resolve4('a.example');
    expect(asked).toHaveLength(2);
    expect(dns.stats()).toEqual({ hits: 1, queries: 2, failures: 0, cached: 1 });
  });

  it('remembers absence for the least of the SOA and its minimum, and none without SOA', async () => {
    const { dns, clock, asked } = await resolverOver({
      'A other.example': { data: ['192.0.2.1'] },
      'MX soa.example': { data: [], soa: { ttl: 40, minimum: 100 } },
      'MX nosoa.example': { data: [], soa: null },
    });
    expect(await dns.lookup('soa.example', 'MX')).toMatchObject({ records: [], exists: true, expiresAt: START + 40_000 });
    expect(await dns.lookup('gone.example', 'MX')).toMatchObject({ records: [], exists: false, expiresAt: START + 300_000 });
    clock.now += 39_000;
    await dns.resolveMx('soa.example');
    await dns.resolveMx('gone.example');
    expect(asked).toEqual(['udp MX soa.example', 'udp MX gone.example']);
    await dns.resolveMx('nosoa.example');
    await dns.resolveMx('nosoa.example');
    expect(asked.filter((entry) => entry.endsWith('nosoa.example'))).toHaveLength(2);
  });

  it('tells a name that does not exist from one without such records', async () => {
    const { dns } = await resolverOver({ 'A a.example': { data: ['192.0.2.1'] } });
    expect(await dns.nameExists('a.example')).toBe(true);
    expect(await dns.nameExists('b.example')).toBe(false);
    expect(await dns.resolveMx('a.example')).toEqual([]);
  });

  it('takes SERVFAIL, REFUSED and silence for temporary, and asks again only after a moment', async () => {
    const { dns, clock, asked } = await resolverOver(
      {
        'MX broken.example': { rcode: 2 },
        'MX refused.example': { rcode: 5 },
        'MX silent.example': { isSilent: true },
      },
      { patienceMs: [150, 150] },
    );
    for (const name of ['broken', 'refused', 'silent']) await expect(dns.resolveMx(`${name}.example`)).rejects.toBeInstanceOf(DnsFailure);
    const before = asked.length;
    await expect(dns.resolveMx('broken.example')).rejects.toThrow('SERVFAIL');
    expect(asked).toHaveLength(before);
    clock.now += 5_001;
    await expect(dns.resolveMx('broken.example')).rejects.toThrow('SERVFAIL');
    expect(asked.length).toBeGreaterThan(before);
  });

  it('goes to the next server when one fails or is silent', async () => {
    const { dns, second } = await resolverOver(
      { 'A a.example': { rcode: 2 }, 'A b.example': { isSilent: true } },
      { second: { 'A a.example': { data: ['192.0.2.7'] }, 'A b.example': { data: ['192.0.2.8'] } }, patienceMs: [500] },
    );
    expect(await dns.resolve4('a.example')).toEqual(['192.0.2.7']);
    expect(await dns.resolve4('b.example')).toEqual(['192.0.2.8']);
    expect(second!.asked).toEqual(['udp A a.example', 'udp A b.example']);
  });

  it('asks over TCP what is too long for UDP', async () => {
    const data = Array.from({ length: 400 }, (_, i) => [`record ${i} ${'x'.repeat(100)}`]);
    const { dns, asked } = await resolverOver({ 'TXT long.example': { data, isLong: true } });
    expect(await dns.resolveTxt('long.example')).toEqual(data);
    expect(asked).toEqual(['udp TXT long.example', 'tcp TXT long.example']);
  });

  it('speaks plain DNS with a server that knows no EDNS', async () => {
    const { dns, server, asked } = await resolverOver({ 'A a.example': { data: ['192.0.2.1'] }, 'A b.example': { data: ['192.0.2.2'] } });
    server.refusesEdns = true;
    await dns.resolve4('a.example');
    await dns.resolve4('b.example');
    expect(asked).toEqual(['udp A a.example', 'udp A a.example', 'udp A b.example']);
  });

  it('lets equal questions share one query', async () => {
    const { dns, asked } = await resolverOver({ 'A a.example': { data: ['192.0.2.1'], ttl: 0 } });
    await Promise.all([dns.resolve4('a.example'), dns.resolve4('A.EXAMPLE'), dns.resolve4('a.example.')]);
    expect(asked).toEqual(['udp A a.example']);
  });

  it('follows aliases with the shortest life of the chain, also where the server gives only the beginning', async () => {
    const { dns } = await resolverOver({
      'CNAME www.example': { data: ['one.example'], ttl: 30 },
      'CNAME one.example': { data: ['two.example'], ttl: 20 },
      'A two.example': { data: ['192.0.2.1'], ttl: 100 },
      'CNAME part.example': { data: ['two.example'], ttl: 10, isLong: false },
    });
    expect(await dns.lookup('www.example', 'A')).toMatchObject({
      records: ['192.0.2.1'],
      name: 'two.example',
      expiresAt: START + 20_000,
    });
  });

  it('finishes a chain that a forwarder cut', async () => {
    const { dns, asked } = await resolverOver({
      'CNAME cut.example': { data: ['end.example'], ttl: 10, isLong: true },
      'A end.example': { data: ['192.0.2.1'] },
    });
    expect(await dns.lookup('cut.example', 'A')).toMatchObject({ records: ['192.0.2.1'], name: 'end.example', expiresAt: START + 10_000 });
    expect(asked).toEqual(['udp A cut.example', 'udp A end.example']);
  });

  it('gives up on aliases that lead in a circle', async () => {
    const { dns } = await resolverOver({ 'CNAME a.example': { data: ['b.example'] }, 'CNAME b.example': { data: ['a.example'] } });
    await expect(dns.resolve4('a.example')).rejects.toThrow('circle');
  });

  it('reports validated answers only from a server that is trusted to say so', async () => {
    const zone: FakeZone = { 'A a.example': { data: ['192.0.2.1'], isAuthentic: true }, 'A b.example': { data: ['192.0.2.1'] } };
    const trusting = await resolverOver(zone, { trustsAd: () => true });
    expect(await trusting.dns.lookup('a.example', 'A')).toMatchObject({ isAuthentic: true });
    expect(await trusting.dns.lookup('b.example', 'A')).toMatchObject({ isAuthentic: false });
    expect(await (await resolverOver(zone)).dns.lookup('a.example', 'A')).toMatchObject({ isAuthentic: false });
    expect(await systemResolver([trusting.server.address]).lookup('a.example', 'A')).toMatchObject({ isAuthentic: true });
  });

  it('ignores replies that do not fit the question, and bytes that are no DNS', async () => {
    const { dns } = await resolverOver(
      {
        'A forged.example': {
          data: ['192.0.2.1'],
          mangle: (reply) => {
            const otherId = Buffer.from(reply);
            otherId.writeUInt16BE(otherId.readUInt16BE(0) ^ 1, 0);
            const otherName = Buffer.from(reply);
            otherName.write('x', 13);
            return [Buffer.from('garbage'), otherId, otherName, reply.subarray(0, 20), reply];
          },
        },
        'A onlyforged.example': {
          data: ['192.0.2.66'],
          mangle: (reply) => Buffer.concat([Buffer.from([reply[0]! ^ 255]), reply.subarray(1)]),
        },
      },
      { patienceMs: [500] },
    );
    expect(await dns.resolve4('forged.example')).toEqual(['192.0.2.1']);
    await expect(dns.resolve4('onlyforged.example')).rejects.toBeInstanceOf(DnsFailure);
  });

  it('does not believe records of names that were not asked for', async () => {
    const { dns } = await resolverOver({
      'A a.example': {
        data: ['192.0.2.1'],
        // The owner of the answer becomes another name: the pointer to the question is replaced.
        mangle: (reply) => {
          const at = reply.indexOf(Buffer.from('\u0001a\u0007example', 'latin1'), 20);
          if (at < 0) throw new Error('the answer has no name of its own');
          const changed = Buffer.from(reply);
          changed.write('b', at + 1);
          return changed;
        },
      },
    });
    expect(await dns.resolve4('a.example')).toEqual([]);
  });

  it('knows without asking that an impossible name has no records', async () => {
    const { dns, asked } = await resolverOver({});
    for (const name of ['', 'a..b', `${'x'.repeat(64)}.example`, `${'x.'.repeat(130)}example`, 'a b.example', 'a\u0000.example'])
      expect(await dns.lookup(name, 'MX'), name).toMatchObject({ records: [], exists: false });
    expect(asked).toEqual([]);
  });

  it('asks for an international name in its ASCII form', async () => {
    const { dns } = await resolverOver({ 'MX xn--mnchen-3ya.example': { data: [{ preference: 1, exchange: 'mx.example' }] } });
    expect(await dns.resolveMx('MÜNCHEN.example')).toEqual([{ exchange: 'mx.example', priority: 1 }]);
  });

  it('keeps its memory within bounds', async () => {
    const zone: FakeZone = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`A n${i}.example`, { data: ['192.0.2.1'] }]));
    const { dns, asked } = await resolverOver(zone, { maxCacheBytes: 10 * 400 });
    for (let i = 0; i < 50; i++) await dns.resolve4(`n${i}.example`);
    expect(dns.stats().cached).toBeLessThan(15);
    await dns.resolve4('n49.example');
    expect(asked).toHaveLength(50);
    await dns.resolve4('n0.example');
    expect(asked).toHaveLength(51);
  });

  it('fails at once where nothing listens', async () => {
    const closed = await DnsServerFixture.listen({});
    const { address } = closed;
    await closed.close();
    await expect(systemResolver([address]).resolve4('a.example')).rejects.toThrow('ECONNREFUSED');
  });
});
