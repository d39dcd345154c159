import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { type ActorContext, systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import {
  type AudienceSelection,
  ContactService,
  ListService,
  MembershipService,
  SuppressionService,
  audienceEntities,
  countAudience,
  exportContacts,
  membersOf,
  sendableContacts,
} from './index.js';

let database: TestDatabase;
let source: DataSource;
let lists: ListService;
let contacts: ContactService;
let memberships: MembershipService;
let suppressions: SuppressionService;
let context: ActorContext;
let other: ActorContext;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...audienceEntities] });
  lists = new ListService(source);
  contacts = new ContactService(source);
  memberships = new MembershipService(source);
  suppressions = new SuppressionService(source);
});

afterAll(() => database.drop());

beforeEach(async () => {
  context = await newWorkspace();
  other = await newWorkspace();
});

async function newWorkspace(): Promise<ActorContext> {
  const id = uuidv7();
  await source.query('INSERT INTO workspaces (id, name, slug) VALUES ($1, $2, $3)', [id, 'Test', id]);
  return systemActor(id, 'test');
}

it('has tables that are exactly what its entities say', async () => {
  const { upQueries } = await source.driver.createSchemaBuilder().log();
  const own = /contacts|lists|list_memberships|suppression|topic|contact_imports/;
  // TypeORM would name constraints its own way; their columns are what counts.
  const differences = upQueries.map(({ query }) => query).filter((query) => own.test(query) && !/ (ADD|DROP) CONSTRAINT /.test(query));
  expect(differences).toEqual([]);
});

describe('a list', () => {
  it('is found by its name whatever the case, and has the only list of that name', async () => {
    const list = await lists.create(context, { name: ' Été ' });
    expect(list).toMatchObject({ name: 'Été', optIn: 'single' });
    expect(await lists.findByName(context, 'E\u0301TE\u0301')).toEqual(list);
    await expect(lists.create(context, { name: 'été' })).rejects.toMatchObject({ code: 'list_exists' });
    await expect(lists.create(context, { name: 'a\nb' })).rejects.toMatchObject({ code: 'list_invalid' });
    const second = await lists.create(context, { name: 'Second' });
    await expect(lists.rename(context, second.id, 'ÉTÉ')).rejects.toMatchObject({ code: 'list_exists' });
    expect(await lists.rename(context, list.id, 'Summer')).toMatchObject({ id: list.id, name: 'Summer' });
    expect((await lists.list(context)).map((one) => one.name)).toEqual(['Second', 'Summer']);
  });

  it('counts its members by status, and leaves contacts behind when it goes', async () => {
    const list = await lists.create(context, { name: 'A' });
    const [a, b] = [await contacts.create(context, { email: 'a@example.org' }), await contacts.create(context, { email: 'b@example.org' })];
    await memberships.subscribe(context, list.id, a.id);
    await memberships.subscribe(context, list.id, b.id);
    await memberships.unsubscribe(context, list.id, b.id);
    expect((await lists.list(context))[0]!.members).toEqual({ subscribed: 1, unconfirmed: 0, unsubscribed: 1 });
    await lists.delete(context, list.id);
    await expect(lists.get(context, list.id)).rejects.toMatchObject({ code: 'list_not_found' });
    expect(await memberships.listsOf(context, a.id)).toEqual([]);
    expect(await contacts.get(context, a.id)).toEqual(a);
  });
});

