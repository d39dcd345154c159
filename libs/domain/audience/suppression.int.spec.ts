import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { type ActorContext, systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import {
  ContactService,
  ListService,
  MembershipService,
  SuppressionService,
  audienceEntities,
  countAudience,
  importSuppressions,
  sendableContacts,
} from './index.js';

let database: TestDatabase;
let source: DataSource;
let suppressions: SuppressionService;
let context: ActorContext;
let other: ActorContext;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...audienceEntities] });
  suppressions = new SuppressionService(source);
});

afterAll(() => database.drop());

beforeEach(async () => {
  [context, other] = await Promise.all([newWorkspace(), newWorkspace()]);
});

async function newWorkspace(): Promise<ActorContext> {
  const id = uuidv7();
  await source.query('INSERT INTO workspaces (id, name, slug) VALUES ($1, $2, $2)', [id, id]);
  return systemActor(id, 'test');
}

const reasonFor = async (address: string, stream: 'marketing' | 'transactional' = 'marketing') =>
  (await suppressions.find(context, address, stream))?.reason;

describe('a scope', () => {
  it('keeps an unsubscription away from receipts, and survives the end of a bounce', async () => {
    await suppressions.add(context, { address: 'sara@example.org', reason: 'unsubscribe' });
    expect(await reasonFor('sara@example.org')).toBe('unsubscribe');
    expect(await reasonFor('sara@example.org', 'transactional')).toBe(undefined);
    await suppressions.add(context, { address: 'sara@example.org', reason: 'hard-bounce' });
    expect(await reasonFor('sara@example.org', 'transactional')).toBe('hard-bounce');
    expect(await suppressions.remove(context, 'sara@example.org', 'all')).toBe(1);
    expect(await reasonFor('sara@example.org')).toBe('unsubscribe');
    expect((await suppressions.list(context, { scope: 'marketing' })).suppressions).toHaveLength(1);
    expect((await suppressions.list(context, { scope: 'all' })).suppressions).toHaveLength(0);
  });
});

describe('an end', () => {
  it('lets mail flow again, and only a later one replaces it', async () => {
    const soon = new Date(Date.now() + 3600_000);
    await suppressions.add(context, { address: 'a@example.org', reason: 'manual', expiresAt: soon });
    expect(await reasonFor('a@example.org')).toBe('manual');
    await suppressions.add(context, { address: 'a@example.org', reason: 'policy', expiresAt: new Date(Date.now() + 60_000) });
    expect((await suppressions.get(context, 'a@example.org'))[0]).toMatchObject({ reason: 'manual', expiresAt: soon });
    await source.query(`UPDATE suppressions SET expires_at = now() - interval '1 second' WHERE workspace_id = $1`, [context.workspaceId]);
    expect(await reasonFor('a@example.org')).toBe(undefined);
    expect(await suppressions.add(context, { address: 'a@example.org', reason: 'hard-bounce' })).toBe(false);
    expect(await reasonFor('a@example.org')).toBe('hard-bounce');
  });
});

describe('a pattern', () => {
  it.each([
    ['*@*.example.org', 'a@sub.example.org', 'a@example.org'],
    ['noreply*@shop.example', 'noreply-7@shop.example', 'reply@shop.example'],
    ['a_b*@shop.example', 'a_bc@shop.example', 'axbc@shop.example'],
    ['@*.gone.example', 'x@mail.gone.example', 'x@gone.example'],
  ])('%s holds for %s and not for %s', async (pattern, within, without) => {
    await suppressions.add(context, { address: pattern, reason: 'policy' });
    expect(await reasonFor(within)).toBe('policy');
    expect(await reasonFor(without)).toBe(undefined);
    expect(await suppressions.remove(context, pattern)).toBe(1);
  });

  it.each(['*@*', '*@*.*', '*', 'a b*@example.org', '*@'])('that says nothing is refused: %s', async (pattern) => {
    await expect(suppressions.add(context, { address: pattern, reason: 'manual' })).rejects.toMatchObject({ code: 'suppression_invalid' });
  });

  it('is one of at most a hundred', async () => {
    const patterns = Array.from({ length: 100 }, (_, at) => ({ address: `*@p${at}.*.example`, reason: 'manual' as const }));
    await suppressions.addMany(context, patterns);
    await expect(suppressions.add(context, { address: '*@more.*', reason: 'manual' })).rejects.toMatchObject({ code: 'suppression_limit' });
  });
});

describe('an override', () => {
  it('lets an address have mail against its domain, a pattern and a bounce, and against no complaint', async () => {
    await suppressions.addMany(context, [
      { address: '@example.org', reason: 'manual' },
      { address: '*ra@example.org', reason: 'manual' },
      { address: 'sara@example.org', reason: 'hard-bounce' },
      { address: 'nora@example.org', reason: 'complaint' },
    ]);
    await suppressions.allow(context, 'Sara@example.org', { note: 'she asked' });
    await suppressions.allow(context, 'nora@example.org');
    expect(await reasonFor('sara@example.org')).toBe(undefined);
    expect(await reasonFor('nora@example.org')).toBe('complaint');
    expect(await reasonFor('tara@example.org')).toBe('manual');
    expect(await suppressions.listAllowed(context)).toHaveLength(2);
    expect(await suppressions.disallow(context, 'sara@example.org')).toBe(true);
    expect(await reasonFor('sara@example.org')).toBe('manual');
    await expect(suppressions.allow(context, '@example.org')).rejects.toMatchObject({ code: 'suppression_invalid' });
  });
});

