import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { MailClass } from '#base/contracts';
import { silentLogger, systemActor } from '#base/kernel';
import { ApiKeyService, accountsEntities, ensureFirstRun } from '#domain/accounts';
import { enqueueDeliveries, sendingEntities } from '#domain/sending';
import type { JobTransport } from '#platform/jobs';
import { SecretBox } from '#platform/secrets';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import type { BlobStore } from '#platform/blobs';
import { createApp } from './create-app.js';

const admin = { email: 'admin@example.org', password: 'correct horse battery' };
let database: TestDatabase;
let source: DataSource;
let app: NestFastifyApplication;
let workspaceId: string;
let key: string;
let headers: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...sendingEntities] });
  await ensureFirstRun(source, { adminEmail: admin.email, adminPassword: admin.password, seed: () => Promise.resolve() });
  [{ id: workspaceId }] = await source.query('SELECT id FROM workspaces');
  key = (await new ApiKeyService(source).create(systemActor(workspaceId, 'test'), { name: 'robot', scope: 'full' })).key;
  app = await createApp({
    dataSource: source,
    jobs: { enqueue: () => Promise.resolve() } as unknown as JobTransport,
    nextHops: { resolve: () => Promise.reject(new Error('not needed')) },
    logger: silentLogger,
    dataDir: '/nonexistent',
    delivery: 'sandbox',
    publicUrl: 'http://localhost',
    secrets: new SecretBox(Buffer.alloc(32, 7)),
    trackerUrl: 'http://127.0.0.1:1',
    blobs: {} as unknown as BlobStore,
    fetchAttachment: () => Promise.reject(new Error('not needed')),
    recordLookup: { resolveTxt: () => Promise.resolve([]), resolveMx: () => Promise.resolve([]) },
    requestRate: 10_000,
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const answer = await app.inject({ method: 'POST', url: '/v1/session', payload: admin, headers: { host: 'localhost' } });
  headers = { host: 'localhost', cookie: String(answer.headers['set-cookie']).split(';')[0]! };
});

afterAll(async () => {
  await app.close();
  await database.drop();
});

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
const call = (method: Method, url: string, payload?: object, by = headers) =>
  app.inject({ method, url: `/v1/${url}`, headers: by, ...(payload && { payload }) });

