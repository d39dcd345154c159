import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { EventKind } from '#base/contracts';
import { silentLogger, systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { TopicService, audienceEntities } from '#domain/audience';
import { TemplateService, templatesEntities } from '#domain/templates';
import { EngagementService, TrackingTokens, trackingEntities } from '#domain/tracking';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { createTracker } from './create-app.js';

const key = Buffer.alloc(32, 3);
const tokens = new TrackingTokens(key);
const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)';

let database: TestDatabase;
let source: DataSource;
let engagement: EngagementService;
let app: NestFastifyApplication;
let deliveryId: string;
let campaignId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...audienceEntities, ...templatesEntities, ...trackingEntities] });
  engagement = new EngagementService(source, silentLogger);
  app = await createTracker({ dataSource: source, engagement, trackingKey: key, publicUrl: 'http://localhost:3000', logger: silentLogger });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});

afterAll(async () => {
  await app.close();
  await database.drop();
});

/** A contact on one list, who got a campaign an hour ago. */
beforeEach(async () => {
  const [workspaceId, listId] = [uuidv7(), uuidv7()];
  campaignId = uuidv7();
  await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Shop', $2)`, [workspaceId, workspaceId]);
  await source.query(`INSERT INTO lists (id, workspace_id, name, name_key) VALUES ($1, $2, 'Readers', 'readers')`, [listId, workspaceId]);
  const [{ id: contactId }] = await source.query(
    `INSERT INTO contacts (workspace_id, email, email_key) VALUES ($1, 'sara@example.org', 'sara@example.org') RETURNING id`,
    [workspaceId],
  );
  await source.query(`INSERT INTO list_memberships (list_id, contact_id, status) VALUES ($1, $2, 'subscribed')`, [listId, contactId]);
  const template = await new TemplateService(source).create(systemActor(workspaceId, 'test'), {
    name: 'T',
    subject: 'S',
    source:
      '<mjml><mj-body><mj-section><mj-column><mj-text><a href="https://shop.example/a">a</a><a href="https://shop.example/{{path}}?x=1&amp;y=2">b</a><a href="{{site}}">c</a><a href="{{unsubscribe_url}}">u</a></mj-text></mj-column></mj-section></mj-body></mjml>',
  });
  await source.query(
    `INSERT INTO campaigns (id, workspace_id, name, status, template_id, template_version_id, audience)
     VALUES ($1, $2, 'C', 'sent', $3, $4, $5)`,
    [campaignId, workspaceId, template.id, template.version.id, { include: { lists: [listId] }, exclude: { lists: [] } }],
  );
  [{ id: deliveryId }] = await source.query(
    `INSERT INTO deliveries (workspace_id, campaign_id, contact_id, email, merge) VALUES ($1, $2, $3, 'sara@example.org', $4) RETURNING id`,
    [workspaceId, campaignId, contactId, { path: 'books', site: 'javascript:alert(1)' }],
  );
  await source.query(
    `INSERT INTO attempts (workspace_id, campaign_id, delivery_id, number, outcome, at) VALUES ($1, $2, $3, 1, 1, now() - interval '1 hour')`,
    [workspaceId, campaignId, deliveryId],
  );
});

const get = (url: string, headers: Record<string, string> = {}) =>
  app.inject({ method: 'GET', url, headers: { 'user-agent': phone, ...headers } });

async function counters(): Promise<Record<string, number>> {
  await engagement.drain();
  const rows: { metric: string; value: string }[] = await source.query(
    'SELECT metric, value FROM counters WHERE campaign_id = $1 AND value <> 0',
    [campaignId],
  );
  return Object.fromEntries(rows.map(({ metric, value }) => [metric, Number(value)]));
}

const membership = async () =>
  (await source.query(`SELECT m.status FROM list_memberships m JOIN deliveries d USING (contact_id) WHERE d.id = $1`, [deliveryId]))[0]
    .status;