it('many are asked for at once, each by its own nearest reason, and none of another workspace', async () => {
  await suppressions.addMany(context, [
    { address: '@example.org', reason: 'policy' },
    { address: 'a@example.org', reason: 'complaint' },
  ]);
  await suppressions.add(other, { address: 'b@example.net', reason: 'manual' });
  const found = await suppressions.check(
    context,
    ['A@Example.org', 'b@example.org', 'b@example.net', 'nonsense', 'A@Example.org'],
    'transactional',
  );
  expect([...found].map(([address, { reason }]) => [address, reason])).toEqual([
    ['A@Example.org', 'complaint'],
    ['b@example.org', 'policy'],
  ]);
});

it('the audience of a campaign is judged as single addresses are', async () => {
  const lists = new ListService(source);
  const list = await lists.create(context, { name: 'Readers' });
  const contacts = new ContactService(source);
  const memberships = new MembershipService(source);
  const emails = ['plain@a.example', 'bounced@a.example', 'left@a.example', 'x@gone.example', 'let@gone.example', 'y@sub.pattern.example'];
  for (const email of [...emails, 'ended@a.example', 'twice@a.example'])
    await memberships.subscribe(context, list.id, (await contacts.create(context, { email })).id);
  await suppressions.addMany(context, [
    { address: 'bounced@a.example', reason: 'hard-bounce' },
    { address: 'left@a.example', reason: 'unsubscribe' },
    { address: 'twice@a.example', reason: 'unsubscribe' },
    { address: 'twice@a.example', reason: 'complaint' },
    { address: '@gone.example', reason: 'manual' },
    { address: '*@*.pattern.example', reason: 'manual' },
    { address: 'ended@a.example', reason: 'manual', expiresAt: new Date(Date.now() - 1_000) },
  ]);
  await suppressions.allow(context, 'let@gone.example');
  const audience = { include: { lists: [list.id] }, exclude: { lists: [] } };
  const { sql, parameters } = sendableContacts(context, audience);
  const rows = (await source.query(`SELECT email FROM contacts WHERE id IN (${sql}) ORDER BY email`, [...parameters])) as {
    email: string;
  }[];
  expect(rows.map(({ email }) => email)).toEqual(['ended@a.example', 'let@gone.example', 'plain@a.example']);
  expect(await countAudience(source, context, audience)).toMatchObject({ selected: 8, suppressed: 5, sendable: 3 });
});

describe('a file', () => {
  const read = (text: string, options = {}) => importSuppressions(suppressions, context, Readable.from([Buffer.from(text)]), options);
  const all = async () =>
    Object.fromEntries(
      (await suppressions.list(context)).suppressions.map(({ address, reason, scope }) => [address, `${reason} ${scope}`]),
    );

  it('of plain lines', async () => {
    await suppressions.add(context, { address: 'known@example.org', reason: 'complaint' });
    expect(await read('\ufeffemail\n"A@example.org"\nknown@example.org\n\n@gone.example\nnonsense\na@EXAMPLE.org\n')).toEqual({
      added: 2,
      existing: 2,
      skipped: 0,
      rejected: [{ line: 6, text: 'nonsense' }],
      rejectedTotal: 1,
    });
    expect(await read('b@example.org\nc@example.org,COMPLAINT\n')).toMatchObject({ added: 2 });
    expect(await all()).toMatchObject({ 'b@example.org': 'manual all', 'c@example.org': 'complaint all', '@gone.example': 'manual all' });
  });

  it.each<[string, string, Record<string, string>]>([
    [
      'listmonk',
      'uuid,email,name,attributes,status,created_at,updated_at\n1,on@example.org,On,"{}",enabled,x,y\n2,off@example.org,Off,"{""a"": 1}",blocklisted,x,y\n',
      { 'off@example.org': 'manual all' },
    ],
    [
      'Postmark',
      'EmailAddress,SuppressionReason,Origin,CreatedAt\na@example.org,HardBounce,Recipient,2030-01-01\nb@example.org,SpamComplaint,Recipient,2030-01-01\nc@example.org,ManualSuppression,Customer,2030-01-01\n',
      { 'a@example.org': 'hard-bounce all', 'b@example.org': 'complaint all', 'c@example.org': 'manual all' },
    ],
    [
      'SendGrid bounces',
      'status,reason,email,created\n5.1.1,"550 5.1.1 The email account, that you tried",a@example.org,1700000000\n',
      { 'a@example.org': 'hard-bounce all' },
    ],
    [
      'Mailgun',
      'address,code,error,created_at\na@example.org,550,No such mailbox,"Fri, 21 Oct 2030"\n',
      { 'a@example.org': 'hard-bounce all' },
    ],
    [
      'SES',
      '{"SuppressedDestinationSummaries": [{"EmailAddress": "a@example.org", "Reason": "BOUNCE", "LastUpdateTime": 1}, {"EmailAddress": "b@example.org", "Reason": "COMPLAINT"}]}',
      { 'a@example.org': 'hard-bounce all', 'b@example.org': 'complaint all' },
    ],
    [
      'SES, one a line',
      '{"emailAddress":"a@example.org","reason":"BOUNCE"}\n\n{"emailAddress":"b@example.org","reason":"COMPLAINT"}\n',
      {
        'a@example.org': 'hard-bounce all',
        'b@example.org': 'complaint all',
      },
    ],
  ])('of %s', async (_, text, expected) => {
    await read(text, { reason: 'hard-bounce' });
    expect(await all()).toEqual(expected);
  });

  it('of unsubscriptions, as its caller says', async () => {
    await read('email,created\na@example.org,1700000000\n', { reason: 'unsubscribe' });
    expect(await all()).toEqual({ 'a@example.org': 'unsubscribe marketing' });
  });
});
