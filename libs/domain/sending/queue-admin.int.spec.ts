import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { Outcome, Via } from '#base/contracts';
import { readCounters } from '#domain/tracking';
import { listAudit, verifyAudit } from '#platform/audit';
import { SmtpSink, type SmtpSinkOptions } from '#testing/smtp-sink';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { loopbackTrafficShaping } from '#domain/shaping';
import type { DeliveryEngine } from './delivery-engine.js';
import { QueueAdmin } from './queue-admin.js';
import type { OperatorScope } from './queue-selection.js';
import { RetryPolicy } from './retry-schedule.policy.js';
import {
  type EngineOverrides,
  type TestCampaign,
  addresses,
  attemptsOf,
  createCampaign,
  engineTo,
  enqueue,
  eventually,
  finished,
} from './sending.fixture.js';

const operator: OperatorScope = { workspaceId: null, by: 'ops@example.org' };
let database: TestDatabase;
let source: DataSource;
let admin: QueueAdmin;
const running: { engines: DeliveryEngine[]; sinks: SmtpSink[] } = { engines: [], sinks: [] };

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ poolSize: 20 });
  admin = new QueueAdmin(source);
});
beforeEach(() => source.query('TRUNCATE batches, queue_orders, lanes, domain_sites'));
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

async function onlySite(): Promise<string> {
  const [{ site }] = (await source.query('SELECT site FROM lanes')) as [{ site: string }];
  return site;
}

const slowly: SmtpSinkOptions = { onMessage: () => new Promise((resolve) => setTimeout(() => resolve(undefined), 5)) };
const twoConnections: EngineOverrides = { shape: { connections: { start: 2, min: 1, max: 2 } } };

function atLeast(sink: SmtpSink, count: number): Promise<number> {
  return eventually(
    () => sink.messages.length,
    (n) => n >= count,
  );
}

/** No sender has anything of it in memory. */
function handedBack(engine: DeliveryEngine): Promise<unknown> {
  return eventually(
    () => engine.stats,
    ({ waiting, active, uncommitted }) => waiting + active + uncommitted === 0,
    5_000,
  );
}

async function nothingComes(sink: SmtpSink): Promise<number> {
  const before = sink.messages.length;
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(sink.messages).toHaveLength(before);
  return before;
}

async function outcomes(campaign: TestCampaign): Promise<Record<number, number>> {
  const attempts = await attemptsOf(source, campaign.campaignId);
  return Object.fromEntries([...Map.groupBy(attempts, ({ outcome }) => outcome)].map(([outcome, group]) => [outcome, group.length]));
}

describe('the list', () => {
  it('says how much waits, since when, of which campaigns, and what servers answered', async () => {
    const sink = await sinkWith({ onRecipient: () => '451 4.3.0 not today' });
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(600));
    await start(sink.port, { retry: new RetryPolicy() });
    await eventually(
      () => outcomes(campaign),
      (seen) => seen[Outcome.deferred] === 600,
    );
    const [lane] = await admin.list(operator);
    expect(lane).toMatchObject({ waiting: 600, held: 0, lastReply: expect.stringContaining('not today'), acceptedPerSecond: 0 });
    expect(lane!.attemptsPerSecond).toBe(10);
    expect(Math.abs(lane!.oldest!.getTime() - Date.now())).toBeLessThan(60_000);
    expect(lane!.nextDue!.getTime()).toBeGreaterThan(Date.now());
    expect(lane!.leasedBy).toMatch(/^mta\.example\.org\/\d+$/);
    const details = await admin.show(operator, lane!.site);
    expect(details.campaigns).toEqual([{ id: campaign.campaignId, name: 'C', status: 'sending', waiting: 600 }]);
    expect(details.replies).toEqual([{ outcome: Outcome.deferred, reply: '451 4.3.0 not today', times: 600 }]);
  });

  it('shows a workspace its own mail only, and nobody’s address in the reason', async () => {
    const [ours, theirs] = [await createCampaign(source), await createCampaign(source)];
    await enqueue(source, 9, ours, addresses(3));
    await enqueue(source, 9, theirs, addresses(5));
    await source.query(`UPDATE lanes SET reason = 'site answered 450 <bob@example.com> is busy', failures = 1`);
    expect(await admin.list({ workspaceId: ours.workspaceId, by: 'us' })).toMatchObject([
      { waiting: 3, reason: 'site answered 450 <…> is busy.' },
    ]);
    expect(await admin.list(operator)).toMatchObject([{ waiting: 8, reason: expect.stringContaining('bob@example.com') }]);
  });

  it('says so when mail waits for a paused campaign', async () => {
    const campaign = await createCampaign(source);
    await enqueue(source, 9, campaign, addresses(4));
    await source.query(`UPDATE campaigns SET status = 'paused' WHERE id = $1`, [campaign.campaignId]);
    expect(await admin.list(operator)).toMatchObject([{ waiting: 4, reason: '4 wait for paused campaigns.' }]);
  });
});

