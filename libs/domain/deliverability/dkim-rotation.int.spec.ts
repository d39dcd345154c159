import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { accountsEntities, ensureFirstRun } from '#domain/accounts';
import { type ActorContext, systemActor } from '#base/kernel';
import { listAudit } from '#platform/audit';
import { type HeaderField, serializeHeaders } from '#protocol/mime';
import { signDkim } from '#protocol/dkim';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { DkimRotation } from './dkim-rotation.js';
import { type SecretSealer, SigningKeys } from './dkim-keys.js';
import { DomainService, SANDBOX_DOMAIN } from './domain.service.js';
import { deliverabilityEntities } from './index.js';

const sealer: SecretSealer = {
  seal: (plaintext, aad) => Buffer.concat([Buffer.from(`${aad}|`), Buffer.from(plaintext)]),
  open: (sealed, aad) => Buffer.from(sealed).subarray(aad.length + 1),
};
const DAY_MS = 86_400_000;

let database: TestDatabase;
let source: DataSource;
let domains: DomainService;
let rotation: DkimRotation;
let context: ActorContext;
let now: Date;
let number = 0;
let name: string;
/** What is in DNS: exactly what the records say to add or keep. */
const zone = new Map<string, string>();
const dns = {
  resolveTxt: (record: string) =>
    Promise.resolve(zone.has(record) ? [[zone.get(record)!.slice(0, 100), zone.get(record)!.slice(100)]] : []),
};

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...deliverabilityEntities] });
  domains = new DomainService(source, sealer, 'mail.example.net');
  rotation = new DkimRotation(source, domains, sealer, { now: () => now });
  await ensureFirstRun(source, {
    adminPassword: 'a long password',
    seed: async (manager, actor) => void (await domains.addSandbox(manager, actor)),
  });
  const [{ id }] = await source.query('SELECT id FROM workspaces');
  context = systemActor(id, 'test');
});

afterAll(() => database.drop());

beforeEach(async () => {
  now = new Date();
  zone.clear();
  name = `shop${++number}.example`;
  await domains.add(context, name);
  await publish();
});

const dkimRecords = async () => (await domains.records(context, name)).filter(({ purpose }) => purpose === 'dkim');
const statesOf = async () =>
  Object.fromEntries(
    (await dkimRecords()).map(({ name: record, action, note }) => [record.split('.')[0], note ? `${action}: ${note}` : action]),
  );

async function publish(wanted: (record: string) => boolean = () => true): Promise<void> {
  for (const { name: record, value, action } of await dkimRecords()) {
    if (action === 'remove') zone.delete(record);
    else if (wanted(record)) zone.set(record, value);
  }
}

async function sign(): Promise<Buffer> {
  const set = await new SigningKeys(source, sealer).forDomain((await domains.getByName(context, name)).id);
  const headers: HeaderField[] = [
    { name: 'From', value: `hello@${name}` },
    { name: 'Subject', value: 'x' },
  ];
  const body = Buffer.from('text\r\n');
  const keys = set.keys.map((key) => ({ ...key, domain: set.domain }));
  const signatures = await signDkim({ headers, body: [body] }, keys, { timestamp: now });
  return Buffer.concat([Buffer.from(`${serializeHeaders([...signatures, ...headers])}\r\n`), body]);
}

async function verify(message: Buffer): Promise<Record<string, string>> {
  const resolver = (record: string) =>
    zone.has(record) ? Promise.resolve([[zone.get(record)!]]) : Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
  const { results } = await dkimVerify(message, { resolver });
  return Object.fromEntries(results.map(({ selector, status }) => [selector, status.result]));
}

