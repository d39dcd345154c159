import { createPublicKey, sign, verify } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { accountsEntities, ensureFirstRun } from '#domain/accounts';
import { type ActorContext, systemActor } from '#base/kernel';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { DomainService, type RecordLookup } from './domain.service.js';
import { SigningKeys, type SecretSealer } from './dkim-keys.js';
import { deliverabilityEntities } from './index.js';

/** Reversible and bound to its row, which is all this test asks of it; the real one has tests of its own. */
const sealer: SecretSealer = {
  seal: (plaintext, aad) => Buffer.concat([Buffer.from(`${aad}|`), Buffer.from(plaintext)]),
  open: (sealed, aad) => {
    const bytes = Buffer.from(sealed);
    if (!bytes.toString('latin1').startsWith(`${aad}|`)) throw new Error('sealed for another row');
    return bytes.subarray(aad.length + 1);
  },
};

let database: TestDatabase;
let source: DataSource;
let domains: DomainService;
let context: ActorContext;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...deliverabilityEntities] });
  domains = new DomainService(source, sealer, 'mail.example.net');
  await ensureFirstRun(source, {
    adminPassword: 'a long password',
    seed: async (manager, actor) => void (await domains.addSandbox(manager, actor)),
  });
  const [{ id }] = await source.query('SELECT id FROM workspaces');
  context = systemActor(id, 'test');
});

afterAll(() => database.drop());

it('signs with keys whose public halves are the ones to publish', async () => {
  const domain = await domains.add(context, 'Example.org.');
  const set = await new SigningKeys(source, sealer).forDomain(domain.id);
  const records = await domains.records(context, 'example.org');
  expect(set).toMatchObject({ domain: 'example.org', returnPathHost: 'bounces.example.org' });
  for (const key of set.keys) {
    const record = records.find((r) => r.name === `${key.selector}._domainkey.example.org`)!;
    const bytes = Buffer.from(record.value.split('p=')[1]!, 'base64');
    const der = key.algorithm === 'rsa-sha256' ? bytes : Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes]);
    const hash = key.algorithm === 'rsa-sha256' ? 'sha256' : null;
    const signature = sign(hash, Buffer.from('salam'), key.privateKey);
    expect(verify(hash, Buffer.from('salam'), createPublicKey({ key: der, type: 'spki', format: 'der' }), signature)).toBe(true);
  }
});

it('is verified only once every required record is found', async () => {
  const records = await domains.records(context, 'example.org');
  const zone = new Map<string, string[]>();
  const dns: RecordLookup = {
    resolveTxt: async (name) => (zone.get(`TXT ${name}`) ?? []).map((text) => [text.slice(0, 200), text.slice(200)]),
    resolveMx: async (name) =>
      (zone.get(`MX ${name}`) ?? []).map((text) => ({ priority: Number(text.split(' ')[0]), exchange: text.split(' ')[1]! })),
  };
  for (const record of records.filter((r) => r.required)) {
    expect((await domains.verify(context, 'example.org', dns)).status).toBe('pending');
    zone.set(`${record.type} ${record.name}`, [...(zone.get(`${record.type} ${record.name}`) ?? []), record.value]);
  }
  expect((await domains.verify(context, 'example.org', dns)).status).toBe('verified');
});

it('refuses what is no domain, a domain twice, and the domain of another workspace', async () => {
  for (const name of ['', 'localhost', 'a b.org', '192.0.2.1', 'x..org', '-a.org', 'evil.org\r\nX: y']) {
    await expect(domains.add(context, name)).rejects.toMatchObject({ code: 'domain_invalid' });
  }
  await expect(domains.add(context, 'EXAMPLE.org')).rejects.toMatchObject({ code: 'domain_exists' });
  await expect(domains.getByName(systemActor('018f0000-0000-7000-8000-000000000000', 'x'), 'example.org')).rejects.toMatchObject({
    code: 'domain_not_found',
  });
});
