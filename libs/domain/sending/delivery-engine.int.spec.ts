import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { DeliveryKind, MailClass, Outcome, Via } from '#base/contracts';
import { firstRowIdAt } from '#base/kernel';
import { forgetOldDecisions, readDecisions } from '#domain/shaping';
import { readCounters } from '#domain/tracking';
import { SmtpSink, type SmtpSinkOptions } from '#testing/smtp-sink';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import type { DeliveryEngine } from './delivery-engine.js';
import { QueueAdmin } from './queue-admin.js';
import { SendingControl } from './sending-control.js';
import { type EngineOverrides, addresses, attemptsOf, createCampaign, engineTo, enqueue, eventually, finished } from './sending.fixture.js';

let database: TestDatabase;
let source: DataSource;
const running: { engines: DeliveryEngine[]; sinks: SmtpSink[] } = { engines: [], sinks: [] };

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ poolSize: 20 });
});
afterEach(async () => {
  await Promise.all(running.engines.splice(0).map((engine) => engine.stop(2_000)));
  await Promise.all(running.sinks.splice(0).map((sink) => sink.close()));
});
afterAll(() => database.drop());

async function sinkWith(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = await SmtpSink.listen(options);
  running.sinks.push(sink);
  return sink;
}

async function start(port: number, overrides: EngineOverrides = {}): Promise<DeliveryEngine> {
  const engine = engineTo(source, port, overrides);
  running.engines.push(engine);
  await engine.start();
  return engine;
}

async function counters(campaignId: string): Promise<Record<string, Record<string, number>>> {
  const values = (await readCounters(source.manager, [campaignId])).get(campaignId)!;
  return Object.fromEntries([...values].map(([metric, dimensions]) => [metric, Object.fromEntries(dimensions)]));
}

describe('a campaign', () => {
  it('gives every recipient exactly one final outcome, whatever the servers say', async () => {
    const seen = new Map<string, number>();
    const sink = await sinkWith({
      onRecipient(rcptTo) {
        const n = Number(/\d+/.exec(rcptTo)![0]);
        const times = (seen.get(rcptTo) ?? 0) + 1;
        seen.set(rcptTo, times);
        if (n % 10 === 3) return '550 5.1.1 no such user here';
        if (n % 10 === 4 && times <= 2) return '450 4.2.0 greylisted, come back later';
        return undefined;
      },
    });
    const campaign = await createCampaign(source);
    const ids = await enqueue(source, sink.port, campaign, addresses(1000));
    await start(sink.port);
    await finished(source, campaign.campaignId);
    const attempts = await attemptsOf(source, campaign.campaignId);
    const finals = attempts.filter(({ outcome }) => outcome !== Outcome.deferred);
    expect(finals.map((attempt) => attempt.delivery_id).sort()).toEqual([...ids].sort());
    expect(attempts.filter(({ outcome }) => outcome === Outcome.bounced)).toHaveLength(100);
    expect(attempts.filter(({ outcome }) => outcome === Outcome.deferred)).toHaveLength(200);
    expect(new Set(sink.messages.map(({ rcptTo }) => rcptTo)).size).toBe(900);
    expect(sink.messages).toHaveLength(900);
    expect(await counters(campaign.campaignId)).toEqual({
      accepted: { default: 900 },
      bounced: { 'invalid-recipient': 100 },
      deferred_total: { default: 200 },
      deferred_unique: { '': 100 },
    });
  });

  it('bounces as expired what cannot be delivered in time', async () => {
    const sink = await sinkWith({ onRecipient: () => '451 4.3.0 not today' });
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(3), { expiresAt: new Date(Date.now() + 1_500) });
    await start(sink.port);
    await finished(source, campaign.campaignId);
    expect(await counters(campaign.campaignId)).toMatchObject({ bounced: { expired: 3 }, deferred_unique: { '': 3 } });
  });

  it('fails a message that cannot be made, once, and goes on', async () => {
    const sink = await sinkWith();
    const campaign = await createCampaign(source, { missingValues: 'strict' });
    await enqueue(source, sink.port, campaign, addresses(10), { merge: (n) => (n === 4 ? {} : { first_name: 'Someone' }) });
    await start(sink.port);
    await finished(source, campaign.campaignId);
    expect(await counters(campaign.campaignId)).toEqual({ accepted: { default: 9 }, failed: { '': 1 } });
    const [failed] = (await attemptsOf(source, campaign.campaignId)).filter(({ outcome }) => outcome === Outcome.failed);
    expect(failed).toMatchObject({ via: Via.queue, reply: expect.stringContaining('first_name') });
  });

  it('does not write to those who were suppressed since it was prepared', async () => {
    const sink = await sinkWith();
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, [...addresses(5), 'all@blocked.example']);
    await source.query(
      `INSERT INTO suppressions (workspace_id, address_key, reason) VALUES ($1, 'user2@example.com', 'complaint'), ($1, '@blocked.example', 'manual')`,
      [campaign.workspaceId],
    );
    await start(sink.port);
    await finished(source, campaign.campaignId);
    expect(sink.messages.map(({ rcptTo }) => rcptTo).sort()).toEqual([
      'user0@example.com',
      'user1@example.com',
      'user3@example.com',
      'user4@example.com',
    ]);
    expect(await counters(campaign.campaignId)).toEqual({ accepted: { default: 4 }, suppressed: { '': 2 } });
  });
});