describe('egress over HTTP', () => {
  it('is for administrators of the installation alone', async () => {
    const byKey = { authorization: `Bearer ${key}` };
    for (const [method, url, payload] of [
      ['GET', 'egress/sources'],
      ['POST', 'egress/sources', { name: 'evil' }],
      ['POST', 'egress/sources/default/disable'],
      ['DELETE', 'egress/sources/default'],
      ['GET', 'egress/pools'],
      ['PUT', 'egress/pools/default', { members: [{ source: 'default' }] }],
      ['GET', 'egress/streams'],
      ['PUT', 'egress/streams/bulk', { pool: 'default' }],
    ] as const)
      expect((await call(method, url, payload, byKey)).json(), url).toMatchObject({ statusCode: 403, name: 'operator_required' });
  });

  it('adds, changes and shows sources, and never a secret', async () => {
    const smarthost = { host: 'relay.example.org', port: 587, security: 'starttls', username: 'me', kind: 'smtp' };
    const added = await call('POST', 'egress/sources', { name: 'relay', helo: 'mail.example.org', smarthost, smarthostSecret: 'pencil' });
    expect(added.statusCode).toBe(201);
    expect(added.json()).toMatchObject({ object: 'egress_source', name: 'relay', state: 'active', has_smarthost_secret: true, pools: [] });
    const changed = await call('PATCH', 'egress/sources/relay', { localV4: '127.0.0.2', note: 'ours' });
    expect(changed.json()).toMatchObject({ local_v4: '127.0.0.2', note: 'ours', helo: 'mail.example.org', has_smarthost_secret: true });
    const list = await call('GET', 'egress/sources');
    expect(list.body).not.toContain('pencil');
    expect(list.json<{ data: { name: string }[] }>().data.map(({ name }) => name)).toEqual(['default', 'relay']);
  });

  it.each([
    ['an address of another machine', { localV4: '192.0.2.1' }, 'egress_address_missing'],
    ['a greeting that is no host name', { helo: 'localhost' }, 'validation_error'],
    [
      'a password in the clear',
      { smarthost: { host: 'r.example', port: 25, security: 'opportunistic', username: 'x' } },
      'validation_error',
    ],
    [
      'a user without a password',
      { smarthost: { host: 'r.example', port: 25, security: 'starttls', username: 'x' } },
      'egress_settings_invalid',
    ],
    [
      'a header within a header',
      { smarthost: { host: 'r.example', port: 25, security: 'none', headers: { X: 'a\r\nBcc: b' } } },
      'validation_error',
    ],
    ['HAProxy without an address', { proxy: { kind: 'haproxy', host: '127.0.0.1', port: 1 } }, 'egress_settings_invalid'],
    ['SES without a region', { smarthost: { host: 'r.example', port: 25, security: 'starttls', kind: 'ses' } }, 'validation_error'],
    ['a policy against its address', { localV4: '127.0.0.1', addressPolicy: 'v6-only' }, 'egress_settings_invalid'],
    ['a name of another', {}, 'egress_name_taken'],
  ])('refuses %s', async (what, payload, error) => {
    const answer = await call('POST', 'egress/sources', { name: what === 'a name of another' ? 'default' : 'odd', ...payload });
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.json<{ name: string }>().name).toBe(error);
  });

  it('maps streams to pools, and takes no pool away that is needed', async () => {
    await call('POST', 'egress/sources', { name: 'two', localV4: '127.0.0.2' });
    const pool = await call('PUT', 'egress/pools/news', { members: [{ source: 'two', weight: 3 }, { source: 'default' }] });
    expect(pool.json()).toMatchObject({
      name: 'news',
      overflow: false,
      members: [
        { source: 'default', weight: 1 },
        { source: 'two', weight: 3 },
      ],
    });
    const overflowing = await call('PUT', 'egress/pools/news', {
      members: [{ source: 'two', weight: 3 }, { source: 'default' }],
      overflow: true,
    });
    expect(overflowing.json()).toMatchObject({ overflow: true });
    await call('PUT', 'egress/streams/bulk', { pool: 'news' });
    const lines = await call('PUT', 'egress/streams/bulk', { pool: 'default', workspaceId });
    expect(lines.json<{ data: object[] }>().data).toMatchObject([
      { stream: 'bulk', workspace_id: null, pool: 'news' },
      { stream: 'transactional', workspace_id: null, pool: 'default' },
      { stream: 'bulk', workspace_id: workspaceId, pool: 'default' },
    ]);
    expect((await call('DELETE', 'egress/pools/news')).json()).toMatchObject({ statusCode: 409, name: 'egress_in_use' });
    expect((await call('DELETE', 'egress/pools/default')).json()).toMatchObject({ statusCode: 409 });
    expect((await call('PUT', 'egress/pools/x', { members: [{ source: 'none' }] })).json()).toMatchObject({ name: 'egress_not_found' });
    expect((await call('DELETE', `egress/streams/bulk?workspaceId=${workspaceId}`)).statusCode).toBe(200);
    expect((await call('DELETE', `egress/streams/bulk?workspaceId=${workspaceId}`)).statusCode).toBe(404);
    expect((await call('DELETE', 'egress/streams/bulk')).statusCode).toBe(200);
    expect((await call('DELETE', 'egress/pools/news')).statusCode).toBe(204);
  });

  it('warms a source up by a plan that is seen, changed, paused and removed', async () => {
    const byKey = { authorization: `Bearer ${key}` };
    expect((await call('GET', 'warmup', undefined, byKey)).json()).toMatchObject({ statusCode: 403, name: 'operator_required' });
    const made = await call('PUT', 'warmup', {
      source: 'two',
      site: 'google',
      ramp: { kind: 'factor', start: 50, factor: 2, cap: 10_000 },
    });
    expect(made.json()).toMatchObject({
      object: 'warmup_plan',
      source: 'two',
      site: 'google',
      state: 'active',
      step: 1,
      steps: 9,
      quota: 50,
    });
    const { id } = made.json<{ id: number }>();
    const changed = await call('PUT', 'warmup', { source: 'two', site: 'google', ramp: { kind: 'list', perDay: [100, 300] }, step: 2 });
    expect(changed.json()).toMatchObject({ id, step: 2, steps: 2, quota: 300 });
    expect((await call('POST', `warmup/${id}/pause`)).json()).toMatchObject({ state: 'paused' });
    expect((await call('POST', `warmup/${id}/resume`)).json()).toMatchObject({ state: 'active' });
    const shown = (await call('GET', `warmup/${id}`)).json<{ history: { kind: string; sentence: string }[] }>();
    expect(shown.history.map(({ kind }) => kind)).toEqual(['resumed', 'paused', 'changed', 'started']);
    expect(shown.history[1]!.sentence).toBe('two to google: day 1 of warm-up, 300 a day; paused by admin@example.org');
    expect((await call('GET', 'warmup')).json()).toMatchObject({ data: [{ id, reason: shown.history[0]!.sentence }] });
    const bad = await call('PUT', 'warmup', { source: 'two', ramp: { kind: 'list', perDay: [] } });
    expect(bad.json()).toMatchObject({ statusCode: 422, name: 'validation_error' });
    expect((await call('PUT', 'warmup', { source: 'nobody', ramp: { kind: 'list', perDay: [1] } })).json()).toMatchObject({
      name: 'warmup_not_found',
    });
    expect((await call('DELETE', `warmup/${id}`)).statusCode).toBe(204);
    expect((await call('DELETE', `warmup/${id}`)).json()).toMatchObject({ statusCode: 404, name: 'warmup_not_found' });
  });

  it('drains a source, moves its mail, and removes it when nothing needs it', async () => {
    await call('PUT', 'egress/pools/default', { members: [{ source: 'two' }] });
    await queue();
    await call('PUT', 'egress/pools/default', { members: [{ source: 'default' }, { source: 'two' }] });
    expect((await call('DELETE', 'egress/sources/two')).json()).toMatchObject({ name: 'egress_in_use' });
    expect((await call('POST', 'egress/sources/two/drain')).json()).toMatchObject({
      state: 'draining',
      moved: 2,
      moved_to: ['default'],
      left: 0,
    });
    expect((await call('DELETE', 'egress/sources/two')).statusCode).toBe(204);
    expect((await call('DELETE', 'egress/sources/default')).json()).toMatchObject({ name: 'egress_in_use' });
    const actions = (await source.query(`SELECT action FROM audit_entries WHERE target = 'egress source two' ORDER BY number`)) as {
      action: string;
    }[];
    expect(actions.map(({ action }) => action)).toEqual(['egress.source.add', 'egress.source.drain', 'egress.source.remove']);
  });

  it('moves mail: of a workspace only among its own sources', async () => {
    await call('POST', 'egress/sources', { name: 'foreign', localV4: '127.0.0.3' });
    const byKey = { authorization: `Bearer ${key}` };
    const move = { everything: true, toSource: 'foreign' };
    expect((await call('POST', 'queue/move', move, byKey)).json()).toMatchObject({ statusCode: 403, name: 'queue_move_refused' });
    expect((await call('POST', 'queue/move', { everything: true }, byKey)).statusCode).toBe(422);
    expect((await call('POST', 'queue/move', { ...move, scope: 'instance', reason: 'a test' })).json()).toEqual({ changed: 2, in_hand: 0 });
    expect((await call('POST', 'queue/move', { everything: true, toPool: 'default' }, byKey)).json()).toEqual({ changed: 2, in_hand: 0 });
  });
});

async function queue(): Promise<void> {
  await source.transaction(async (manager) => {
    const rows = (await manager.query(
      `INSERT INTO deliveries (workspace_id, kind, email) SELECT $1, 2, unnest($2::text[]) RETURNING id, email, split_part(email, '@', -1) AS domain`,
      [workspaceId, ['ann@example.com', 'bob@example.com']],
    )) as { id: string; domain: string; email: string }[];
    await enqueueDeliveries(
      manager,
      { workspaceId, campaignId: null, class: MailClass.transactional, expiresAt: new Date(Date.now() + 3600_000), deliveries: rows },
      { lookup: (domains) => Promise.resolve(new Map(domains.map((domain) => [domain, { site: 'mx:mx.example', provider: 'default' }]))) },
    );
  });
}