describe('a contact', () => {
  it('is one, whatever the case of its address', async () => {
    const sara = await contacts.create(context, { email: 'Sara <Sara@EXAMPLE.org>', language: 'fa_ir', attributes: { visits: 3 } });
    expect(sara).toMatchObject({ email: 'Sara@example.org', language: 'fa-IR', attributes: { visits: 3 } });
    await expect(contacts.create(context, { email: 'SARA@example.org' })).rejects.toMatchObject({ code: 'contact_exists' });
    expect(await contacts.findByEmail(context, 'sara@example.ORG')).toEqual(sara);
    const reza = await contacts.create(context, { email: 'reza@example.org' });
    await expect(contacts.update(context, reza.id, { email: 'sara@example.org' })).rejects.toMatchObject({ code: 'contact_exists' });
    expect(await contacts.update(context, sara.id, { lastName: 'Moradi' })).toMatchObject({
      lastName: 'Moradi',
      language: 'fa-IR',
      attributes: { visits: 3 },
    });
  });

  it.each([
    { email: 'nobody' },
    { email: 'a@example.org', attributes: { constructor: 1 } as never },
    { email: 'a@example.org', attributes: { a: '\0' } },
    { email: 'a@example.org', language: '!!' },
    { email: 'a@example.org', admin: true } as never,
  ])('is refused when a value cannot be used: %j', async (input) => {
    await expect(contacts.create(context, input)).rejects.toMatchObject({ code: 'contact_invalid', details: [expect.anything()] });
  });

  it('is found page by page, by list, by status and by a part of its name', async () => {
    const list = await lists.create(context, { name: 'A' });
    for (let i = 0; i < 7; i++) {
      const contact = await contacts.create(context, { email: `p${i}@example.org`, firstName: i === 3 ? '100%_\\سارا' : `Person ${i}` });
      if (i < 5) await memberships.subscribe(context, list.id, contact.id);
    }
    const first = await contacts.list(context, { limit: 4 });
    const second = await contacts.list(context, { limit: 4, cursor: first.nextCursor! });
    expect([...first.contacts, ...second.contacts].map((contact) => contact.email)).toEqual(
      [6, 5, 4, 3, 2, 1, 0].map((i) => `p${i}@example.org`),
    );
    expect(second.nextCursor).toBe(null);
    expect((await contacts.list(context, { listId: list.id, status: 'subscribed' })).contacts).toHaveLength(5);
    expect((await contacts.list(context, { search: '0%_\\سا' })).contacts.map((contact) => contact.email)).toEqual(['p3@example.org']);
    expect((await contacts.list(context, { search: 'PERSON 6' })).contacts).toHaveLength(1);
  });
});

describe('a membership', () => {
  it('does not come back by itself after the person left', async () => {
    const list = await lists.create(context, { name: 'A' });
    const { id } = await contacts.create(context, { email: 'a@example.org' });
    await memberships.unsubscribe(context, list.id, id);
    expect(await memberships.subscribe(context, list.id, id)).toBe('unsubscribed');
    expect(await memberships.subscribe(context, list.id, id, { resubscribe: true })).toBe('subscribed');
    expect(await memberships.subscribe(context, list.id, id, { status: 'unconfirmed', resubscribe: true })).toBe('subscribed');
  });

  it('begins unconfirmed where people confirm themselves', async () => {
    const list = await lists.create(context, { name: 'A', optIn: 'double' });
    const { id } = await contacts.create(context, { email: 'a@example.org' });
    expect(await memberships.subscribe(context, list.id, id)).toBe('unconfirmed');
    expect(await memberships.subscribe(context, list.id, id, { status: 'subscribed' })).toBe('subscribed');
  });
});

describe('a suppression', () => {
  it('is of an address or of a domain, once, and a complaint outweighs other reasons', async () => {
    const add = (address: string, reason: 'hard-bounce' | 'complaint' | 'manual') => suppressions.add(context, { address, reason });
    expect(await add('Sara@Example.org', 'hard-bounce')).toBe(true);
    expect(await add('sara@example.ORG', 'manual')).toBe(false);
    expect(await suppressions.find(context, 'SARA@example.org')).toMatchObject({ address: 'sara@example.org', reason: 'hard-bounce' });
    expect(await add('sara@example.org', 'complaint')).toBe(false);
    expect(await suppressions.find(context, 'sara@example.org')).toMatchObject({ reason: 'complaint' });
    await add('@مثال.example', 'manual');
    expect(await suppressions.find(context, 'anyone@xn--mgbh0fb.example')).toMatchObject({ address: '@xn--mgbh0fb.example' });
    expect(await suppressions.find(context, 'anyone@sub.xn--mgbh0fb.example')).toBe(undefined);
    expect(await suppressions.remove(context, 'SARA@example.org')).toBe(1);
    expect(await suppressions.remove(context, 'sara@example.org')).toBe(0);
    await expect(add('nonsense', 'manual')).rejects.toMatchObject({ code: 'suppression_invalid' });
    await expect(add('@', 'manual')).rejects.toMatchObject({ code: 'suppression_invalid' });
  });
});

