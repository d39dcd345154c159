import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { EventKind } from '#base/contracts';
import { accountsEntities } from '#domain/accounts';
import { deliverabilityEntities } from '#domain/deliverability';
import { EgressPools } from '#domain/egress';
import { WarmupPlans, turnWarmupDays } from '#domain/shaping';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { SmtpSink, type SmtpSinkOptions } from '#testing/smtp-sink';
import type { DeliveryEngine } from './delivery-engine.js';
import { sendingEntities } from './index.js';
import { QueueAdmin } from './queue-admin.js';
import { type TestCampaign, addresses, createCampaign, engineTo, enqueue, eventually, finished } from './sending.fixture.js';
import { WarmupControl } from './warmup-control.js';
import { warmupCounter } from './warmup-counter.js';

const by = 'a spec';
const scope = { workspaceId: null, by };
const DAY_MS = 86_400_000;
let database: TestDatabase;
let source: DataSource;
let sink: SmtpSink | undefined;
let engine: DeliveryEngine | undefined;
let campaign: TestCampaign;
let plans: WarmupPlans;
let control: WarmupControl;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ poolSize: 20, entities: [...accountsEntities, ...deliverabilityEntities, ...sendingEntities] });
  plans = new WarmupPlans(source);
  control = new WarmupControl(source, plans);
});
beforeEach(async () => void (campaign = await createCampaign(source)));
afterEach(async () => {
  await engine?.stop(2_000);
  await sink?.close();
  engine = sink = undefined;
  await source.query(`DELETE FROM warmup_plans; DELETE FROM batches; DELETE FROM lanes; DELETE FROM token_limits; DELETE FROM domain_sites;
    UPDATE egress_pools SET overflow = false;
    DELETE FROM egress_pool_members m USING egress_sources s WHERE s.id = m.source_id AND s.name <> 'default';
    DELETE FROM egress_sources WHERE name <> 'default'`);
});
afterAll(() => database.drop());

async function start(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  sink = await SmtpSink.listen(options);
  engine = engineTo(source, sink.port);
  return sink;
}

const ramp = { kind: 'list', perDay: [12, 40] } as const;

async function waitsForTomorrow(waiting: number) {
  return eventually(
    () => new QueueAdmin(source).list(scope),
    (lanes) => lanes.some((lane) => lane.waiting === waiting && lane.inHand === 0 && lane.suspendedUntil !== null),
  );
}

describe('the quota of a warm-up plan', () => {
  it('is sent and no more; the rest waits, the queue says why, and a changed plan lets more go at once', async () => {
    const { port, messages } = await start();
    await control.set({ source: 'default', ramp }, by);
    await enqueue(source, port, campaign, addresses(30));
    await engine!.start();
    const [lane] = await waitsForTomorrow(18);
    expect(messages).toHaveLength(12);
    expect(lane!.reason).toMatch(/^default: day 1 of warm-up, 12 today; used up at \d\d:\d\d UTC, goes on at 00:00 UTC\.$/);
    expect(await plans.list()).toMatchObject([{ quota: 12, used: 12, step: 1 }]);
    await control.set({ source: 'default', ramp, step: 2 }, by);
    await finished(source, campaign.campaignId);
    expect(messages).toHaveLength(30);
  });

  it('goes to other sources of the pool where the pool says so', async () => {
    const { port, messages } = await start();
    await source.query(`INSERT INTO egress_sources (name) VALUES ('warm')`);
    await new EgressPools(source).set(
      'default',
      [
        { source: 'default', weight: 1000 },
        { source: 'warm', weight: 1 },
      ],
      by,
      true,
    );
    await control.set({ source: 'default', ramp }, by);
    await enqueue(source, port, campaign, addresses(30));
    await engine!.start();
    await finished(source, campaign.campaignId);
    expect(messages).toHaveLength(30);
    const sent = (await source.query(
      `SELECT s.name, count(*)::int AS n FROM attempts a JOIN lanes l ON l.id = a.lane_id JOIN egress_sources s ON s.id = l.source_id
       WHERE a.campaign_id = $1 GROUP BY 1 ORDER BY 1`,
      [campaign.campaignId],
    )) as { name: string; n: number }[];
    expect(sent[0]).toEqual({ name: 'default', n: 12 });
    const [decision] = (await source.query(`SELECT sentence, facts FROM lane_decisions WHERE kind = 'quota' ORDER BY id DESC LIMIT 1`)) as {
      sentence: string;
    }[];
    expect(decision!.sentence).toContain('day 1 of warm-up, 12 today; used up');
  });

  it('that is lifted lets everything go', async () => {
    const { port, messages } = await start();
    await control.set({ source: 'default', ramp }, by);
    await enqueue(source, port, campaign, addresses(30));
    await engine!.start();
    await waitsForTomorrow(18);
    await control.remove('default', '*', by);
    await finished(source, campaign.campaignId);
    expect(messages).toHaveLength(30);
  });
});

