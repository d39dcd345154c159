import { brotliDecompressSync } from 'node:zlib';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { silentLogger, systemActor } from '#base/kernel';
import { ApiKeyService, accountsEntities, ensureFirstRun } from '#domain/accounts';
import { audienceEntities } from '#domain/audience';
import { campaignsEntities } from '#domain/campaigns';
import { deliverabilityEntities } from '#domain/deliverability';
import { sendingEntities } from '#domain/sending';
import { templatesEntities } from '#domain/templates';
import type { BlobStore } from '#platform/blobs';
import type { JobTransport } from '#platform/jobs';
import { SecretBox } from '#platform/secrets';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { controllers } from './api.module.js';
import { createApp } from './create-app.js';
import { accessOf } from './http/access.guard.js';

const login = { email: 'admin@example.org', password: 'correct horse battery' };
let database: TestDatabase;
let source: DataSource;
let app: NestFastifyApplication;
let fullKey: string;
let sendingKey: string;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({
    entities: [
      ...accountsEntities,
      ...audienceEntities,
      ...templatesEntities,
      ...deliverabilityEntities,
      ...sendingEntities,
      ...campaignsEntities,
    ],
  });
  await ensureFirstRun(source, { adminEmail: login.email, adminPassword: login.password, seed: () => Promise.resolve() });
  const [{ id }] = await source.query('SELECT id FROM workspaces');
  const keys = new ApiKeyService(source);
  fullKey = (await keys.create(systemActor(id, 'test'), { name: 'full', scope: 'full' })).key;
  sendingKey = (await keys.create(systemActor(id, 'test'), { name: 'sending', scope: 'sending' })).key;
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

async function sessionCookie(): Promise<string> {
  const answer = await app.inject({ method: 'POST', url: '/v1/session', payload: login, headers: { host: 'localhost' } });
  expect(answer.statusCode).toBeLessThan(300);
  return String(answer.headers['set-cookie']).split(';')[0]!;
}

describe('access', () => {
  const routes = controllers.flatMap((controller) =>
    Object.entries(Object.getOwnPropertyDescriptors(controller.prototype))
      .map(([name, { value }]) => ({ controller, name, handler: value as object }))
      .filter(({ name, handler }) => name !== 'constructor' && Reflect.hasMetadata(PATH_METADATA, handler)),
  );

  it('there are routes to look at', () => expect(routes.length).toBeGreaterThan(25));

  it.each(routes.map((route) => [`${route.controller.name}.${route.name}`, route] as const))('%s declares who may call it', (_, route) => {
    expect(accessOf(route.handler) ?? accessOf(route.controller)).toMatch(/^(public|signed-in|sending)$/);
  });

  it.each(['/v1/campaigns', '/v1/lists', '/v1/imports', '/v1/templates', '/v1/status'])('%s answers nobody unknown', async (url) => {
    for (const headers of [{}, { authorization: 'Bearer ck_wrong_0000' }, { cookie: 'chapar_session=guess' }]) {
      const answer = await app.inject({ url, headers });
      expect(answer.statusCode).toBe(401);
      expect(answer.json()).toMatchObject({ statusCode: 401, name: expect.any(String), message: expect.any(String) });
    }
  });

  it('a key that may only send reads no lists', async () => {
    const answer = await app.inject({ url: '/v1/lists', headers: { authorization: `Bearer ${sendingKey}` } });
    expect(answer.json()).toMatchObject({ statusCode: 403, name: 'scope_too_small' });
  });

  it('a full key does', async () => {
    expect((await app.inject({ url: '/v1/lists', headers: { authorization: `Bearer ${fullKey}` } })).statusCode).toBe(200);
  });
});

describe('a session', () => {
  it('is a cookie that no script reads and no other site sends along', async () => {
    const answer = await app.inject({ method: 'POST', url: '/v1/session', payload: login, headers: { host: 'localhost' } });
    expect(String(answer.headers['set-cookie'])).toMatch(/HttpOnly/i);
    expect(String(answer.headers['set-cookie'])).toMatch(/SameSite=(Lax|Strict)/i);
  });

  it.each([
    [{ origin: 'https://evil.example' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ origin: 'http://localhost.evil.example' }],
  ])('changes nothing for another site: %o', async (headers) => {
    const cookie = await sessionCookie();
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/lists',
      payload: { name: 'From elsewhere' },
      headers: { host: 'localhost', cookie, ...headers },
    });
    expect(answer.json()).toMatchObject({ statusCode: 403, name: 'cross_site_refused' });
  });

  it('works for our own page, and ends with sign-out', async () => {
    const cookie = await sessionCookie();
    const headers = { host: 'localhost', cookie, origin: 'http://localhost', 'sec-fetch-site': 'same-origin' };
    expect((await app.inject({ method: 'POST', url: '/v1/lists', payload: { name: 'Ours' }, headers })).statusCode).toBe(201);
    await app.inject({ method: 'DELETE', url: '/v1/session', headers });
    expect((await app.inject({ url: '/v1/lists', headers })).statusCode).toBe(401);
  });

  it('a wrong password and an unknown user get the same words', async () => {
    const [wrong, unknown] = await Promise.all(
      [
        { ...login, password: 'not this one at all' },
        { ...login, email: 'nobody@example.org' },
      ].map((payload) => app.inject({ method: 'POST', url: '/v1/session', payload, headers: { host: 'localhost' } })),
    );
    expect(wrong!.statusCode).toBe(401);
    expect(unknown!.json<{ message: string }>().message).toBe(wrong!.json<{ message: string }>().message);
  });
});