describe('suspend and resume', () => {
  it('a running sender stops within a second, mail that comes later waits too, and all of it leaves in the end', async () => {
    const sink = await sinkWith(slowly);
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(1000));
    const engine = await start(sink.port, twoConnections);
    await atLeast(sink, 50);
    const site = await onlySite();
    const { order } = await admin.suspend(operator, { site }, { reason: 'blocked us' });
    await handedBack(engine);
    await enqueue(source, sink.port, campaign, ['late@example.com']);
    const sent = await nothingComes(sink);
    expect(sent).toBeLessThan(1000);
    const [lane] = await admin.list(operator);
    expect(lane).toMatchObject({ waiting: 1001 - sent, held: 1001 - sent, inHand: 0, reason: 'Held by ops@example.org: blocked us.' });
    expect(await admin.orders(operator)).toMatchObject([{ id: order.id, action: 'hold', site, until: null }]);
    expect(await admin.resume(operator, { site })).toEqual({ lifted: 1, changed: 1001 - sent });
    await finished(source, campaign.campaignId);
    expect(new Set(sink.messages.map(({ rcptTo }) => rcptTo)).size).toBe(1001);
    expect(sink.messages).toHaveLength(1001);
  });

  it('holds one domain, and lets its neighbours in the same batches go', async () => {
    const sink = await sinkWith();
    const campaign = await createCampaign(source);
    const mixed = addresses(300).flatMap((address, n) => [address, `user${n}@Held.example`]);
    await enqueue(source, sink.port, campaign, mixed);
    expect(await admin.suspend(operator, { domain: 'HELD.example' })).toMatchObject({ changed: 300, inHand: 0 });
    await start(sink.port);
    await atLeast(sink, 300);
    await nothingComes(sink);
    expect(sink.messages.filter(({ rcptTo }) => /held/i.test(rcptTo))).toEqual([]);
    await admin.resume(operator, { domain: 'held.example' });
    await finished(source, campaign.campaignId);
    expect(sink.messages.map(({ rcptTo }) => rcptTo).sort()).toEqual([...mixed].sort());
  });

  it('leaves a message whose recipients it parts one message: cancelling it finds them all', async () => {
    const sink = await sinkWith();
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, ['a@one.example', 'b@two.example']);
    const messageId = '01890000-0000-7000-8000-000000000001';
    await source.query('UPDATE batches SET message_id = $1', [messageId]);
    expect((await admin.suspend(operator, { domain: 'two.example' })).changed).toBe(1);
    expect(await source.query('SELECT hold_id IS NOT NULL AS held, message_id FROM batches ORDER BY id')).toEqual([
      { held: false, message_id: messageId },
      { held: true, message_id: messageId },
    ]);
  });

  it('is obeyed by a sender that starts later, for mail that was queued later', async () => {
    const sink = await sinkWith();
    const [held, free] = [await createCampaign(source), await createCampaign(source)];
    await enqueue(source, sink.port, held, addresses(1, 'first.example'));
    await admin.suspend(operator, { campaignId: held.campaignId });
    await enqueue(source, sink.port, held, addresses(20, 'held.example'));
    await enqueue(source, sink.port, free, addresses(20, 'free.example'));
    await start(sink.port);
    await finished(source, free.campaignId);
    await nothingComes(sink);
    expect(sink.messages.every(({ rcptTo }) => rcptTo.endsWith('@free.example'))).toBe(true);
  });

  it('ends by itself when its time is over', async () => {
    const sink = await sinkWith();
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(10));
    await admin.suspend(operator, { workspaceId: campaign.workspaceId }, { until: new Date(Date.now() + 1_500) });
    await start(sink.port);
    await nothingComes(sink);
    await finished(source, campaign.campaignId);
    expect(sink.messages).toHaveLength(10);
  });

  it('stops the clock: held mail does not expire, and has its time left afterwards', async () => {
    const sink = await sinkWith();
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(5), { expiresAt: new Date(Date.now() + 2_000) });
    await admin.suspend(operator, { campaignId: campaign.campaignId });
    const engine = await start(sink.port);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await engine.stop();
    expect(await attemptsOf(source, campaign.campaignId)).toEqual([]);
    await admin.resume(operator, { campaignId: campaign.campaignId });
    await start(sink.port);
    await finished(source, campaign.campaignId);
    expect(sink.messages).toHaveLength(5);
  });

  it('an order of the operator is not a workspace’s to lift', async () => {
    const campaign = await createCampaign(source);
    await enqueue(source, 9, campaign, addresses(2));
    const site = await onlySite();
    await admin.suspend(operator, { site });
    const tenant = { workspaceId: campaign.workspaceId, by: 'them' };
    expect(await admin.resume(tenant, { everything: true })).toEqual({ lifted: 0, changed: 0 });
    expect(await admin.orders(tenant)).toHaveLength(1);
    await admin.suspend({ workspaceId: (await createCampaign(source)).workspaceId, by: 'others' }, { everything: true });
    expect(await admin.orders(tenant)).toHaveLength(1);
  });
});

