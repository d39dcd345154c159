import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { Actor, EventKind, Outcome } from '#base/contracts';
import { type ActorContext, silentLogger, systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { EventRecorder } from '#domain/tracking';
import { SecretBox } from '#platform/secrets';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { WebhookDispatcher, WebhookLog, WebhookService, webhookEventTypes, webhooksEntities } from './index.js';

interface Received {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const secrets = new SecretBox(Buffer.alloc(32, 9));
const clock = { at: new Date(), now: () => clock.at };
const dns = { lookup: () => Promise.reject(new Error('no name is looked up here')) };

let database: TestDatabase;
let source: DataSource;
let receiver: Server;
let received: Received[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let context: ActorContext;
let service: WebhookService;
let log: WebhookLog;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...webhooksEntities] });
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    request.on('end', () => {
      received.push({ path: request.url!, headers: request.headers as Record<string, string>, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await database.drop();
});

beforeEach(async () => {
  received = [];
  answer = (_request, response) => response.writeHead(204).end();
  clock.at = new Date();
  const workspaceId = uuidv7();
  await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Shop', $2)`, [workspaceId, workspaceId]);
  context = systemActor(workspaceId, 'test');
  const rules = { allowsPrivate: true, ownHosts: [] };
  service = new WebhookService(source, secrets, rules, clock);
  log = new WebhookLog(source, clock);
});

// Endpoints of one test must not be dispatched in the next.
afterEach(() => source.query('DELETE FROM webhook_endpoints; DELETE FROM webhook_messages'));

const address = (path = '/hook') => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}${path}`;
const dispatcher = (more: object = {}) =>
  new WebhookDispatcher({
    dataSource: source,
    secrets,
    dns,
    rules: { allowsPrivate: true, ownHosts: [] },
    clock,
    logger: silentLogger,
    random: () => 0.5,
    ...more,
  });
const dispatch = () => dispatcher().dispatchDue();
const types = () => received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
const later = (ms: number) => (clock.at = new Date(clock.at.getTime() + ms));
const listen = (path?: string) => service.create(context, { url: address(path), events: [...webhookEventTypes] });

async function delivery(): Promise<string> {
  const [{ id }] = (await source.query(
    `INSERT INTO deliveries (workspace_id, kind, email) VALUES ($1, 2, 'ada@example.org') RETURNING id`,
    [context.workspaceId],
  )) as [{ id: string }];
  return id;
}

const attempt = (deliveryId: string, outcome: Outcome, more: { class?: string; reply?: string } = {}) =>
  source.query(`INSERT INTO attempts (workspace_id, delivery_id, number, outcome, bounce_class, reply) VALUES ($1, $2, 1, $3, $4, $5)`, [
    context.workspaceId,
    deliveryId,
    outcome,
    more.class ?? null,
    more.reply ?? '',
  ]);

describe('an endpoint', () => {
  it('is told of all that is committed, signed, and of nothing else', async () => {
    const { secret } = await listen();
    const id = await delivery();
    await attempt(id, Outcome.bounced, { class: 'invalid-recipient', reply: '550 5.1.1 unknown' });
    await source
      .transaction(async (manager) => {
        await manager.query(`INSERT INTO attempts (workspace_id, delivery_id, number, outcome) VALUES ($1, $2, 2, 1)`, [
          context.workspaceId,
          id,
        ]);
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    later(1000);
    await dispatch();
    expect(types()).toEqual(['email.sent', 'email.bounced']);
    const payload = new Webhook(secret).verify(received[1]!.body, received[1]!.headers);
    expect(payload).toMatchObject({
      type: 'email.bounced',
      data: {
        to: ['ada@example.org'],
        delivery_id: id,
        bounce: { type: 'Permanent', subType: 'invalid-recipient', message: '550 5.1.1 unknown' },
      },
    });
    await dispatch();
    expect(received).toHaveLength(2);
  });

  it('is told which message of the send API it was', async () => {
    await service.create(context, { url: address(), events: ['email.sent'] });
    const id = uuidv7();
    await source.query(
      `INSERT INTO messages (id, workspace_id, domain_id, sender, recipients, subject, message_id, tags, spool, size_bytes, expires_at)
       VALUES ($1, $2, $1, 'Shop <shop@example.org>', '{"to": ["ada@example.org"]}', 'Hi', '<x@example.org>', '[{"name": "kind", "value": "invoice"}]', '{}', 1, now())`,
      [id, context.workspaceId],
    );
    await source.query(`INSERT INTO deliveries (workspace_id, kind, email, message_id) VALUES ($1, 2, 'ada@example.org', $2)`, [
      context.workspaceId,
      id,
    ]);
    later(1000);
    await dispatch();
    expect(JSON.parse(received[0]!.body)).toMatchObject({
      data: { email_id: id, from: 'Shop <shop@example.org>', to: ['ada@example.org'], subject: 'Hi', tags: { kind: 'invoice' } },
    });
  });

  it('is told of mail that came in, with what it answers', async () => {
    await service.create(context, { url: address(), events: ['email.received'] });
    const deliveryId = await delivery();
    const answer = {
      deliveryId,
      kind: 'reply',
      from: 'ada@example.org',
      subject: 'Re: Hi',
      messageId: '<r@example.org>',
      snippet: 'Thanks!',
    };
    await source.query(`INSERT INTO outbox (workspace_id, topic, payload) VALUES ($1, 'email.received', $2), ($1, 'other.topic', '{}')`, [
      context.workspaceId,
      { ...answer, threadId: 't', attachments: [] },
    ]);
    later(1000);
    await dispatch();
    expect(received.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      {
        type: 'email.received',
        data: { delivery_id: deliveryId, from: 'ada@example.org', text: 'Thanks!', thread_id: 't', kind: 'reply' },
      },
    ]);
  });

  it('is told who opened and clicked, with the reason', async () => {
    await service.create(context, { url: address(), events: ['email.opened', 'email.clicked'] });
    const deliveryId = await delivery();
    const event = { workspaceId: context.workspaceId, deliveryId, actor: Actor.machine, actorReason: 'a privacy proxy', ip: '203.0.113.9' };
    await source.transaction((manager) => new EventRecorder().record(manager, [{ ...event, kind: EventKind.open }]));
    later(1000);
    await dispatch();
    expect(received.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { type: 'email.opened', data: { actor: 'machine', actor_reason: 'a privacy proxy', open: { ipAddress: '203.0.113.9' } } },
    ]);
  });

  it('hears what it asked for, and nothing of other workspaces', async () => {
    await service.create(context, { url: address(), events: ['email.delivered'] });
    const id = await delivery();
    await attempt(id, Outcome.deferred);
    await attempt(id, Outcome.delivered);
    const mine = context;
    const other = uuidv7();
    await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Other', $2)`, [other, other]);
    context = systemActor(other, 'test');
    await attempt(await delivery(), Outcome.delivered);
    context = mine;
    later(1000);
    await dispatch();
    expect(types()).toEqual(['email.delivered']);
  });

  it('that fails is tried again with the same id, and what came later waits behind it', async () => {
    await listen();
    const id = await delivery();
    await attempt(id, Outcome.deferred);
    await attempt(id, Outcome.delivered);
    let failures = 2;
    answer = (_request, response) => response.writeHead(failures-- > 0 ? 503 : 200).end('busy');
    later(1000);
    await dispatch();
    later(6_000);
    await dispatch();
    later(70_000);
    await dispatch();
    expect(types()).toEqual(['email.sent', 'email.sent', 'email.sent', 'email.delivery_delayed', 'email.delivered']);
    expect(new Set(received.slice(0, 3).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    const [webhook] = await service.list(context);
    const { entries } = await log.list(context, webhook!.id, { limit: 10 });
    const first = await log.show(context, webhook!.id, entries.at(-1)!.id);
    expect(first).toMatchObject({ type: 'email.sent', state: 'delivered', attempts: 3 });
    expect(first.tries.map(({ statusCode, response }) => [statusCode, response])).toEqual([
      [503, 'busy'],
      [503, 'busy'],
      [200, 'busy'],
    ]);
  });

  it('may ask for more time', async () => {
    await service.create(context, { url: address(), events: ['email.sent'] });
    await delivery();
    answer = (_request, response) => response.writeHead(429, { 'retry-after': '3600' }).end();
    later(1000);
    await dispatch();
    later(3599_000);
    await dispatch();
    expect(received).toHaveLength(1);
    later(2_000);
    await dispatch();
    expect(received).toHaveLength(2);
  });

  it('that takes nothing for three days is switched off and says why; switched on, it can have what it missed', async () => {
    const { webhook } = await service.create(context, { url: address(), events: ['email.sent'] });
    await delivery();
    answer = (_request, response) => response.writeHead(500).end();
    for (let day = 0; day < 8; day++) {
      later(12 * 3600_000);
      await dispatch();
    }
    expect(await service.get(context, webhook.id)).toMatchObject({ state: 'disabled', stateReason: expect.stringContaining('500') });
    expect((await log.list(context, webhook.id, { limit: 10 })).entries).toMatchObject([{ state: 'given_up' }]);
    const [{ audited }] = await source.query(
      `SELECT count(*)::int AS audited FROM audit_entries WHERE workspace_id = $1 AND action = 'webhook.disable'`,
      [context.workspaceId],
    );
    expect(audited).toBe(1);
    answer = (_request, response) => response.writeHead(200).end();
    await service.change(context, webhook.id, { state: 'enabled' });
    const span = { since: new Date(0), until: new Date(clock.at.getTime() + 1000), onlyFailed: true };
    expect(await log.replaySpan(context, webhook.id, span)).toBe(1);
    received = [];
    await dispatch();
    expect(types()).toEqual(['email.sent']);
    expect(await service.get(context, webhook.id)).toMatchObject({ state: 'enabled', failingSince: null });
  });

  it('that is gone is switched off at once', async () => {
    const { webhook } = await listen();
    await delivery();
    answer = (_request, response) => response.writeHead(410).end();
    later(1000);
    await dispatch();
    expect(await service.get(context, webhook.id)).toMatchObject({ state: 'disabled', stateReason: 'The receiver answered 410 Gone.' });
  });

  it('that does not answer holds up nobody else', async () => {
    await listen('/slow');
    await listen('/quick');
    const hanging: ServerResponse[] = [];
    answer = (request, response) => (request.url === '/slow' ? void hanging.push(response) : void response.writeHead(200).end());
    for (let i = 0; i < 15; i++) await delivery();
    later(1000);
    const round = dispatch();
    await expect.poll(() => received.filter(({ path }) => path === '/quick').length, { timeout: 10_000 }).toBe(15);
    expect(received.filter(({ path }) => path === '/slow').length).toBeLessThanOrEqual(10);
    answer = (_request, response) => response.writeHead(200).end();
    for (const response of hanging) response.writeHead(200).end();
    await round;
  });

  it('gets again what a process died with, once its time is up', async () => {
    await service.create(context, { url: address(), events: ['email.sent'] });
    await delivery();
    await source.query(`UPDATE webhook_messages SET attempts = 1, due_at = $1::timestamptz + interval '60 seconds'`, [clock.at]);
    await dispatch();
    expect(received).toHaveLength(0);
    later(61_000);
    await dispatch();
    expect(received).toHaveLength(1);
  });

  it('is not followed elsewhere, nor reached on this network where that is not allowed', async () => {
    const { webhook } = await service.create(context, { url: address(), events: ['email.sent'] });
    await delivery();
    answer = (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    later(1000);
    await dispatch();
    later(10_000);
    await dispatcher({ rules: { allowsPrivate: false, ownHosts: [] } }).dispatchDue();
    expect(received).toHaveLength(1);
    const [entry] = (await log.list(context, webhook.id, { limit: 1 })).entries;
    const { tries } = await log.show(context, webhook.id, entry!.id);
    expect(tries.map(({ error }) => error)).toEqual([expect.stringContaining('redirects'), expect.stringContaining('https://')]);
  });
});

describe('a webhook', () => {
  it('shows its secret once, keeps it sealed, and lets both verify while it is rotated', async () => {
    const { webhook, secret } = await listen();
    const [row] = await source.query('SELECT row_to_json(e)::text AS json, secret_sealed FROM webhook_endpoints e WHERE id = $1', [
      webhook.id,
    ]);
    expect((row.secret_sealed as Buffer).toString('latin1')).not.toContain(secret.slice(6, 20));
    expect(JSON.stringify(await service.get(context, webhook.id))).not.toContain('whsec_');
    const rotated = await service.rotateSecret(context, webhook.id, 1);
    await delivery();
    later(1000);
    await dispatch();
    for (const key of [secret, rotated.secret]) expect(new Webhook(key).verify(received[0]!.body, received[0]!.headers)).toBeTruthy();
    later(2 * 3600_000);
    await delivery();
    await dispatch();
    const last = received.at(-1)!;
    expect(last.headers['webhook-signature']!.split(' ')).toHaveLength(1);
  });

  it('can be tried with an event that did not happen', async () => {
    const { webhook, secret } = await listen();
    await log.sendTest(context, webhook.id, 'email.bounced');
    await dispatch();
    expect(new Webhook(secret).verify(received[0]!.body, received[0]!.headers)).toMatchObject({ type: 'email.bounced' });
    expect(received[0]!.headers['webhook-id']).toMatch(/^evt_test_/);
  });

  it('that is being deleted holds up no outcome, and what was meant for it is forgotten', async () => {
    const { webhook } = await listen();
    const deliveryId = await delivery();
    await source.transaction(async (manager) => {
      await manager.query('DELETE FROM webhook_endpoints WHERE id = $1', [webhook.id]);
      // On another connection: with a foreign key this would wait for the deletion, and fail after it.
      await attempt(deliveryId, Outcome.delivered);
    });
    later(1000);
    await dispatch();
    expect(received).toEqual([]);
    await dispatcher().forget(new Date(0));
    expect(await source.query('SELECT FROM webhook_messages WHERE endpoint_id = $1', [webhook.id])).toEqual([]);
  });

  it('of another workspace does not exist', async () => {
    const { webhook } = await listen();
    const stranger = systemActor(uuidv7(), 'stranger');
    const code = { code: 'webhook_not_found' };
    await expect(service.get(stranger, webhook.id)).rejects.toMatchObject(code);
    await expect(service.change(stranger, webhook.id, { events: ['email.sent'] })).rejects.toMatchObject(code);
    await expect(service.delete(stranger, webhook.id)).rejects.toMatchObject(code);
    await expect(service.rotateSecret(stranger, webhook.id)).rejects.toMatchObject(code);
    await expect(log.sendTest(stranger, webhook.id, 'email.sent')).rejects.toMatchObject(code);
    expect((await log.list(stranger, webhook.id, { limit: 10 })).entries).toEqual([]);
  });

  it('needs an address that may be used and events that exist, and there are at most ten', async () => {
    const strict = new WebhookService(source, secrets, { allowsPrivate: false, ownHosts: [] }, clock);
    await expect(strict.create(context, { url: 'https://127.0.0.1/', events: ['email.sent'] })).rejects.toMatchObject({
      code: 'webhook_invalid',
    });
    await expect(strict.create(context, { url: 'https://hooks.example.com/', events: ['email.eaten' as never] })).rejects.toMatchObject({
      details: [{ field: 'events.0' }],
    });
    const tries = await Promise.allSettled(Array.from({ length: 12 }, () => listen()));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });
});