describe('pause, resume and cancel', () => {
  it('nothing leaves while a campaign is paused, and all of it after', async () => {
    const sink = await sinkWith({ onMessage: () => new Promise((resolve) => setTimeout(() => resolve(undefined), 5)) });
    const campaign = await createCampaign(source);
    const control = new SendingControl(source);
    await enqueue(source, sink.port, campaign, addresses(1000));
    const engine = await start(sink.port, { shape: { connections: { start: 2, min: 1, max: 2 } } });
    await eventually(
      () => sink.messages.length,
      (n) => n > 100,
    );
    await source.query(`UPDATE campaigns SET status = 'paused' WHERE id = $1`, [campaign.campaignId]);
    await control.campaignChanged(campaign.campaignId);
    await eventually(
      () => engine.stats,
      ({ waiting, active, uncommitted }) => waiting + active + uncommitted === 0,
      5_000,
    );
    const atPause = sink.messages.length;
    expect(atPause).toBeLessThan(1000);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(sink.messages).toHaveLength(atPause);
    const [{ leased }] = (await source.query(
      'SELECT count(*)::int AS leased FROM batches WHERE campaign_id = $1 AND lease_owner IS NOT NULL',
      [campaign.campaignId],
    )) as [{ leased: number }];
    expect(leased).toBe(0);
    await source.query(`UPDATE campaigns SET status = 'sending' WHERE id = $1`, [campaign.campaignId]);
    await control.campaignChanged(campaign.campaignId);
    await finished(source, campaign.campaignId);
    expect(new Set(sink.messages.map(({ rcptTo }) => rcptTo)).size).toBe(1000);
    expect(sink.messages).toHaveLength(1000);
    expect(await counters(campaign.campaignId)).toEqual({ accepted: { default: 1000 } });
  });

  it('cancelling settles everyone who has not got it yet', async () => {
    const sink = await sinkWith({ onMessage: () => new Promise((resolve) => setTimeout(() => resolve(undefined), 5)) });
    const campaign = await createCampaign(source);
    const ids = await enqueue(source, sink.port, campaign, addresses(3000));
    await start(sink.port, { shape: { connections: { start: 2, min: 1, max: 2 } } });
    await eventually(
      () => sink.messages.length,
      (n) => n > 100,
    );
    await source.query(`UPDATE campaigns SET status = 'cancelled' WHERE id = $1`, [campaign.campaignId]);
    await new SendingControl(source).cancel(campaign.campaignId);
    await finished(source, campaign.campaignId, 10_000);
    const attempts = await attemptsOf(source, campaign.campaignId);
    expect(attempts.map((attempt) => attempt.delivery_id).sort()).toEqual([...ids].sort());
    const { accepted, cancelled } = await counters(campaign.campaignId);
    expect(accepted!.default).toBe(sink.messages.length);
    expect(accepted!.default! + cancelled!['']!).toBe(3000);
    expect(cancelled!['']).toBeGreaterThan(0);
  });

  it('mail that was queued after its campaign was cancelled is swept', async () => {
    const sink = await sinkWith();
    const campaign = await createCampaign(source);
    await source.query(`UPDATE campaigns SET status = 'cancelled' WHERE id = $1`, [campaign.campaignId]);
    await enqueue(source, sink.port, campaign, addresses(5));
    await start(sink.port);
    await finished(source, campaign.campaignId);
    expect(sink.messages).toHaveLength(0);
    expect(await counters(campaign.campaignId)).toEqual({ cancelled: { '': 5 } });
  });
});