describe('an audience', () => {
  const both = (include: string[], exclude: string[] = []): AudienceSelection => ({
    include: { lists: include },
    exclude: { lists: exclude },
  });

  async function sendable(audience: AudienceSelection, as = context, range?: [string, string]): Promise<string[]> {
    const selection = sendableContacts(as, audience, range && { fromContactId: range[0], toContactId: range[1] });
    const rows = (await source.query(`SELECT email FROM contacts WHERE id IN (${selection.sql}) ORDER BY email`, [
      ...selection.parameters,
    ])) as { email: string }[];
    const plain = (await source.query(selection.sql, [...selection.parameters])) as unknown[];
    expect(plain).toHaveLength(rows.length);
    return rows.map((row) => row.email.split('@')[0]!);
  }

  it('is who may be sent to, and says of everyone else why not', async () => {
    const [a, b, c] = await Promise.all(['A', 'B', 'C'].map((name) => lists.create(context, { name })));
    const ids: Record<string, string> = {};
    const join = async (who: string, memberOf: Record<string, 'subscribed' | 'unconfirmed' | 'unsubscribed'>, domain = 'example.org') => {
      ids[who] ??= (await contacts.create(context, { email: `${who}@${domain}` })).id;
      for (const [list, status] of Object.entries(memberOf)) {
        if (status === 'unsubscribed') await memberships.unsubscribe(context, list, ids[who]);
        else await memberships.subscribe(context, list, ids[who], { status });
      }
    };
    await join('both', { [a!.id]: 'subscribed', [b!.id]: 'subscribed' });
    await join('one', { [a!.id]: 'subscribed' });
    await join('leftone', { [a!.id]: 'unsubscribed', [b!.id]: 'subscribed' });
    await join('leftall', { [a!.id]: 'unsubscribed', [b!.id]: 'unconfirmed' });
    await join('unconfirmed', { [a!.id]: 'unconfirmed' });
    await join('excluded', { [a!.id]: 'subscribed', [c!.id]: 'subscribed' });
    await join('leftexcluded', { [a!.id]: 'subscribed', [c!.id]: 'unsubscribed' });
    await join('bounced', { [a!.id]: 'subscribed' });
    await join('domain', { [b!.id]: 'subscribed' }, 'gone.example');
    await join('subdomain', { [b!.id]: 'subscribed' }, 'mx.gone.example');
    await join('elsewhere', { [c!.id]: 'subscribed' });
    await suppressions.add(context, { address: 'BOUNCED@example.org', reason: 'hard-bounce' });
    await suppressions.add(context, { address: '@gone.example', reason: 'manual' });
    // Another workspace's suppression is its own.
    await suppressions.add(other, { address: 'one@example.org', reason: 'manual' });

    const audience = both([a!.id, b!.id], [c!.id]);
    expect(await sendable(audience)).toEqual(['both', 'leftexcluded', 'leftone', 'one', 'subdomain']);
    expect(await countAudience(source, context, audience)).toEqual({
      selected: 10,
      unsubscribed: 1,
      unconfirmed: 1,
      excluded: 1,
      suppressed: 2,
      sendable: 5,
    });
    expect(await sendable(both([a!.id]))).toEqual(['both', 'excluded', 'leftexcluded', 'one']);
    expect(await countAudience(source, context, both([a!.id]))).toEqual({
      selected: 8,
      unsubscribed: 2,
      unconfirmed: 1,
      excluded: 0,
      suppressed: 1,
      sendable: 4,
    });
    expect(await sendable(audience, context, [ids['one']!, ids['subdomain']!])).toEqual(['leftexcluded', 'leftone', 'one']);
    expect(await sendable(both([]))).toEqual([]);
    const members = membersOf(audience);
    expect(await source.query(members.sql, [...members.parameters])).toHaveLength(8);
  });

  it('holds nobody of another workspace, even when its list is named', async () => {
    const theirs = await lists.create(other, { name: 'Theirs' });
    const { id } = await contacts.create(other, { email: 'x@example.org' });
    await memberships.subscribe(other, theirs.id, id);
    expect(await sendable(both([theirs.id]))).toEqual([]);
    expect(await countAudience(source, context, both([theirs.id]))).toMatchObject({ selected: 0, sendable: 0 });
    expect(await sendable(both([theirs.id]), other)).toEqual(['x']);
  });
});

