import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { MailClass } from '#base/contracts';
import { silentLogger, systemActor, uuidv7 } from '#base/kernel';
import { ApiKeyService, UserService, accountsEntities, ensureFirstRun } from '#domain/accounts';
import { enqueueDeliveries, sendingEntities } from '#domain/sending';
import type { BlobStore } from '#platform/blobs';
import type { JobTransport } from '#platform/jobs';
import { SecretBox } from '#platform/secrets';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { createApp } from './create-app.js';

const admin = { email: 'admin@example.org', password: 'correct horse battery' };
const member = { email: 'member@example.org', password: 'staple battery horse' };
let database: TestDatabase;
let source: DataSource;
let app: NestFastifyApplication;
let workspaceId: string;
let key: string;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...sendingEntities] });
  await ensureFirstRun(source, { adminEmail: admin.email, adminPassword: admin.password, seed: () => Promise.resolve() });
  [{ id: workspaceId }] = await source.query('SELECT id FROM workspaces');
  key = (await new ApiKeyService(source).create(systemActor(workspaceId, 'test'), { name: 'robot', scope: 'full' })).key;
  const other = uuidv7();
  await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Other', 'other')`, [other]);
  await new UserService(source).create(member, { workspaceId: other, role: 'owner' });
  await queue(workspaceId, ['ann@example.com', 'bob@example.net']);
  await queue(other, ['eve@example.com']);
  app = await createApp({
    dataSource: source,
    jobs: { enqueue: () => Promise.resolve() } as unknown as JobTransport,
    nextHops: { resolve: () => Promise.reject(new Error('not needed')) },
    logger: silentLogger,
    dataDir: '/nonexistent',
    delivery: 'sandbox',
    blobs: {} as unknown as BlobStore,
    fetchAttachment: () => Promise.reject(new Error('not needed')),
    recordLookup: { resolveTxt: () => Promise.resolve([]), resolveMx: () => Promise.resolve([]) },
    requestRate: 10_000,
    publicUrl: 'http://localhost',
    secrets: new SecretBox(Buffer.alloc(32, 7)),
    trackerUrl: 'http://127.0.0.1:1',
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});

afterAll(async () => {
  await app.close();
  await database.drop();
});

async function queue(workspace: string, emails: readonly string[]): Promise<void> {
  await source.transaction(async (manager) => {
    const rows = (await manager.query(
      `INSERT INTO deliveries (workspace_id, kind, email) SELECT $1, 2, unnest($2::text[]) RETURNING id, split_part(email, '@', -1) AS domain`,
      [workspace, emails],
    )) as { id: string; domain: string }[];
    const lookup = (domains: readonly string[]) =>
      Promise.resolve(new Map(domains.map((domain) => [domain, { site: 'mx:mx.example', provider: 'default' }])));
    await enqueueDeliveries(
      manager,
      {
        workspaceId: workspace,
        campaignId: null,
        class: MailClass.transactional,
        expiresAt: new Date(Date.now() + 3600_000),
        deliveries: rows,
      },
      { lookup },
    );
  });
}

const byKey = () => ({ authorization: `Bearer ${key}` });

async function bySession(login: typeof admin): Promise<Record<string, string>> {
  const answer = await app.inject({ method: 'POST', url: '/v1/session', payload: login, headers: { host: 'localhost' } });
  return { host: 'localhost', cookie: String(answer.headers['set-cookie']).split(';')[0]! };
}

const get = (url: string, headers: Record<string, string>) => app.inject({ url, headers });
const post = (url: string, payload: object, headers: Record<string, string>) => app.inject({ method: 'POST', url, payload, headers });