describe('what visitors say about themselves', () => {
  it('an address that is none loses no open, neither theirs nor anybody else’s', async () => {
    const open = `/t/o/${tokens.sign('open', deliveryId)}.gif`;
    await get(open, { 'x-forwarded-for': 'unknown' });
    await get(open, { 'x-forwarded-for': '203.0.113.9' });
    expect(await counters()).toMatchObject({ opens_human_total: 2 });
  });

  it('a hit that the database refuses is left out, and the others are recorded', async () => {
    const hit = {
      method: 'GET',
      userAgent: phone,
      at: new Date(),
      kind: EventKind.open,
      deliveryId,
      link: 0,
      linksInMessage: 0,
      ip: null,
    } as const;
    engagement.accept({ ...hit, ip: 'not-an-address' });
    engagement.accept(hit);
    expect(await counters()).toMatchObject({ opens_human_total: 1 });
  });

  it('a one-click unsubscribe counts whatever its body and whoever sends it', async () => {
    const url = `/u/${tokens.sign('unsubscribe', deliveryId)}`;
    const answer = await app.inject({
      method: 'POST',
      url,
      payload: 'List-Unsubscribe=One-Click',
      headers: { 'content-type': 'text/plain', 'x-forwarded-for': 'unknown' },
    });
    expect(answer.statusCode).toBe(200);
    expect(await counters()).toMatchObject({ unsubscribed: 1 });
  });
});

describe('the pixel', () => {
  it('counts an open, and answers the same bytes for any token', async () => {
    const good = await get(`/t/o/${tokens.sign('open', deliveryId)}.gif`);
    const bad = await get('/t/o/not-a-token.gif');
    expect(good.rawPayload).toEqual(bad.rawPayload);
    expect(good.rawPayload.length).toBe(43);
    for (const answer of [good, bad]) {
      expect(answer.statusCode).toBe(200);
      expect(answer.headers).toMatchObject({ 'content-type': 'image/gif', 'cache-control': 'no-store, private' });
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(await counters()).toEqual({ opens_human_unique: 1, opens_human_total: 1 });
  });

  it('does not take a token of another kind', async () => {
    await get(`/t/o/${tokens.sign('click', deliveryId, 1)}.gif`);
    expect(await counters()).toEqual({});
  });
});

describe('a link', () => {
  it('leads where the mail said, with the contact’s values, and counts a click', async () => {
    expect((await get(`/t/c/${tokens.sign('click', deliveryId, 1)}`)).headers.location).toBe('https://shop.example/a');
    expect((await get(`/t/c/${tokens.sign('click', deliveryId, 2)}`)).headers.location).toBe('https://shop.example/books?x=1&y=2');
    expect(await counters()).toMatchObject({ clicks_human_unique: 1, clicks_human_total: 2 });
  });

  it('leads nowhere else: not by query, not by a forged token, not to a script', async () => {
    const stolen = await get(`/t/c/${tokens.sign('click', deliveryId, 1)}?url=https://evil.example`);
    expect(stolen.headers.location).toBe('https://shop.example/a');
    for (const url of [
      `/t/c/${'a'.repeat(32)}`,
      `/t/c/${tokens.sign('click', deliveryId, 3)}`,
      `/t/c/${tokens.sign('click', deliveryId, 99)}`,
      '/t/c/https://evil.example',
    ]) {
      const answer = await get(url);
      expect(answer.statusCode).toBe(404);
      expect(answer.headers.location).toBeUndefined();
    }
  });

  it('that a scanner follows together with all others counts as a machine’s', async () => {
    const long = await Promise.all(
      [1, 2].map((position) => get(`/t/c/${tokens.sign('click', deliveryId, position)}`, { 'user-agent': 'Barracuda Sentinel (EE)' })),
    );
    expect(long.map((answer) => answer.statusCode)).toEqual([302, 302]);
    expect(await counters()).toEqual({ clicks_machine_unique: 1, clicks_machine_total: 2 });
  });
});

describe('unsubscribing', () => {
  const url = () => `/u/${tokens.sign('unsubscribe', deliveryId)}`;
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  it('changes nothing when the page is only looked at, by a person or a scanner', async () => {
    for (const method of ['GET', 'HEAD'] as const) await app.inject({ method, url: url() });
    expect(await membership()).toBe('subscribed');
    const page = await get(url());
    expect(page.body).toContain('s•••@example.org');
    expect(page.body).not.toContain('sara@example.org');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  });

  it.each([
    ['as a form', form, 'List-Unsubscribe=One-Click'],
    [
      'as multipart',
      { 'content-type': 'multipart/form-data; boundary=x' },
      '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
    ],
  ])('works by one POST %s, without cookie or redirect, and counts once', async (_name, headers, payload) => {
    for (let i = 0; i < 2; i++) expect((await app.inject({ method: 'POST', url: url(), headers, payload })).statusCode).toBe(200);
    expect(await membership()).toBe('unsubscribed');
    expect(await counters()).toEqual({ unsubscribed: 1 });
  });

  it('can be taken back', async () => {
    await app.inject({ method: 'POST', url: url(), headers: form, payload: 'action=unsubscribe' });
    const back = await app.inject({ method: 'POST', url: url(), headers: form, payload: 'action=resubscribe' });
    expect(back.body).toContain('You are subscribed');
    expect(await membership()).toBe('subscribed');
  });

  it('does not work with a forged token', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: `/u/${tokens.sign('open', deliveryId)}`,
      headers: form,
      payload: 'List-Unsubscribe=One-Click',
    });
    expect(answer.statusCode).toBe(404);
    expect(await membership()).toBe('subscribed');
  });
});