describe('what strangers send to the sign-in', () => {
  it.each<[string, string, Record<string, string>, number]>([
    ['40 KB', JSON.stringify({ email: 'x'.repeat(40_000), password: 'x' }), {}, 413],
    ['10,000 levels', `{"email":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, {}, 422],
    ['a NUL', JSON.stringify({ email: 'admin\0@example.org', password: 'correct horse battery' }), {}, 422],
    ['a form', 'email=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ])('%s is refused', async (_, payload, headers, status) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/session',
      payload,
      headers: { host: 'localhost', 'content-type': 'application/json', ...headers },
    });
    expect(answer.statusCode, answer.body).toBe(status);
  });

  it('a NUL in an address is refused, whatever the route', async () => {
    for (const url of ['/v1/queue?domain=a%00b', '/v1/lists/a%00b'])
      expect((await app.inject({ url, headers: { authorization: `Bearer ${fullKey}` } })).statusCode, url).toBe(422);
  });
});

describe('the edge', () => {
  const full = () => ({ authorization: `Bearer ${fullKey}` });

  it('refuses unknown fields, broken JSON and wrong types with 4xx and words', async () => {
    for (const request of [
      { payload: { name: 'A', owner: 'me' } },
      { payload: '{"name":', headers: { 'content-type': 'application/json' } },
      { payload: { name: 17 } },
      { payload: { name: 'a\nb' } },
      { payload: {} },
    ]) {
      const answer = await app.inject({ method: 'POST', url: '/v1/lists', ...request, headers: { ...full(), ...request.headers } });
      expect(answer.statusCode, JSON.stringify(request)).toBeGreaterThanOrEqual(400);
      expect(answer.statusCode).toBeLessThan(500);
      expect(answer.json()).toMatchObject({ name: expect.any(String), message: expect.any(String), request_id: expect.any(String) });
    }
  });

  it('an id that is none is not found, not an error of ours', async () => {
    for (const url of [
      '/v1/campaigns/nope',
      '/v1/imports/nope',
      '/v1/templates/nope',
      '/v1/campaigns/00000000-0000-0000-0000-000000000000',
    ])
      expect((await app.inject({ url, headers: full() })).statusCode, url).toBe(404);
  });

  it('a path that is none is 404 as JSON, and tells nothing of the inside', async () => {
    const answer = await app.inject({ url: '/v1/nothing', headers: full() });
    expect(answer.statusCode).toBe(404);
    expect(answer.body).not.toMatch(/node_modules|\/dist\/|at .*\(/);
  });

  it('serves the web app under any of its addresses, under a policy that runs no foreign script and no foreign style', async () => {
    expect((await app.inject({ url: '/' })).headers['location']).toBe('/app/');
    const answer = await app.inject({ url: '/app/campaigns/1?step=review' });
    expect(answer.statusCode).toBe(200);
    const policy = String(answer.headers['content-security-policy']);
    const [, nonce] = /style-src 'self' 'nonce-([\w-]{22})'/.exec(policy)!;
    expect(answer.body).toContain(`content="${nonce}"`);
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect((await app.inject({ url: '/app' })).body).not.toContain(nonce!);
  });

  it('gives mail a document without rights, and only its own page may frame it', async () => {
    const answer = await app.inject({ url: '/preview' });
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("sandbox allow-scripts; default-src 'none'; script-src 'self'");
    expect(policy).toContain('img-src data:;');
    expect(policy).toContain("frame-ancestors 'self'");
    expect(String((await app.inject({ url: '/preview?pictures=yes' })).headers['content-security-policy'])).toContain(
      'img-src data: https:',
    );
  });

  it('serves the files of the web app, compressed for who takes it, and no other file', async () => {
    const plain = await app.inject({ url: '/assets/boot.js' });
    const brotli = await app.inject({ url: '/assets/boot.js', headers: { 'accept-encoding': 'gzip, br' } });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(brotli.headers['content-encoding']).toBe('br');
    expect(brotliDecompressSync(brotli.rawPayload).equals(plain.rawPayload)).toBe(true);
    expect(plain.headers['cache-control']).toBe('no-cache');
    for (const url of ['/assets/../api.js', '/assets/..%2f..%2fpackage.json', '/assets/preview.html', '/assets/constructor'])
      expect((await app.inject({ url })).statusCode, url).toBe(404);
  });

  it.each(['/openapi.json', '/health/live', '/metrics'])('%s answers', async (url) => {
    expect((await app.inject({ url })).statusCode).toBe(200);
  });
});