describe('a message whose final dot was not answered', () => {
  it('ends as unknown when it is bulk', async () => {
    const sink = await sinkWith({ onMessage: ({ rcptTo }) => (rcptTo.startsWith('user1@') ? 'drop' : undefined) });
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(4));
    await start(sink.port);
    await finished(source, campaign.campaignId);
    expect(sink.messages.filter(({ rcptTo }) => rcptTo.startsWith('user1@'))).toHaveLength(1);
    expect(await counters(campaign.campaignId)).toEqual({ accepted: { default: 3 }, unknown: { '': 1 } });
  });

  it('is sent again with the same Message-ID when somebody waits for it', async () => {
    let times = 0;
    const sink = await sinkWith({ keepsContent: true, onMessage: () => (++times === 1 ? 'drop' : undefined) });
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, ['one@example.com'], { kind: DeliveryKind.test, class: MailClass.transactional });
    await start(sink.port);
    await finished(source, campaign.campaignId);
    const contents = sink.messages.map(({ content }) => content.toString());
    expect(contents).toHaveLength(2);
    expect(contents[0]).toBe(contents[1]);
    expect(contents[0]).toMatch(/^Message-ID: <[a-z0-9]+\.chapar@news\.example\.org>\r$/m);
    // Test mail counts for nothing.
    expect(await counters(campaign.campaignId)).toEqual({});
  });
});

describe('limits, as the server sees them', () => {
  it('connections and messages per connection', async () => {
    const sink = await sinkWith({ onMessage: () => new Promise((resolve) => setTimeout(() => resolve(undefined), 2)) });
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(400));
    await start(sink.port, { shape: { connections: { start: 3, min: 1, max: 3 }, messagesPerConnection: 20 } });
    await finished(source, campaign.campaignId);
    expect(sink.mostOpenConnections).toBeLessThanOrEqual(3);
    const perConnection = Map.groupBy(sink.messages, ({ connection }) => connection);
    expect(Math.max(...[...perConnection.values()].map((messages) => messages.length))).toBe(20);
  });

  it('the rate', async () => {
    const sink = await sinkWith();
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(90));
    await start(sink.port, { shape: { ratePerSecond: 40 } });
    await finished(source, campaign.campaignId);
    const times = sink.messages.map(({ at }) => at).sort((a, b) => a - b);
    // A busy machine hands the sink in one moment what left over half a second; without a limit all ninety came in one.
    for (const [i, from] of times.entries())
      expect(times.filter((at) => at >= from && at < from + 1000).length, `from message ${i}`).toBeLessThanOrEqual(65);
  });

  it('a refusal slows the lane, says so, and consumes no recipient', async () => {
    let refusals = 0;
    const sink = await sinkWith({
      onRecipient: () => (++refusals <= 3 ? '451 4.7.1 Throttled: you are sending too many messages' : undefined),
    });
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(60));
    await start(sink.port);
    const [lane] = await eventually(
      () =>
        source.query('SELECT reason, rate_per_second FROM lanes WHERE site = $1', [`route:127.0.0.1:${sink.port}`]) as Promise<
          { reason: string; rate_per_second: number | null }[]
        >,
      ([row]) => row?.rate_per_second !== null && row?.rate_per_second !== undefined,
    );
    expect(lane!.reason).toMatch(
      /answered 451 4\.7\.1 Throttled: you are sending too many messages.* at \d\d:\d\d UTC; .* until \d\d:\d\d UTC/,
    );
    await finished(source, campaign.campaignId);
    expect(await counters(campaign.campaignId)).toMatchObject({ accepted: { default: 60 } });
    const scope = { workspaceId: campaign.workspaceId, by: 'ops@example.org' };
    const { decisions } = await eventually(
      () => new QueueAdmin(source).show(scope, `route:127.0.0.1:${sink.port}`),
      (shown) => shown.decisions.length > 0,
    );
    expect(decisions.at(-1)).toMatchObject({ kind: 'slow', reply: expect.stringContaining('451 4.7.1 Throttled') as string });
    expect(decisions.at(-1)!.sentence).toMatch(/answered 451 4\.7\.1 Throttled.* at \d\d:\d\d UTC; .* until \d\d:\d\d UTC/);
  });

  it('the history of a lane is kept for a month', async () => {
    await source.query(
      `INSERT INTO lane_decisions (id, lane_id, at, kind, sentence) VALUES ($1, 7, now(), 'slow', 'old'), (chapar_row_id(), 7, now(), 'slow', 'new')`,
      [firstRowIdAt(new Date(Date.now() - 31 * 86_400_000))],
    );
    expect(await forgetOldDecisions(source, new Date())).toBe(1);
    expect(await readDecisions(source, 7)).toMatchObject([{ sentence: 'new' }]);
  });

  it('a server that is down costs no attempt, and its mail leaves when it is back', async () => {
    const sink = await sinkWith();
    const { port } = sink;
    await sink.close();
    const campaign = await createCampaign(source);
    await enqueue(source, port, campaign, addresses(20));
    await start(port);
    await eventually(
      () => source.query('SELECT reason FROM lanes WHERE site = $1', [`route:127.0.0.1:${port}`]) as Promise<{ reason: string }[]>,
      ([row]) => row?.reason.includes('cannot be reached') ?? false,
    );
    expect(await attemptsOf(source, campaign.campaignId)).toHaveLength(0);
    running.sinks.push(await SmtpSink.listen({}, port));
    await finished(source, campaign.campaignId);
    const attempts = await attemptsOf(source, campaign.campaignId);
    expect(attempts.every(({ number, outcome }) => number === 1 && outcome === Outcome.delivered)).toBe(true);
    expect(attempts).toHaveLength(20);
  });
});