describe('bounce and cancel', () => {
  it('give every meant delivery one final outcome, those in a sender’s memory too, and suppress nobody', async () => {
    const sink = await sinkWith(slowly);
    const campaign = await createCampaign(source);
    const mixed = addresses(400).flatMap((address, n) => [address, `user${n}@gone.example`]);
    const ids = await enqueue(source, sink.port, campaign, mixed);
    await start(sink.port, twoConnections);
    await atLeast(sink, 40);
    const { changed, inHand } = await admin.bounce(operator, { domain: 'gone.example' }, 'closed for good');
    expect(changed + inHand).toBeGreaterThan(0);
    await finished(source, campaign.campaignId);
    const attempts = await attemptsOf(source, campaign.campaignId);
    expect(attempts.map(({ delivery_id }) => delivery_id).sort()).toEqual([...ids].sort());
    const bounced = attempts.filter(({ outcome }) => outcome === Outcome.bounced);
    const sent = sink.messages.filter(({ rcptTo }) => rcptTo.endsWith('@gone.example')).length;
    expect(bounced).toHaveLength(400 - sent);
    expect(sent).toBeLessThan(200);
    expect(bounced[0]).toMatchObject({ via: Via.queue, bounce_class: 'other', reply: 'Bounced by ops@example.org: closed for good' });
    expect(sink.messages).toHaveLength(800 - bounced.length);
    const counters = (await readCounters(source.manager, [campaign.campaignId])).get(campaign.campaignId)!;
    expect(counters.get('bounced')!.get('other')).toBe(bounced.length);
    expect(await source.query('SELECT FROM suppressions WHERE workspace_id = $1', [campaign.workspaceId])).toEqual([]);
  });

  it('a workspace cancels its own mail, and that of nobody else', async () => {
    const [ours, theirs] = [await createCampaign(source), await createCampaign(source)];
    await enqueue(source, 9, ours, addresses(30));
    await enqueue(source, 9, theirs, addresses(40));
    expect(await admin.cancel({ workspaceId: ours.workspaceId, by: 'us' }, { everything: true })).toEqual({ changed: 30, inHand: 0 });
    expect(await outcomes(ours)).toEqual({ [Outcome.cancelled]: 30 });
    expect(await outcomes(theirs)).toEqual({});
    await expect(admin.cancel({ workspaceId: ours.workspaceId, by: 'us' }, { campaignId: theirs.campaignId })).rejects.toMatchObject({
      code: 'queue_selection_invalid',
    });
    await expect(admin.cancel({ workspaceId: ours.workspaceId, by: 'us' }, { workspaceId: theirs.workspaceId })).rejects.toMatchObject({
      code: 'queue_selection_invalid',
    });
  });

  it('concern what waits now: mail that is queued a moment later is sent', async () => {
    const sink = await sinkWith();
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(3, 'old.example'));
    await admin.suspend(operator, { campaignId: campaign.campaignId });
    await admin.cancel(operator, { campaignId: campaign.campaignId });
    await admin.resume(operator, { campaignId: campaign.campaignId });
    await enqueue(source, sink.port, campaign, addresses(3, 'new.example'));
    await start(sink.port);
    await finished(source, campaign.campaignId);
    expect(await outcomes(campaign)).toEqual({ [Outcome.cancelled]: 3, [Outcome.delivered]: 3 });
  });

  it('nothing is meant by saying nothing, nor by a name that never was', async () => {
    await expect(admin.bounce(operator, {})).rejects.toMatchObject({ code: 'queue_selection_empty' });
    await expect(admin.cancel({ workspaceId: null, by: 'x' }, {})).rejects.toMatchObject({ code: 'queue_selection_empty' });
    await expect(admin.suspend(operator, { site: 'mx:nowhere.example' })).rejects.toMatchObject({ code: 'site_not_found' });
    await expect(admin.show(operator, 'mx:nowhere.example')).rejects.toMatchObject({ code: 'site_not_found' });
    await expect(admin.retryNow(operator, { campaignId: 'C' })).rejects.toMatchObject({ code: 'queue_selection_invalid' });
  });
});