async function collect(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

it('exports a list as CSV that a spreadsheet does not compute', async () => {
  const list = await lists.create(context, { name: 'A' });
  const add = async (input: Parameters<ContactService['create']>[1]) =>
    memberships.subscribe(context, list.id, (await contacts.create(context, input)).id);
  await add({ email: 'a@example.org', firstName: '=HYPERLINK("x")', attributes: { city: 'شیراز', 'na,me': { deep: [1] } } });
  await add({ email: '+b@example.org', lastName: 'Lee', attributes: { vip: true } });
  const left = await contacts.create(context, { email: 'left@example.org' });
  await memberships.unsubscribe(context, list.id, left.id);
  const read = async (options?: { status: 'subscribed' }) =>
    (await collect(exportContacts(source, context, list.id, options))).split('\r\n');
  expect(await read()).toEqual([
    '\ufeffemail,first_name,last_name,language,list_status,city,"na,me",vip',
    'a@example.org,"\'=HYPERLINK(""x"")",,,subscribed,شیراز,"{""deep"":[1]}",',
    "'+b@example.org,,Lee,,subscribed,,,true",
    'left@example.org,,,,unsubscribed,,,',
    '',
  ]);
  expect(await read({ status: 'subscribed' })).toHaveLength(4);
  await expect(collect(exportContacts(source, other, list.id))).rejects.toMatchObject({ code: 'list_not_found' });
});

it('keeps workspaces apart in every method', async () => {
  const list = await lists.create(context, { name: 'A' });
  const contact = await contacts.create(context, { email: 'a@example.org' });
  await memberships.subscribe(context, list.id, contact.id);
  await suppressions.add(context, { address: 'b@example.org', reason: 'manual' });
  const own = await lists.create(other, { name: 'A' });
  const refused: [() => Promise<unknown>, string][] = [
    [() => lists.get(other, list.id), 'list_not_found'],
    [() => lists.rename(other, list.id, 'B'), 'list_not_found'],
    [() => lists.delete(other, list.id), 'list_not_found'],
    [() => contacts.get(other, contact.id), 'contact_not_found'],
    [() => contacts.getByEmail(other, contact.email), 'contact_not_found'],
    [() => contacts.update(other, contact.id, { firstName: 'X' }), 'contact_not_found'],
    [() => contacts.delete(other, contact.id), 'contact_not_found'],
    [() => memberships.subscribe(other, own.id, contact.id), 'contact_not_found'],
    [() => memberships.subscribe(other, list.id, contact.id), 'list_not_found'],
    [() => memberships.unsubscribe(other, list.id, contact.id), 'list_not_found'],
  ];
  for (const [attempt, code] of refused) await expect(attempt()).rejects.toMatchObject({ code });
  expect((await contacts.list(other, { listId: list.id })).contacts).toEqual([]);
  expect(await memberships.listsOf(other, contact.id)).toEqual([]);
  expect(await suppressions.remove(other, 'b@example.org')).toBe(0);
  expect((await suppressions.list(other)).suppressions).toEqual([]);
  expect(await lists.get(context, list.id)).toEqual(list);
  expect(await contacts.get(context, contact.id)).toEqual(contact);
});
