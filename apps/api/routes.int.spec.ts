import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { silentLogger, systemActor } from '#base/kernel';
import { ApiKeyService, accountsEntities, ensureFirstRun } from '#domain/accounts';
import type { BlobStore } from '#platform/blobs';
import type { JobTransport } from '#platform/jobs';
import { SecretBox } from '#platform/secrets';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { createApp } from './create-app.js';

const login = { email: 'admin@example.org', password: 'correct horse battery' };
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** All that answers without a session or a key. A new line here is a decision. */
const publicRoutes = [
  'DELETE /v1/session',
  'GET /',
  'GET /app',
  'GET /app*',
  'GET /assets/:file',
  'GET /docs',
  'GET /docs-yaml',
  'GET /docs/',
  'GET /docs/*',
  'GET /docs/LICENSE',
  'GET /docs/docs/swagger-ui-init.js',
  'GET /docs/errors',
  'GET /docs/index.html',
  'GET /docs/swagger-ui-init.js',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /openapi.json',
  'GET /preview',
  'GET /sample/campaign.json',
  'GET /sample/contacts.csv',
  'GET /sample/newsletter.mjml',
  'GET /v1/session',
  'POST /v1/session',
];
/** The API, under its version and, in the shape of Resend's, at the root. */
const apiRoute = / \/(v1|topics|webhooks|emails|domains|api-keys|suppressions|contacts|broadcasts|templates|compat)(\/|$)/;
/** Passed on to the tracker, whose tokens are the permission. */
const trackerRoute = /^[A-Z]+ \/[tu](\/\*?)*$/;

let database: TestDatabase;
let source: DataSource;
let app: NestFastifyApplication;
let routes: string[];
let sendingKey: string;
let cookie: string;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: accountsEntities });
  await ensureFirstRun(source, { adminEmail: login.email, adminPassword: login.password, seed: () => Promise.resolve() });
  const [{ id }] = await source.query('SELECT id FROM workspaces');
  sendingKey = (await new ApiKeyService(source).create(systemActor(id, 'test'), { name: 'sending', scope: 'sending' })).key;
  app = await createApp({
    dataSource: source,
    jobs: {} as unknown as JobTransport,
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
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.ready();
  routes = routesIn(fastify.printRoutes({ commonPrefix: false })).filter((route) => !trackerRoute.test(route));
  const answer = await app.inject({ method: 'POST', url: '/v1/session', payload: login, headers: { host: 'localhost' } });
  cookie = String(answer.headers['set-cookie']).split(';')[0]!;
});

afterAll(async () => {
  await app.close();
  await database.drop();
});

/** Reads the tree that Fastify prints: four characters a level, then the piece of the path and its methods. */
function routesIn(tree: string): string[] {
  const pieces: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent, piece, methods] = /^([│ ]*[├└]── )(\S+)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    if (indent === undefined) return [];
    const depth = indent.length / 4 - 1;
    pieces.splice(depth, Infinity, piece!);
    const path = pieces.join('');
    const verbs = methods?.split(', ').filter((method) => method !== 'HEAD' && method !== 'OPTIONS') ?? [];
    return verbs.map((method) => `${method} ${path.startsWith('/') ? path : `/${path}`}`);
  });
}

/** Of the send API: at the root too, with Resend's names of errors, and open to keys that may only send. */
const sendingRoute = /^[A-Z]+ (?:\/v1)?\/(?:emails|compat)(?:\/|$)/;
/** Errors in the shape of other services. */
const compatRoute = /^[A-Z]+ \/compat\//;
const sendRoute = /^[A-Z]+ (?:\/v1)?\/(?:emails|domains|api-keys)(?:\/|$)|^[A-Z]+ \/(?:suppressions|contacts|broadcasts|templates)(?:\/|$)/;
const closedRoutes = () => routes.filter((route) => !publicRoutes.includes(route));

async function ask(route: string, headers: Readonly<Record<string, string>>): Promise<string> {
  const [method, path] = route.split(' ') as [Method, string];
  const answer = await app.inject({ method, url: path.replace(/:\w+/g, '1'), headers: { host: 'localhost', ...headers } });
  return `${answer.statusCode} ${answer.json<{ name: string }>().name}`;
}

async function answersOf(which: readonly string[], headers: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const route of which) answers[route] = await ask(route, headers);
  return answers;
}

const all = (which: readonly string[], answer: string, sendAnswer: string) =>
  Object.fromEntries(
    which.map((route) => [
      route,
      compatRoute.test(route) ? answer.replace(/ .*/, ' undefined') : sendRoute.test(route) ? sendAnswer : answer,
    ]),
  );

describe('of all routes that the HTTP server knows, whoever registered them', () => {
  it('those that answer strangers are these', () => {
    expect(routes.filter((route) => publicRoutes.includes(route)).sort()).toEqual(publicRoutes);
    expect(closedRoutes().length).toBeGreaterThan(35);
    expect(closedRoutes().filter((route) => !apiRoute.test(route))).toEqual([]);
  });

  it('every other one wants a sign-in or a key', async () => {
    expect(await answersOf(closedRoutes(), {})).toEqual(all(closedRoutes(), '401 sign_in_required', '401 missing_api_key'));
  });

  it('none but those of the mail itself serves a key that may only send', async () => {
    const headers = { authorization: `Bearer ${sendingKey}` };
    const others = closedRoutes().filter((route) => !sendingRoute.test(route));
    expect(await answersOf(others, headers)).toEqual(all(others, '403 scope_too_small', '403 restricted_api_key'));
  });

  it.each<Record<string, string>>([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ])('none changes anything for a page of another site: %o', async (headers) => {
    const unsafe = routes.filter((route) => !route.startsWith('GET '));
    expect(unsafe.length).toBeGreaterThan(20);
    expect(await answersOf(unsafe, { cookie, ...headers })).toEqual(all(unsafe, '403 cross_site_refused', '403 security_error'));
  });

  it('the session that was tried is a good one', async () => {
    expect((await app.inject({ url: '/v1/session', headers: { cookie } })).statusCode).toBe(200);
  });
});