describe('the record of what operators did', () => {
  it('says who did what to which mail, and why, after the order itself is gone', async () => {
    await source.query('TRUNCATE audit_entries');
    const campaign = await createCampaign(source);
    await enqueue(source, 9, campaign, addresses(3));
    await admin.suspend(operator, { domain: 'example.com' }, { reason: 'wrong price' });
    await admin.resume(operator, { domain: 'example.com' });
    await admin.cancel({ workspaceId: campaign.workspaceId, by: 'ann' }, { everything: true }, 'enough');
    expect(await verifyAudit(source)).toMatchObject({ entries: 3, isIntact: true });
    expect((await listAudit(source, null, 9)).reverse()).toMatchObject([
      { actor: 'ops@example.org', action: 'queue.hold', target: 'domain example.com', detail: expect.stringContaining('wrong price') },
      { actor: 'ops@example.org', action: 'queue.resume', workspaceId: null, detail: expect.stringContaining('"changed":3') },
      { actor: 'ann', action: 'queue.cancel', target: 'all mail', workspaceId: campaign.workspaceId },
    ]);
  });
});

describe('retry now', () => {
  it('sends at once what was put off for hours', async () => {
    let isOpen = false;
    const sink = await sinkWith({ onRecipient: () => (isOpen ? undefined : '450 4.2.0 come back later') });
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(300));
    await start(sink.port, { retry: new RetryPolicy() });
    await eventually(
      () => outcomes(campaign),
      (seen) => seen[Outcome.deferred] === 300,
    );
    isOpen = true;
    await nothingComes(sink);
    expect(await admin.retryNow(operator, { domain: 'example.com' })).toMatchObject({ changed: 300 });
    await finished(source, campaign.campaignId);
    expect(sink.messages).toHaveLength(300);
  });

  it('has a running sender forget the suspension of a site', async () => {
    let isOpen = false;
    const sink = await sinkWith({ greeting: () => (isOpen ? '220 welcome' : '554 5.7.1 go away') });
    const campaign = await createCampaign(source);
    await enqueue(source, sink.port, campaign, addresses(20));
    // Suspended for as long as in production.
    await start(sink.port, { shaping: loopbackTrafficShaping({ timeScale: 1 }) });
    const [lane] = await eventually(
      () => admin.list(operator),
      ([seen]) => seen?.suspendedUntil != null && seen.leasedBy === null,
    );
    expect(lane!.reason).toContain('cannot be reached');
    isOpen = true;
    await nothingComes(sink);
    await admin.retryNow(operator, { site: lane!.site });
    await finished(source, campaign.campaignId);
    expect(sink.messages).toHaveLength(20);
    expect(await admin.list(operator)).toEqual([]);
  });
});
