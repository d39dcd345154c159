import { afterEach, describe, expect, it } from 'vitest';
import { createCachingResolver, createDnsTransport } from '#net/dns';
import { DnsServerFixture, type FakeZone } from '#testing/dns-server';
import { MtaStsFetchError } from './fetch-mta-sts.js';
import { MtaSts, memoryStsStore } from './mta-sts.js';
import type { MtaStsPolicy } from './mta-sts-policy.js';

const servers: DnsServerFixture[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const MINUTE = 60_000;
const DAY = 86_400_000;
const enforced: MtaStsPolicy = { mode: 'enforce', mx: ['mx.a.example'], maxAgeSeconds: 7 * 86_400 };
const announced = (id: string) => ({ data: [[`v=STSv1; id=${id}`]], ttl: 1 });

async function setUp(zone: FakeZone = { 'TXT _mta-sts.a.example': announced('one') }) {
  const server = await DnsServerFixture.listen(zone);
  servers.push(server);
  const world = { zone, now: Date.UTC(2026, 0, 1), fetched: [] as string[], policy: enforced, isDown: false };
  const dns = createCachingResolver({
    transport: createDnsTransport({ servers: [{ address: '127.0.0.1', port: server.port }], timeoutsMs: [5_000] }),
    now: () => world.now,
  });
  const store = memoryStsStore();
  const sts = () =>
    new MtaSts({
      dns,
      store,
      now: () => world.now,
      fetch: async (domain) => {
        world.fetched.push(domain);
        await new Promise((resolve) => setImmediate(resolve));
        if (world.isDown) throw new MtaStsFetchError('sts-policy-fetch-error', 'down');
        return world.policy;
      },
    });
  return { world, store, sts, first: sts() };
}

describe('the policy of a domain', () => {
  it('is fetched once, also when many ask at once', async () => {
    const { world, first } = await setUp();
    const states = await Promise.all([1, 2, 3].map(() => first.policyOf('a.example')));
    expect(states.map(({ policy }) => policy?.mode)).toEqual(['enforce', 'enforce', 'enforce']);
    await first.policyOf('a.example');
    expect(world.fetched).toEqual(['a.example']);
  });

  it('is none where none is announced, and nobody asks for it', async () => {
    const { world, first } = await setUp({});
    expect(await first.policyOf('a.example')).toEqual({});
    expect(world.fetched).toEqual([]);
  });

  it('holds in another process, and after DNS and HTTPS are blocked', async () => {
    const { world, first, sts } = await setUp();
    await first.policyOf('a.example');
    world.isDown = true;
    world.now += 2 * DAY;
    for (const set of [{ rcode: 2 }, undefined, announced('two')]) {
      world.zone['TXT _mta-sts.a.example'] = set;
      world.now += MINUTE;
      expect((await sts().policyOf('a.example')).policy?.id).toBe('one');
    }
  });

  it('ends with its max_age, and with "none"', async () => {
    const { world, first } = await setUp();
    await first.policyOf('a.example');
    world.isDown = true;
    world.now += 8 * DAY;
    expect(await first.policyOf('a.example')).toEqual({ failure: { type: 'sts-policy-fetch-error', reason: 'down' } });
    world.isDown = false;
    world.now += 6 * MINUTE;
    world.policy = { mode: 'none', mx: [], maxAgeSeconds: 86_400 };
    world.zone['TXT _mta-sts.a.example'] = announced('two');
    expect((await first.policyOf('a.example')).policy?.mode).toBe('none');
  });

  it('is fetched anew under a new id', async () => {
    const { world, first } = await setUp();
    await first.policyOf('a.example');
    world.zone['TXT _mta-sts.a.example'] = announced('two');
    world.policy = { ...enforced, mx: ['mx2.a.example'] };
    world.now += MINUTE;
    expect(await first.policyOf('a.example')).toMatchObject({ policy: { id: 'two', mx: ['mx2.a.example'] } });
  });

  it('is refreshed daily under the same id, and nobody waits for that', async () => {
    const { world, first, store } = await setUp();
    await first.policyOf('a.example');
    world.now += DAY + MINUTE;
    expect((await first.policyOf('a.example')).policy?.fetchedAt.getTime()).toBeLessThan(world.now);
    await expect.poll(async () => (await store.find('a.example'))?.fetchedAt.getTime()).toBe(world.now);
    expect(world.fetched).toHaveLength(2);
  });

  it('is asked for again five minutes after a failure, at once under a new id', async () => {
    const { world, first } = await setUp();
    world.isDown = true;
    const failed = { failure: { type: 'sts-policy-fetch-error', reason: 'down' } };
    expect(await first.policyOf('a.example')).toEqual(failed);
    world.now += 4 * MINUTE;
    expect(await first.policyOf('a.example')).toEqual(failed);
    expect(world.fetched).toHaveLength(1);
    world.zone['TXT _mta-sts.a.example'] = announced('two');
    world.now += 2_000;
    await first.policyOf('a.example');
    expect(world.fetched).toHaveLength(2);
    world.isDown = false;
    world.now += 6 * MINUTE;
    expect((await first.policyOf('a.example')).policy?.id).toBe('two');
  });
});
