import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { accountsEntities } from '#domain/accounts';
import { deliverabilityEntities } from '#domain/deliverability';
import { PgTokenLender, readDecisions } from '#domain/shaping';
import { createMxResolver, systemResolver } from '#net/dns';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { SmtpSink } from '#testing/smtp-sink';
import type { DeliveryEngine } from './delivery-engine.js';
import { sendingEntities } from './index.js';
import { QueueAdmin } from './queue-admin.js';
import { type EngineOverrides, addresses, createCampaign, engineTo, enqueue, eventually, finished } from './sending.fixture.js';

const scope = { workspaceId: null, by: 'a spec' };
let database: TestDatabase;
let source: DataSource;
const running: { engines: DeliveryEngine[]; sinks: SmtpSink[] } = { engines: [], sinks: [] };

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ poolSize: 20, entities: [...accountsEntities, ...deliverabilityEntities, ...sendingEntities] });
});
afterEach(async () => {
  await Promise.all(running.engines.splice(0).map((engine) => engine.stop(2_000)));
  await Promise.all(running.sinks.splice(0).map((sink) => sink.close()));
  await source.query(`DELETE FROM batches; DELETE FROM lanes; DELETE FROM token_limits; DELETE FROM domain_sites;
    DELETE FROM egress_pool_members m USING egress_sources s WHERE s.id = m.source_id AND s.name <> 'default';
    DELETE FROM egress_sources WHERE name <> 'default'`);
});
afterAll(() => database.drop());

async function aSink(): Promise<SmtpSink> {
  const sink = await SmtpSink.listen();
  running.sinks.push(sink);
  return sink;
}

async function start(port: number, overrides: EngineOverrides = {}): Promise<DeliveryEngine> {
  const engine = engineTo(source, port, overrides);
  running.engines.push(engine);
  await engine.start();
  return engine;
}

/** Two sources of one pool: towards one site two lanes, which two processes may hold. */
async function secondSource(): Promise<void> {
  await source.query(`INSERT INTO egress_sources (name) VALUES ('second');
    INSERT INTO egress_pool_members (pool_id, source_id) SELECT p.id, s.id FROM egress_pools p, egress_sources s WHERE s.name = 'second'`);
}

describe('limits that lanes and processes keep together', () => {
  it('a day’s volume of a signing domain holds over two lanes and two engines; the rest waits for tomorrow', async () => {
    const sink = await aSink();
    await secondSource();
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(100));
    await Promise.all([start(sink.port, { shape: { domainPerDay: 40 } }), start(sink.port, { shape: { domainPerDay: 40 } })]);
    const midnight = new Date(Math.ceil(Date.now() / 86_400_000) * 86_400_000);
    await eventually(
      async () =>
        source.query(
          `SELECT coalesce(sum(cardinality(delivery_ids)), 0)::int AS waiting, min(due_at) AS due FROM batches WHERE lease_owner IS NULL`,
        ) as Promise<[{ waiting: number; due: Date }]>,
      ([{ waiting, due }]) => waiting === 60 && Math.abs(due.getTime() - midnight.getTime()) < 5_000,
    );
    expect(sink.messages).toHaveLength(40);
    const lanes = (await source.query('SELECT count(DISTINCT lane_id)::int AS n FROM attempts WHERE campaign_id = $1', [
      campaign.campaignId,
    ])) as [{ n: number }];
    expect(lanes[0].n).toBe(2);
  });

  it('a rate of a signing domain holds over two lanes and two engines', async () => {
    const sink = await aSink();
    await secondSource();
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(150));
    // While its clock stands still, a lender gives what lies within two and a quarter seconds and no more.
    let stopped: Date | null = new Date();
    const lender = () => new PgTokenLender(source, () => stopped);
    const shape = { domainRatePerSecond: 40 };
    await Promise.all([start(sink.port, { shape, lender: lender() }), start(sink.port, { shape, lender: lender() })]);
    await eventually(
      () => sink.messages.length,
      (n) => n === 90,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(sink.messages).toHaveLength(90);
    stopped = null;
    await finished(source, campaign.campaignId);
    expect(sink.messages).toHaveLength(150);
  });

  it('connections to a provider hold over its sites, whichever of two engines has them', async () => {
    let [now, most] = [0, 0];
    const onMessage = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 15));
      now--;
      return undefined;
    };
    const sinks = [await SmtpSink.listen({ onMessage }), await SmtpSink.listen({ onMessage })];
    running.sinks.push(...sinks);
    const campaign = await createCampaign(source);
    const domains = ['one.example', 'two.example'];
    for (const [n, { port }] of sinks.entries()) await enqueue(source, port, campaign, addresses(200, domains[n]));
    const resolver = createMxResolver({
      dns: systemResolver(),
      routes: sinks.map(({ port }, n) => ({ domain: domains[n]!, host: '127.0.0.1', port })),
    });
    const shape = { connections: { start: 8, min: 1, max: 8 }, providerConnections: 4 };
    await Promise.all(sinks.map(({ port }) => start(port, { shape, resolver })));
    await finished(source, campaign.campaignId);
    expect(most).toBeLessThanOrEqual(4);
    expect(most).toBeGreaterThan(1);
    expect(sinks.map(({ messages }) => messages.length)).toEqual([200, 200]);
    await Promise.all(running.engines.splice(0).map((engine) => engine.stop(2_000)));
    expect(await source.query('SELECT * FROM connection_shares')).toEqual([]);
  });

  it('a lane whose day is used up says so and waits for the next', async () => {
    const sink = await aSink();
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(100));
    await start(sink.port, { shape: { perDay: 10 } });
    const admin = new QueueAdmin(source);
    const [lane] = await eventually(
      () => admin.list(scope),
      (lanes) => lanes[0]?.waiting === 90 && lanes[0].suspendedUntil !== null && lanes[0].inHand === 0,
    );
    expect(sink.messages).toHaveLength(10);
    expect(lane!.reason).toMatch(/^default to .*: the limit is 10 a day; used up at \d\d:\d\d UTC, goes on at 00:00 UTC\.$/);
    expect(lane!.suspendedUntil!.getTime() % 86_400_000).toBeLessThan(2_000);
    const [decision] = await eventually(
      () => readDecisions(source, lane!.id),
      (decisions) => decisions.length > 0,
    );
    expect(decision).toMatchObject({ kind: 'quota', sentence: lane!.reason.slice(0, -1) });
  });
});
