import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { Outcome, Via } from '#base/contracts';
import { accountsEntities } from '#domain/accounts';
import { deliverabilityEntities } from '#domain/deliverability';
import { type ReplyRule, loopbackTrafficShaping, readDecisions } from '#domain/shaping';
import { readCounters } from '#domain/tracking';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { SmtpSink } from '#testing/smtp-sink';
import type { DeliveryEngine } from './delivery-engine.js';
import { sendingEntities } from './index.js';
import { QueueAdmin } from './queue-admin.js';
import { addresses, attemptsOf, createCampaign, engineTo, enqueue, eventually, finished } from './sending.fixture.js';

const scope = { workspaceId: null, by: 'a spec' };
const said = '554 5.7.1 Message rejected: contains a URL listed by SURBL';
let database: TestDatabase;
let source: DataSource;
let sink: SmtpSink;
let engine: DeliveryEngine;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ poolSize: 20, entities: [...accountsEntities, ...deliverabilityEntities, ...sendingEntities] });
});
afterEach(async () => {
  await engine.stop(2_000);
  await sink.close();
  await source.query('DELETE FROM batches; DELETE FROM queue_orders; DELETE FROM lanes; DELETE FROM domain_sites');
});
afterAll(() => database.drop());

/** Everything for `bad*` is refused with the token; one connection, so that there is a rest. */
async function prepare(of: 'campaign' | 'lane', afterPerHour: number): Promise<void> {
  const rule: ReplyRule = { name: 'listed', code: 5, text: /surbl/i, action: { kind: 'bounce-rest', of }, afterPerHour, sample: said };
  sink = await SmtpSink.listen({ onRecipient: (rcptTo) => (rcptTo.startsWith('bad') ? said : undefined) });
  const shaping = loopbackTrafficShaping({ timeScale: 1, shape: { connections: { start: 1, min: 1, max: 1 }, ratePerSecond: 60 } });
  engine = engineTo(source, sink.port, { shaping: { ...shaping, rules: [rule] } });
}

const bad = (count: number) => addresses(count).map((address) => `bad-${address}`);

describe('a reply after which the rest would be answered the same', () => {
  it('bounces what waits of its campaign with the reply as the reason, and nothing of others', async () => {
    await prepare('campaign', 3);
    const [listed, fine] = [await createCampaign(source), await createCampaign(source)];
    await enqueue(source, sink.port, listed, bad(600));
    await enqueue(source, sink.port, fine, addresses(60));
    await engine.start();
    await finished(source, listed.campaignId);
    await finished(source, fine.campaignId);
    const attempts = await attemptsOf(source, listed.campaignId);
    expect(attempts).toHaveLength(600);
    expect(new Set(attempts.map(({ outcome }) => outcome))).toEqual(new Set([Outcome.bounced]));
    const bySmtp = attempts.filter(({ via }) => via === Via.smtp);
    expect(bySmtp.length).toBeGreaterThanOrEqual(3);
    expect(bySmtp.length).toBeLessThan(400);
    const byQueue = attempts.filter(({ via }) => via === Via.queue);
    expect(byQueue[0]).toMatchObject({
      bounce_class: bySmtp[0]!.bounce_class,
      reply: `Bounced by the reply rule listed: it was answered ${said}`,
    });
    expect(new Set(byQueue.map(({ reply }) => reply)).size).toBe(1);
    expect((await attemptsOf(source, fine.campaignId)).filter(({ outcome }) => outcome === Outcome.delivered)).toHaveLength(60);
    const counters = (await readCounters(source.manager, [listed.campaignId])).get(listed.campaignId)!;
    expect(Object.fromEntries(counters.get('bounced')!)).toEqual({ [bySmtp[0]!.bounce_class!]: 600 });
    const [{ n: suppressed }] = (await source.query('SELECT count(*)::int AS n FROM suppressions WHERE workspace_id = $1', [
      listed.workspaceId,
    ])) as [{ n: number }];
    expect(suppressed).toBe(0);
    const [decision] = await eventually(
      () => readDecisions(source, attempts[0]!.lane_id),
      (decisions) => decisions.length > 0,
    );
    expect(decision).toMatchObject({
      kind: 'bounce-rest',
      reply: said,
      sentence: expect.stringMatching(
        /answered 554 5\.7\.1 .* at \d\d:\d\d UTC; what waits of the campaign is bounced: \d+ in the queue, and of \d+ with senders what is not on a connection$/,
      ),
      facts: { rule: 'listed', campaignId: listed.campaignId },
    });
    const audit = (await source.query(`SELECT actor, target FROM audit_entries WHERE action = 'queue.bounce'`)) as object[];
    expect(audit[0]).toMatchObject({ actor: 'the reply rule listed', target: expect.stringContaining(`campaign ${listed.campaignId}`) });
  });

  it('or all that waits in the lane, but not what an operator holds', async () => {
    await prepare('lane', 1);
    const [one, two, held] = [await createCampaign(source), await createCampaign(source), await createCampaign(source)];
    await enqueue(source, sink.port, held, addresses(20));
    await new QueueAdmin(source).suspend(scope, { campaignId: held.campaignId });
    await enqueue(source, sink.port, one, [...bad(1), ...addresses(600)]);
    await enqueue(source, sink.port, two, addresses(600));
    await engine.start();
    await finished(source, one.campaignId);
    await finished(source, two.campaignId);
    for (const { campaignId } of [one, two]) {
      const byQueue = (await attemptsOf(source, campaignId)).filter(({ outcome, via }) => outcome === Outcome.bounced && via === Via.queue);
      expect(byQueue.length).toBeGreaterThan(0);
    }
    expect(await attemptsOf(source, one.campaignId)).toHaveLength(601);
    expect(await attemptsOf(source, two.campaignId)).toHaveLength(600);
    expect(await attemptsOf(source, held.campaignId)).toEqual([]);
    const [{ n: waiting }] = (await source.query('SELECT sum(cardinality(delivery_ids))::int AS n FROM batches')) as [{ n: number }];
    expect(waiting).toBe(20);
  });
});
