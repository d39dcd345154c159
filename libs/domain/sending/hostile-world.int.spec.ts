import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DataSource } from 'typeorm';
import { Outcome } from '#base/contracts';
import { NextHopError, type NextHops } from '#net/dns';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { SmtpSink } from '#testing/smtp-sink';
import type { DeliveryEngine } from './delivery-engine.js';
import { Journal } from './journal.js';
import { addresses, attemptsOf, createCampaign, engineTo, enqueue, eventually, finished, loopbackResolver } from './sending.fixture.js';

/** What the machine and the network around a sender do: every message ends, exactly once, without help. */
let database: TestDatabase;
let source: DataSource;
let sink: SmtpSink;
let engine: DeliveryEngine | undefined;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open();
  sink = await SmtpSink.listen();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await engine?.stop(2_000);
  engine = undefined;
  sink.messages.splice(0);
});
afterAll(async () => {
  await sink.close();
  await database.drop();
});

const full = () => {
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
};

describe('a full disk', () => {
  it('puts mail off for as long as it lasts, loses none, and is got over without help', async () => {
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(20));
    let refused = 0;
    const dot = vi.spyOn(Journal.prototype, 'dot').mockImplementation(() => {
      refused++;
      full();
    });
    engine = engineTo(source, sink.port);
    await engine.start();
    // More often than an error of ours may happen to one message.
    await eventually(
      () => refused,
      (n) => n > 8,
    );
    expect(sink.messages).toEqual([]);
    expect(await attemptsOf(source, campaign.campaignId)).toEqual([]);
    dot.mockRestore();
    await finished(source, campaign.campaignId);
    expect(sink.messages.map(({ rcptTo }) => rcptTo).sort()).toEqual(addresses(20).sort());
    expect((await attemptsOf(source, campaign.campaignId)).map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 20 }, () => Outcome.delivered),
    );
  });

  it('between a reply and its record keeps the reply', async () => {
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(5));
    vi.spyOn(Journal.prototype, 'reply').mockImplementation(full);
    engine = engineTo(source, sink.port);
    await engine.start();
    await finished(source, campaign.campaignId);
    expect(sink.messages).toHaveLength(5);
    expect((await attemptsOf(source, campaign.campaignId)).map(({ outcome }) => outcome)).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('DNS', () => {
  const resolver = (of: () => Promise<NextHops>) => ({ resolve: of });

  it('that times out puts mail off, and mail leaves once it answers', async () => {
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(3));
    let asked = 0;
    const real = loopbackResolver(sink.port);
    engine = engineTo(source, sink.port, {
      resolver: resolver(() => (asked++ < 3 ? Promise.reject(new NextHopError('DNS did not answer', false)) : real.resolve('example.com'))),
    });
    await engine.start();
    await finished(source, campaign.campaignId);
    const attempts = await attemptsOf(source, campaign.campaignId);
    expect(attempts.filter(({ outcome }) => outcome === Outcome.deferred)).toHaveLength(3);
    expect(attempts.filter(({ outcome }) => outcome === Outcome.delivered)).toHaveLength(3);
  });

  it('that leads to a port where nobody listens costs no message an attempt', async () => {
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(2));
    let lies = true;
    const real = loopbackResolver(sink.port);
    engine = engineTo(source, sink.port, {
      resolver: resolver(async () => {
        const hops = await real.resolve('example.com');
        return lies ? { ...hops, hosts: hops.hosts.map((host) => ({ ...host, port: 1 })) } : hops;
      }),
    });
    await engine.start();
    setTimeout(() => (lies = false), 500);
    await finished(source, campaign.campaignId);
    expect((await attemptsOf(source, campaign.campaignId)).map(({ outcome, number }) => [outcome, number])).toEqual([
      [Outcome.delivered, 1],
      [Outcome.delivered, 1],
    ]);
  });
});

describe('a clock', () => {
  it.each([
    ['forward', 3600_000],
    ['back', -3600_000],
  ])('that jumps %s an hour while mail flows repeats and loses nothing', async (_way, jumpMs) => {
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(200), { expiresAt: new Date(Date.now() + 48 * 3600_000) });
    let offset = 0;
    engine = engineTo(source, sink.port, { clock: { now: () => new Date(Date.now() + offset) } });
    await engine.start();
    await eventually(
      () => sink.messages.length,
      (n) => n > 10,
    );
    offset = jumpMs;
    await finished(source, campaign.campaignId);
    expect(sink.messages.map(({ rcptTo }) => rcptTo).sort()).toEqual(addresses(200).sort());
  });
});