describe('the queue over HTTP', () => {
  it('is one’s own: a workspace sees and touches its mail, whoever else’s lies in the same lane', async () => {
    const list = (await get('/v1/queue', byKey())).json<{ waiting: number; data: { id: string; site: string }[] }>();
    expect(list).toMatchObject({ waiting: 2, data: [{ site: 'mx:mx.example', waiting: 2 }] });
    expect((await get(`/v1/queue/${list.data[0]!.id}`, byKey())).json()).toMatchObject({ site: 'mx:mx.example', waiting: 2, orders: [] });
    const suspended = await post('/v1/queue/suspend', { site: 'mx:mx.example', reason: 'a pause' }, byKey());
    expect(suspended.statusCode).toBe(200);
    expect(suspended.json()).toMatchObject({
      changed: 2,
      in_hand: 0,
      order: { action: 'hold', ordered_by: 'API key robot', workspace_id: workspaceId },
    });
    const headers = await bySession(member);
    expect((await get('/v1/queue', headers)).json()).toMatchObject({ waiting: 1, data: [{ held: 0, reason: '' }], orders: [] });
    expect((await post('/v1/queue/resume', { everything: true }, headers)).json()).toEqual({ lifted: 0, changed: 0 });
    expect((await post('/v1/queue/resume', { everything: true }, byKey())).json()).toEqual({ lifted: 1, changed: 2 });
  });

  it('is all of it for an administrator of the installation who asks, and for nobody else', async () => {
    const headers = await bySession(admin);
    expect((await get('/v1/queue', headers)).json()).toMatchObject({ waiting: 2 });
    expect((await get('/v1/queue?scope=instance', headers)).json()).toMatchObject({ waiting: 3 });
    for (const others of [byKey(), await bySession(member)]) {
      expect((await get('/v1/queue?scope=instance', others)).json()).toMatchObject({ statusCode: 403, name: 'operator_required' });
      expect((await get('/v1/messages/ann@example.com/trace?scope=instance', others)).statusCode).toBe(403);
      for (const verb of ['suspend', 'resume', 'retry', 'bounce', 'cancel'])
        expect((await post(`/v1/queue/${verb}`, { scope: 'instance', everything: true }, others)).statusCode, verb).toBe(403);
    }
  });

  it('refuses what is not clear', async () => {
    expect((await post('/v1/queue/bounce', {}, byKey())).json()).toMatchObject({ statusCode: 422, name: 'queue_selection_empty' });
    expect((await post('/v1/queue/bounce', { campaignId: 'all' }, byKey())).statusCode).toBe(422);
    expect((await post('/v1/queue/suspend', { everything: true, until: 'soon' }, byKey())).statusCode).toBe(422);
    expect((await get('/v1/queue/mx:nowhere.example', byKey())).statusCode).toBe(404);
    expect((await post('/v1/queue/retry', { site: 'mx:nowhere.example' }, byKey())).statusCode).toBe(404);
    expect((await get('/v1/queue', {})).statusCode).toBe(401);
  });

  it('ends what waits, and the trace of the message says who did and why', async () => {
    expect((await get('/v1/messages/ann@example.com/trace', byKey())).json()).toMatchObject({
      data: [{ object: 'message_trace', email: 'ann@example.com', state: 'queued', queue: { site: 'mx:mx.example', attempt: 1 } }],
    });
    expect((await post('/v1/queue/retry', { domain: 'example.com' }, byKey())).json()).toEqual({ changed: 0, in_hand: 0 });
    expect((await post('/v1/queue/cancel', { domain: 'example.com', reason: 'sent twice' }, byKey())).json()).toEqual({
      changed: 1,
      in_hand: 0,
    });
    const trace = (await get('/v1/messages/ann@example.com/trace', byKey())).json<{ data: { id: string; queue: null }[] }>();
    expect(trace.data).toMatchObject([
      {
        state: 'cancelled',
        queue: null,
        attempts: [{ outcome: 'cancelled', via: 'queue', reply: 'Cancelled by API key robot: sent twice' }],
      },
    ]);
    expect((await get(`/v1/messages/${trace.data[0]!.id}/trace`, byKey())).json()).toEqual(trace);
    expect((await get(`/v1/messages/${trace.data[0]!.id}/trace`, await bySession(member))).statusCode).toBe(404);
    expect((await get('/v1/messages/eve@example.com/trace', byKey())).statusCode).toBe(404);
    expect((await get('/v1/queue', byKey())).json()).toMatchObject({ waiting: 1 });
  });
});