describe('several workers', () => {
  it('share the work, and never hold one lane together', async () => {
    const sink = await sinkWith({ onMessage: () => new Promise((resolve) => setTimeout(() => resolve(undefined), 3)) });
    const campaign = await createCampaign(source);
    const ids = await enqueue(source, sink.port, campaign, addresses(600));
    const shape = { connections: { start: 2, min: 1, max: 2 } };
    await start(sink.port, { shape });
    await start(sink.port, { shape });
    await finished(source, campaign.campaignId);
    expect(sink.mostOpenConnections).toBeLessThanOrEqual(2);
    const attempts = await attemptsOf(source, campaign.campaignId);
    expect(attempts.map((attempt) => attempt.delivery_id).sort()).toEqual([...ids].sort());
    expect(new Set(attempts.map(({ epoch }) => epoch)).size).toBe(1);
  });

  it('hand over on a drain: the next one sends the rest', async () => {
    const sink = await sinkWith({ onMessage: () => new Promise((resolve) => setTimeout(() => resolve(undefined), 5)) });
    const campaign = await createCampaign(source);
    const ids = await enqueue(source, sink.port, campaign, addresses(800));
    const first = await start(sink.port, { shape: { connections: { start: 2, min: 1, max: 2 } } });
    await eventually(
      () => sink.messages.length,
      (n) => n > 50,
    );
    await first.stop();
    const [{ workers }] = (await source.query('SELECT count(*)::int AS workers FROM mta_workers WHERE id = $1', [
      first.stats.workerId,
    ])) as [{ workers: number }];
    expect(workers).toBe(0);
    expect(sink.messages.length).toBeLessThan(800);
    expect(await attemptsOf(source, campaign.campaignId)).toHaveLength(sink.messages.length);
    await start(sink.port);
    await finished(source, campaign.campaignId);
    expect(sink.messages).toHaveLength(800);
    expect((await attemptsOf(source, campaign.campaignId)).map((attempt) => attempt.delivery_id).sort()).toEqual([...ids].sort());
  });
});

describe('order', () => {
  it('mail that somebody waits for overtakes a newsletter', async () => {
    const sink = await sinkWith({ onMessage: () => new Promise((resolve) => setTimeout(() => resolve(undefined), 4)) });
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(1500));
    await start(sink.port, { shape: { connections: { start: 2, min: 1, max: 2 } } });
    await eventually(
      () => sink.messages.length,
      (n) => n > 20,
    );
    const before = sink.messages.length;
    await enqueue(source, sink.port, campaign, ['urgent@example.com'], { kind: DeliveryKind.test, class: MailClass.transactional });
    await eventually(
      () => sink.messages.findIndex(({ rcptTo }) => rcptTo === 'urgent@example.com'),
      (i) => i >= 0,
    );
    const place = sink.messages.findIndex(({ rcptTo }) => rcptTo === 'urgent@example.com');
    expect(place - before).toBeLessThan(200);
  });

  it('a small workspace does not wait for the end of a large one', async () => {
    const sink = await sinkWith({ onMessage: () => new Promise((resolve) => setTimeout(() => resolve(undefined), 2)) });
    const [large, small] = [await createCampaign(source), await createCampaign(source)];
    await enqueue(source, sink.port, large, addresses(3000));
    await enqueue(source, sink.port, small, addresses(30, 'small.example'));
    await start(sink.port, { shape: { connections: { start: 2, min: 1, max: 2 } } });
    await finished(source, small.campaignId);
    expect(sink.messages.length).toBeLessThan(1500);
  });
});