it('shows the mail as a page that can run nothing', async () => {
  const page = await get(`/t/v/${tokens.sign('web-view', deliveryId)}`);
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain(`http://localhost:3000/t/c/`);
  expect(page.headers['content-security-policy']).toMatch(/^sandbox [^;]*; default-src 'none'/);
  expect(page.headers['content-security-policy']).not.toContain('allow-scripts');
});

it('answers strangers’ paths and bodies with a plain page', async () => {
  for (const [method, url] of [
    ['GET', '/t/x'],
    ['GET', '/t/c/%2e%2e%2f'],
    ['DELETE', '/u/x'],
    ['GET', `/t/o/${'x'.repeat(5000)}`],
  ] as const) {
    const answer = await app.inject({ method, url });
    expect(answer.statusCode).toBeGreaterThanOrEqual(200);
    expect(answer.statusCode).toBeLessThan(500);
    expect(answer.body).not.toMatch(/at .*\.js|node_modules/);
  }
  const large = await app.inject({
    method: 'POST',
    url: '/u/x',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'a'.repeat(100_000),
  });
  expect(large.statusCode).toBe(413);
});

describe('mail that a program handed over', () => {
  const events = async () => {
    await engagement.drain();
    const rows: { kind: number; link: number | null }[] = await source.query(
      'SELECT kind, link FROM events WHERE delivery_id = $1 ORDER BY id',
      [deliveryId],
    );
    return rows.map(({ kind, link }) => `${kind}${link === null ? '' : ` ${link}`}`);
  };

  /** On a topic, to somebody who is no contact yet. */
  beforeEach(async () => {
    const [messageId, topicId] = [uuidv7(), uuidv7()];
    const [{ workspace_id: workspaceId }] = await source.query('SELECT workspace_id FROM deliveries WHERE id = $1', [deliveryId]);
    await source.query(`INSERT INTO topics (id, workspace_id, name, name_key) VALUES ($1, $2, 'Receipts', 'receipts')`, [
      topicId,
      workspaceId,
    ]);
    await source.query(
      `INSERT INTO messages (id, workspace_id, domain_id, sender, recipients, message_id, topic_id, spool, size_bytes, expires_at)
       VALUES ($1, $2, $1, 's', '{}', 'm', $3, $4, 1, now())`,
      [
        messageId,
        workspaceId,
        topicId,
        { isCanonical: true, slots: [], links: ['https://shop.example/1', 'https://shop.example/2'], hasUnsubscribe: true },
      ],
    );
    [{ id: deliveryId }] = await source.query(
      `INSERT INTO deliveries (workspace_id, kind, email, message_id) VALUES ($1, 2, 'New@example.org', $2) RETURNING id`,
      [workspaceId, messageId],
    );
  });

  it('has its links followed and its opens counted', async () => {
    expect((await get(`/t/c/${tokens.sign('click', deliveryId, 2)}`)).headers.location).toBe('https://shop.example/2');
    expect((await get(`/t/c/${tokens.sign('click', deliveryId, 3)}`)).statusCode).toBe(404);
    await get(`/t/o/${tokens.sign('open', deliveryId)}.gif`);
    expect(await events()).toEqual([`${EventKind.click} 2`, `${EventKind.open}`]);
  });

  it('lets its readers leave its topic, and come back', async () => {
    const url = `/u/${tokens.sign('unsubscribe', deliveryId)}`;
    const choice = async () =>
      (
        await source.query(
          `SELECT h.status FROM topic_choices h JOIN contacts c ON c.id = h.contact_id JOIN deliveries d ON d.workspace_id = c.workspace_id
           WHERE c.email_key = 'new@example.org' AND d.id = $1`,
          [deliveryId],
        )
      )[0]?.status;
    expect((await get(url)).body).toContain('Unsubscribe?');
    expect(await choice()).toBeUndefined();
    for (let twice = 0; twice < 2; twice++) await app.inject({ method: 'POST', url, payload: {} });
    expect(await choice()).toBe('unsubscribed');
    expect((await get(url)).body).toContain('You are unsubscribed');
    expect(await events()).toEqual([`${EventKind.unsubscribe}`]);
    await app.inject({ method: 'POST', url, payload: { action: 'resubscribe' } });
    expect(await choice()).toBe('subscribed');
  });
});

