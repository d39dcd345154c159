import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { systemActor } from '#base/kernel';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { ApiKeyService, type NewApiKey } from './api-key.service.js';
import { ensureFirstRun } from './first-run.js';
import { accountsEntities } from './index.js';
import { SessionService } from './session.service.js';
import { UserService } from './user.service.js';

let database: TestDatabase;
let source: DataSource;
const clock = { at: new Date('2026-11-23T10:00:00Z'), now: () => clock.at };
const admin = { email: 'Admin@Example.org', password: 'correct horse battery' };
const request = { ip: '192.0.2.1', userAgent: 'test' };

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: accountsEntities });
});

afterAll(() => database.drop());

it('sets an empty database up once, even when two starts race', async () => {
  const options = { adminEmail: admin.email, adminPassword: admin.password, seed: async () => undefined };
  const results = await Promise.all([ensureFirstRun(source, options), ensureFirstRun(source, options)]);
  expect(results.filter((result) => result !== undefined)).toEqual([{ email: admin.email, password: undefined }]);
  expect(await source.query('SELECT count(*)::int AS n FROM workspaces')).toEqual([{ n: 1 }]);
});

it('leaves nothing behind when a first run fails half way', async () => {
  const other = await createTestDatabase();
  const empty = await other.open({ entities: accountsEntities });
  const failing = ensureFirstRun(empty, { seed: () => Promise.reject(new Error('disk full')) });
  await expect(failing).rejects.toThrow('disk full');
  expect(await empty.query('SELECT (SELECT count(*) FROM workspaces)::int + (SELECT count(*) FROM users)::int AS n')).toEqual([{ n: 0 }]);
  await other.drop();
});

it('signs in whatever the case of the address, and ends the session on sign-out and on a new password', async () => {
  const sessions = new SessionService(source, clock);
  const first = await sessions.signIn({ ...request, email: 'ADMIN@example.ORG', password: admin.password });
  expect((await sessions.authenticate(first.token)).role).toBe('owner');
  await sessions.signOut(first.token);
  await expect(sessions.authenticate(first.token)).rejects.toMatchObject({ code: 'session_invalid' });
  const second = await sessions.signIn({ ...request, ...admin });
  await new UserService(source).resetPassword(admin.email, 'another long password');
  await expect(sessions.authenticate(second.token)).rejects.toMatchObject({ code: 'session_invalid' });
  await new UserService(source).resetPassword(admin.email, admin.password);
});

it('answers a wrong password and an unknown account alike, and makes guessers wait, not the owner', async () => {
  const sessions = new SessionService(source, clock);
  const attempt = (email: string, ip: string) => sessions.signIn({ email, password: 'wrong password!', ip, userAgent: '' });
  await sessions.signIn({ ...request, ...admin, ip: '2001:db8:a::1' });
  for (let i = 0; i < 50; i++) await expect(attempt(admin.email, `198.51.100.${i}`)).rejects.toMatchObject({ code: 'sign_in_refused' });
  await expect(sessions.signIn({ ...request, ...admin, ip: '203.0.113.5' })).rejects.toMatchObject({ code: 'sign_in_throttled' });
  // Its owner comes from a network that is known, and is not kept out.
  expect((await sessions.signIn({ ...request, ...admin, ip: '2001:db8:a::2' })).token).toBeTruthy();
  // Fifty at once from one network are no way around.
  const burst = await Promise.allSettled(Array.from({ length: 50 }, (_, i) => attempt(`nobody${i}@example.org`, '2001:db8::1')));
  const codes = burst.map((one) => (one.status === 'rejected' ? (one.reason as { code: string }).code : 'in'));
  expect(codes.filter((code) => code === 'sign_in_refused')).toHaveLength(10);
  expect(codes.filter((code) => code === 'sign_in_throttled')).toHaveLength(40);
  await expect(attempt('someone@example.org', '2001:db8::ffff')).rejects.toMatchObject({ code: 'sign_in_throttled' });
  clock.at = new Date(clock.at.getTime() + 16 * 60_000);
  await expect(attempt('someone@example.org', '2001:db8::ffff')).rejects.toMatchObject({ code: 'sign_in_refused' });
  expect((await sessions.signIn({ ...request, ...admin })).token).toBeTruthy();
});

it('knows a key by its secret, refuses it once revoked, and stores no secret', async () => {
  const keys = new ApiKeyService(source, 0);
  const [{ id }] = await source.query('SELECT id FROM workspaces');
  const created = await keys.create(systemActor(id, 'test'), { name: 'ci', scope: 'sending' });
  expect(await keys.authenticate(created.key)).toMatchObject({ context: { workspaceId: id }, scope: 'sending' });
  const [row] = await source.query('SELECT row_to_json(k)::text AS json FROM api_keys k WHERE id = $1', [created.id]);
  expect(row.json).not.toContain(created.key.split('_')[3]);
  const forged = created.key.slice(0, -1) + (created.key.endsWith('A') ? 'B' : 'A');
  await expect(keys.authenticate(forged)).rejects.toMatchObject({ code: 'api_key_invalid' });
  await source.query('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [created.id]);
  await expect(keys.authenticate(created.key)).rejects.toMatchObject({ code: 'api_key_invalid' });
});

describe('a key', () => {
  const secretOf = async (more: Partial<NewApiKey>) => {
    const [{ id }] = await source.query('SELECT id FROM workspaces');
    return new ApiKeyService(source).create(systemActor(id, 'test'), { name: 'ci', scope: 'full', ...more });
  };

  it('is over when its time is, and bound to its networks', async () => {
    const keys = new ApiKeyService(source);
    const past = await secretOf({ expiresAt: new Date(Date.now() - 1000) });
    await expect(keys.authenticate(past.key)).rejects.toMatchObject({ code: 'api_key_invalid' });
    const bound = await secretOf({ allowedNetworks: ['192.0.2.0/24', '2001:db8::/32'] });
    for (const ip of ['192.0.2.7', '::ffff:192.0.2.7', '2001:db8::1']) expect((await keys.authenticate(bound.key, ip)).id).toBe(bound.id);
    for (const ip of ['192.0.3.7', '2001:db9::1', undefined, 'unknown'])
      await expect(keys.authenticate(bound.key, ip)).rejects.toMatchObject({ code: 'api_key_network_refused' });
    await expect(secretOf({ allowedNetworks: ['192.0.2.0/99'] })).rejects.toMatchObject({ code: 'api_key_networks_invalid' });
  });

  it('notes its use, is listed without its secret, and is gone when revoked', async () => {
    const keys = new ApiKeyService(source);
    const { id, key } = await secretOf({ name: 'mine' });
    const { context } = await keys.authenticate(`SG.${key}`);
    const listed = (await keys.list(context)).find((one) => one.id === id)!;
    expect(listed).toMatchObject({ name: 'mine', lastUsedAt: expect.any(Date) });
    expect(JSON.stringify(listed)).not.toContain(key.split('_')[3]);
    await expect(keys.revoke(systemActor('018f0000-0000-7000-8000-000000000000', 'x'), id)).rejects.toMatchObject({
      code: 'api_key_not_found',
    });
    await keys.revoke(context, id);
    await expect(keys.authenticate(key)).rejects.toMatchObject({ code: 'api_key_invalid' });
  });
});