describe('a day that is over', () => {
  it('is judged by what servers and recipients said of it, once, with a sentence', async () => {
    const { port } = await start({
      onRecipient: (rcptTo) => {
        const n = Number(/\d+/.exec(rcptTo)![0]);
        if (n < 4) return '550 5.1.1 no such user';
        return undefined;
      },
    });
    await control.set({ source: 'default', ramp: { kind: 'factor', start: 40, factor: 2, cap: 1000 } }, by);
    await enqueue(source, port, campaign, addresses(40));
    await engine!.start();
    await finished(source, campaign.campaignId);
    await engine!.stop(2_000);
    engine = undefined;
    await source.query(
      `INSERT INTO events (workspace_id, campaign_id, delivery_id, kind) SELECT workspace_id, campaign_id, delivery_id, ${EventKind.complaint}
       FROM attempts WHERE campaign_id = $1 AND outcome = 1 ORDER BY id LIMIT 1`,
      [campaign.campaignId],
    );
    const [{ source_id: sourceId }] = (await source.query('SELECT source_id FROM warmup_plans')) as [{ source_id: number }];
    const today = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS);
    const counter = warmupCounter(source);
    expect(await counter.count({ sourceId, site: '*' }, today, new Date(today.getTime() + DAY_MS))).toEqual({
      sent: 40,
      delivered: 36,
      deferred: 0,
      bounced: 4,
      complained: 1,
    });
    expect(await counter.count({ sourceId, site: 'google' }, today, new Date(today.getTime() + DAY_MS))).toMatchObject({ sent: 0 });
    const tomorrow = new Date(today.getTime() + DAY_MS);
    const said = await Promise.all([turnWarmupDays(source, counter, tomorrow), turnWarmupDays(source, counter, tomorrow)]);
    expect(said.flat()).toEqual(['default: day 2 of warm-up; held at 40, the first step, since 10 % of yesterday’s mail bounced']);
    expect(await turnWarmupDays(source, counter, tomorrow)).toEqual([]);
    const [plan] = await plans.list();
    expect(await plans.history(plan!.id)).toMatchObject([
      { kind: 'stepped-back', step: 1, quota: 40, facts: { sent: 40, bounced: 4, complained: 1 } },
      { kind: 'started', sentence: 'default: warm-up begins with 40 a day, 6 good days to go' },
    ]);
  });

  it('does not move a plan that is paused, and a pause is no evidence', async () => {
    await control.set({ source: 'default', site: 'google', ramp }, by);
    await control.pause('default', 'google', by);
    const counter = warmupCounter(source);
    const later = new Date(Date.now() + 3 * DAY_MS);
    expect(await turnWarmupDays(source, counter, later)).toEqual([]);
    const resumed = await new WarmupPlans(source, { now: () => later }).resume('default', 'google', by);
    expect(resumed).toMatchObject({
      state: 'active',
      step: 1,
      quota: 12,
      reason: 'default to google: day 4 of warm-up, 12 a day; resumed by a spec',
    });
    expect(await turnWarmupDays(source, counter, later)).toEqual([]);
    const next = new Date(later.getTime() + DAY_MS);
    expect(await turnWarmupDays(source, counter, next)).toEqual([
      'default to google: day 5 of warm-up, 40 were planned for today; held at 12 since only 0 of 12 were sent yesterday',
    ]);
  });

  it('at the end of the ramp ends the plan, and a new one begins at its first step', async () => {
    await control.set({ source: 'default', ramp, step: 2 }, by);
    await source.query(`INSERT INTO lanes (source_id, site) SELECT id, 'mx.example' FROM egress_sources WHERE name = 'default'`);
    await source.query(
      `INSERT INTO attempts (workspace_id, delivery_id, number, outcome, via, lane_id) SELECT $1, n, 1, 1, 1, (SELECT id FROM lanes WHERE site = 'mx.example') FROM generate_series(1, 40) AS n`,
      [campaign.workspaceId],
    );
    const [sentence] = await turnWarmupDays(source, warmupCounter(source), new Date(Date.now() + DAY_MS));
    expect(sentence).toBe('default: day 2 of warm-up and the end of it: 40 went well yesterday; no daily limit any more');
    expect(await plans.list()).toMatchObject([{ state: 'finished' }]);
    await expect(plans.pause('default', '*', by)).rejects.toMatchObject({ code: 'warmup_settings_invalid' });
    expect(await control.set({ source: 'default', ramp }, by)).toMatchObject({ state: 'active', step: 1, quota: 12 });
  });

  it('plans name what there is', async () => {
    await expect(plans.set({ source: 'nowhere', ramp }, by)).rejects.toMatchObject({ code: 'warmup_not_found' });
    await expect(plans.set({ source: 'default', ramp, step: 3 }, by)).rejects.toMatchObject({ code: 'warmup_settings_invalid' });
    await expect(plans.remove('default', 'google', by)).rejects.toMatchObject({ code: 'warmup_not_found' });
  });
});