describe('the preference page', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const page = () => `/u/${tokens.sign('unsubscribe', deliveryId)}/preferences`;
  const choose = (body: string) => app.inject({ method: 'POST', url: page(), headers: form, payload: body });
  let offers: string;
  let news: string;

  beforeEach(async () => {
    const context = systemActor(
      (await source.query('SELECT workspace_id FROM deliveries WHERE id = $1', [deliveryId]))[0].workspace_id,
      'test',
    );
    const topics = new TopicService(source);
    offers = (await topics.create(context, { name: 'Offers', names: { fa: { name: 'پیشنهادها' } } })).id;
    news = (await topics.create(context, { name: '<News>', isOptIn: true })).id;
  });

  const choices = async () => {
    const rows = (await source.query(
      `SELECT t.name, c.status FROM topic_choices c JOIN topics t ON t.id = c.topic_id JOIN deliveries d ON d.contact_id = c.contact_id WHERE d.id = $1`,
      [deliveryId],
    )) as { name: string; status: string }[];
    return Object.fromEntries(rows.map(({ name, status }) => [name, status]));
  };
  const suppressed = async () =>
    (await source.query(
      'SELECT s.reason, s.scope FROM suppressions s JOIN deliveries d ON lower(d.email) = s.address_key AND d.workspace_id = s.workspace_id WHERE d.id = $1',
      [deliveryId],
    )) as object[];

  it('shows what is chosen, in the reader’s language, and changes nothing by being looked at', async () => {
    await source.query(`UPDATE contacts SET language = 'fa' WHERE id = (SELECT contact_id FROM deliveries WHERE id = $1)`, [deliveryId]);
    const { body } = await get(page());
    expect(body).toContain('<html lang="fa" dir="rtl">');
    expect(body).toMatch(new RegExp(`value="${offers}" checked`));
    expect(body).toContain('پیشنهادها');
    expect(body).toContain('&lt;News&gt;');
    expect(body).not.toMatch(new RegExp(`value="${news}" checked`));
    expect(await choices()).toEqual({});
    expect((await get(`/u/${tokens.sign('unsubscribe', deliveryId)}`)).body).toContain('/preferences');
  });

  it('keeps what is chosen, topic by topic', async () => {
    expect((await choose(`action=save&topic=${news}`)).body).toContain('role="status"');
    expect(await choices()).toEqual({ Offers: 'unsubscribed', '<News>': 'subscribed' });
    await choose(`action=save&topic=${news}&topic=${offers}&topic=nonsense`);
    expect(await choices()).toEqual({ Offers: 'subscribed', '<News>': 'subscribed' });
    expect(await suppressed()).toEqual([]);
  });

  it('takes nothing at all for an answer, once, and takes it back', async () => {
    await choose('action=none');
    await choose('action=none');
    expect(await suppressed()).toEqual([{ reason: 'unsubscribe', scope: 'marketing' }]);
    expect(await counters()).toMatchObject({ unsubscribed: 1 });
    expect((await get(page())).body).not.toContain(' checked');
    await choose(`action=save&topic=${offers}`);
    expect(await suppressed()).toEqual([]);
  });

  it('of no valid token is not there', async () => {
    expect((await get('/u/forged/preferences')).statusCode).toBe(404);
    expect((await app.inject({ method: 'POST', url: '/u/forged/preferences', headers: form, payload: 'action=none' })).statusCode).toBe(
      404,
    );
  });
});
