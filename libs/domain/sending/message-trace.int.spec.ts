import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { DeliveryKind, EventKind, MailClass, Outcome, Via } from '#base/contracts';
import { SmtpSink, type SmtpSinkOptions } from '#testing/smtp-sink';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import type { DeliveryEngine } from './delivery-engine.js';
import { messageIdOf } from './message-builder.js';
import { traceMessage } from './message-trace.js';
import { QueueAdmin } from './queue-admin.js';
import { RetryPolicy } from './retry-schedule.policy.js';
import { type EngineOverrides, createCampaign, engineTo, enqueue, eventually, finished, sendingDomain } from './sending.fixture.js';

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

async function start(port: number, overrides: EngineOverrides = {}): Promise<void> {
  const engine = engineTo(source, port, overrides);
  running.engines.push(engine);
  await engine.start();
}

const anywhere = { workspaceId: null };

describe('the trace of a message', () => {
  it('tells every attempt with its reply, and the dialogue of those that were not accepted', async () => {
    let tries = 0;
    const sink = await sinkWith({ onRecipient: () => (++tries === 1 ? '450 4.2.0 greylisted, come back later' : undefined) });
    const campaign = await createCampaign(source);
    const [id] = await enqueue(source, sink.port, campaign, ['ann@example.com']);
    await start(sink.port);
    await finished(source, campaign.campaignId);
    const [trace] = await traceMessage(source, campaign, id!);
    expect(trace).toMatchObject({
      id,
      messageId: messageIdOf(id!, sendingDomain),
      email: 'ann@example.com',
      kind: 'campaign',
      campaign: { id: campaign.campaignId, name: 'C', status: 'sending' },
      state: 'delivered',
      queue: null,
      suppression: null,
    });
    const [deferred, delivered] = trace!.attempts;
    expect(deferred).toMatchObject({
      number: 1,
      outcome: 'deferred',
      via: 'smtp',
      smtpCode: 450,
      enhancedCode: '4.2.0',
      tls: { policy: 'opportunistic' },
    });
    expect(deferred!.mx).toMatch(/127\.0\.0\.1/);
    expect(deferred!.durationMs).toBeGreaterThanOrEqual(0);
    expect(deferred!.transcript).toMatch(/^S: 220 .*\nC: EHLO mta\.example\.org\n/);
    expect(deferred!.transcript).toContain('C: RCPT TO:<ann@example.com>\nS: 450 4.2.0 greylisted, come back later');
    expect(deferred!.transcript).not.toContain('Hello');
    expect(delivered).toMatchObject({ number: 2, outcome: 'delivered', transcript: null });
  });

  it('keeps the dialogue of a conversation that broke', async () => {
    const sink = await sinkWith({ onMessage: () => 'drop' });
    const campaign = await createCampaign(source);
    const [id] = await enqueue(source, sink.port, campaign, ['lost@example.com']);
    await start(sink.port);
    await finished(source, campaign.campaignId);
    const [trace] = await traceMessage(source, campaign, id!);
    expect(trace!.state).toBe('unknown');
    expect(trace!.attempts[0]!.transcript).toMatch(/\[no answer\]\n\[.+\]$/);
  });

  it('finds it by id, by Message-ID with and without brackets, and by address in any case', async () => {
    const campaign = await createCampaign(source);
    const [id] = await enqueue(source, 9, campaign, ['Bea@Example.com']);
    const messageId = messageIdOf(id!, sendingDomain);
    for (const query of [id!, messageId, messageId.slice(1, -1), 'bea@example.COM', ` ${id} `])
      expect((await traceMessage(source, campaign, query)).map((one) => one.id)).toEqual([id]);
    expect((await traceMessage(source, anywhere, 'bea@example.com')).map((one) => one.id)).toContain(id);
  });

  it('finds mail to a contact by its address, the newest first, and none of another workspace', async () => {
    const [ours, theirs] = [await createCampaign(source), await createCampaign(source)];
    const own = [];
    for (const campaign of [ours, ours, theirs]) {
      const [id] = await enqueue(source, 9, campaign, ['carl@example.com']);
      const [{ contact }] = (await source.query(
        `INSERT INTO contacts (workspace_id, email, email_key) VALUES ($1, 'carl@example.com', 'carl@example.com')
         ON CONFLICT (workspace_id, email_key) DO UPDATE SET email = excluded.email RETURNING id AS contact`,
        [campaign.workspaceId],
      )) as [{ contact: string }];
      await source.query('UPDATE deliveries SET contact_id = $2 WHERE id = $1', [id, contact]);
      if (campaign === ours) own.unshift(id);
      else await expect(traceMessage(source, ours, id!)).rejects.toMatchObject({ code: 'message_not_found' });
    }
    expect((await traceMessage(source, ours, 'carl@example.com')).map(({ id }) => id)).toEqual(own);
    expect(await traceMessage(source, anywhere, 'carl@example.com')).toHaveLength(3);
  });

  it('says where it waits, for which attempt, and who holds it', async () => {
    const sink = await sinkWith({ onRecipient: () => '451 4.3.0 not today' });
    const campaign = await createCampaign(source);
    const [id] = await enqueue(source, sink.port, campaign, ['dora@example.com'], {
      kind: DeliveryKind.test,
      class: MailClass.transactional,
    });
    expect((await traceMessage(source, campaign, id!))[0]).toMatchObject({
      state: 'queued',
      kind: 'test',
      queue: { attempt: 1, heldBy: null },
    });
    await start(sink.port, { retry: new RetryPolicy() });
    await eventually(
      () => traceMessage(source, campaign, id!),
      ([trace]) => trace!.state === 'deferred' && trace!.queue !== null,
    );
    await new QueueAdmin(source).suspend({ workspaceId: null, by: 'ops' }, { campaignId: campaign.campaignId }, { reason: 'typo' });
    const [trace] = await traceMessage(source, campaign, id!);
    expect(trace!.queue).toMatchObject({ attempt: 2, isLeased: false, heldBy: 'ops: typo', site: expect.stringContaining('127.0.0.1') });
    expect(trace!.queue!.dueAt.getTime()).toBeGreaterThan(Date.now());
  });

  it('goes on to what came back: events, a late bounce, incoming mail and the suppression', async () => {
    const campaign = await createCampaign(source);
    const [id] = await enqueue(source, 9, campaign, ['eve@example.com']);
    const ids = [campaign.workspaceId, campaign.campaignId, id];
    await source.query(
      `INSERT INTO attempts (workspace_id, campaign_id, delivery_id, number, outcome, via, bounce_class, reply) VALUES
         ($1, $2, $3, 1, ${Outcome.delivered}, ${Via.smtp}, NULL, '250 ok'), ($1, $2, $3, 2, ${Outcome.bounced}, ${Via.dsn}, 'mailbox-full', '552 full')`,
      ids,
    );
    await source.query(
      `INSERT INTO events (workspace_id, campaign_id, delivery_id, kind, actor, link) VALUES ($1, $2, $3, ${EventKind.click}, 1, 3)`,
      ids,
    );
    await source.query(
      `INSERT INTO inbound_messages (workspace_id, campaign_id, delivery_id, kind, recipient, mail_from, subject, blob, size_bytes)
       VALUES ($1, $2, $3, 'bounce', 'b-x@y', '', 'Undeliverable', 'x', 1)`,
      ids,
    );
    await source.query(`INSERT INTO suppressions (workspace_id, address_key, reason) VALUES ($1, '@example.com', 'manual')`, [
      campaign.workspaceId,
    ]);
    expect((await traceMessage(source, campaign, id!))[0]).toMatchObject({
      state: 'bounced',
      attempts: [{ outcome: 'delivered' }, { outcome: 'bounced', via: 'dsn', bounceClass: 'mailbox-full' }],
      events: [{ kind: 'click', actor: 'human', link: 3 }],
      inbound: [{ kind: 'bounce', subject: 'Undeliverable' }],
      suppression: { address: '@example.com', reason: 'manual' },
    });
  });

  it('says what cannot be looked for, and what is not there', async () => {
    for (const query of ['', 'nobody', '<x@y@z>', `${'9'.repeat(30)}`])
      await expect(traceMessage(source, anywhere, query)).rejects.toMatchObject({ code: 'message_query_invalid' });
    for (const query of ['1', '<zzzzzzzzzzzz.chapar@example.org>', 'never@example.com'])
      await expect(traceMessage(source, anywhere, query)).rejects.toMatchObject({ code: 'message_not_found' });
  });
});