describe('DKIM keys', () => {
  it('take turns while every message stays verifiable: next, active, retiring, removed', async () => {
    const before = await sign();
    expect(await rotation.begin(context, name)).toEqual({ isNew: true });
    expect(await statesOf()).toEqual({
      chapar2: 'add: the next key: it signs once this record is seen',
      chapar2e: 'add: the next key: it signs once this record is seen',
      chapar1: 'add',
      chapar1e: 'add',
    });
    // Not in DNS yet: the old keys sign on.
    expect(await rotation.advance(dns)).toEqual([]);
    expect(await verify(await sign())).toEqual({ chapar1: 'pass', chapar1e: 'pass' });

    await publish();
    expect(await rotation.advance(dns)).toHaveLength(4);
    const after = await sign();
    expect(await verify(after)).toEqual({ chapar2: 'pass', chapar2e: 'pass' });
    // What is on its way was signed with the old ones.
    expect(await verify(before)).toEqual({ chapar1: 'pass', chapar1e: 'pass' });
    expect((await statesOf())['chapar1']).toMatch(/^keep: replaced; mail on its way needs it until \d{4}-/);

    now = new Date(now.getTime() + 7 * DAY_MS - 1000);
    expect(await rotation.advance(dns)).toEqual([]);
    now = new Date(now.getTime() + 2000);
    expect(await rotation.advance(dns)).toHaveLength(2);
    expect((await statesOf())['chapar1']).toMatch(/^remove/);
    await publish();
    expect(await verify(after)).toEqual({ chapar2: 'pass', chapar2e: 'pass' });
    expect([...zone.keys()].sort()).toEqual([`chapar2._domainkey.${name}`, `chapar2e._domainkey.${name}`]);
    // The private halves of removed keys are forgotten.
    expect(await source.query(`SELECT length(private_key_sealed) AS n FROM dkim_keys WHERE state = 'removed'`)).toEqual([
      { n: 0 },
      { n: 0 },
    ]);
  });

  it('switch one algorithm at a time, as their records appear', async () => {
    await rotation.begin(context, name);
    await publish((record) => !record.startsWith('chapar2e'));
    expect((await rotation.advance(dns)).map(({ selector, to }) => `${selector} ${to}`)).toEqual(['chapar2 active', 'chapar1 retiring']);
    expect(await verify(await sign())).toEqual({ chapar2: 'pass', chapar1e: 'pass' });
  });

  it('do not switch to a record of another key, of half a key, or when DNS does not answer', async () => {
    await rotation.begin(context, name);
    for (const { name: record, value, action } of await dkimRecords()) if (action === 'add') zone.set(record, value.slice(0, -4));
    expect(await rotation.advance(dns)).toEqual([]);
    expect(await rotation.advance({ resolveTxt: () => Promise.reject(new Error('timeout')) })).toEqual([]);
  });

  it('are made once, however often it is asked for, and their selectors are never used again', async () => {
    await rotation.begin(context, name);
    expect(await rotation.begin(context, name)).toEqual({ isNew: false });
    await publish();
    await rotation.advance(dns);
    await rotation.begin(context, name);
    expect(Object.keys(await statesOf())).toContain('chapar3');
  });

  it('are replaced by schedule', async () => {
    await rotation.schedule(context, name, { everyDays: 90, overlapDays: 14 });
    expect(await rotation.beginDue()).toEqual([]);
    now = new Date(now.getTime() + 91 * DAY_MS);
    expect(await rotation.beginDue()).toEqual([name]);
    expect(await rotation.beginDue()).toEqual([]);
    await publish();
    await rotation.advance(dns);
    expect(await rotation.beginDue()).toEqual([]);
    await rotation.schedule(context, name, { everyDays: null });
    now = new Date(now.getTime() + 1000 * DAY_MS);
    expect(await rotation.beginDue()).toEqual([]);
  });

  it('leave a trail in the audit log', async () => {
    await rotation.begin(context, name);
    await publish();
    await rotation.advance(dns);
    const entries = (await listAudit(source, context.workspaceId, 100)).filter(({ target }) => target === name);
    expect(entries.map(({ actor, action }) => `${action} by ${actor}`).sort()).toEqual([
      'domain.dkim-rotate by system:test',
      'domain.dkim-switch by system:dkim-rotation',
      'domain.dkim-switch by system:dkim-rotation',
    ]);
  });

  it('of the sandbox, of other workspaces and on impossible schedules are refused', async () => {
    await expect(rotation.begin(context, SANDBOX_DOMAIN)).rejects.toMatchObject({ code: 'domain_is_sandbox' });
    await expect(rotation.begin(systemActor('018f0000-0000-7000-8000-000000000000', 'x'), name)).rejects.toMatchObject({
      code: 'domain_not_found',
    });
    for (const schedule of [{ everyDays: 1 }, { everyDays: 1.5 }, { overlapDays: 0 }, { overlapDays: 365 }])
      await expect(rotation.schedule(context, name, schedule)).rejects.toMatchObject({ code: 'dkim_schedule_invalid' });
  });

  it('that are new hold no verified domain back', async () => {
    const mx = { resolveTxt: dns.resolveTxt, resolveMx: () => Promise.resolve([{ exchange: 'mail.example.net', priority: 10 }]) };
    zone.set(`bounces.${name}`, 'v=spf1 a:mail.example.net -all');
    expect((await domains.verify(context, name, mx)).status).toBe('verified');
    await rotation.begin(context, name);
    expect((await domains.verify(context, name, mx)).status).toBe('verified');
  });
});
