import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { type ActorContext, silentLogger, systemActor, systemClock, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { ListService, audienceEntities } from '#domain/audience';
import { deliverabilityEntities } from '#domain/deliverability';
import { SendingControl, SiteDirectory, sendingEntities } from '#domain/sending';
import { type NewTemplate, TemplateService, templatesEntities } from '#domain/templates';
import type { NextHopResolver } from '#net/dns';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { CampaignClock } from './campaign-clock.js';
import { CampaignFreeze } from './campaign.freeze.js';
import { CampaignService } from './campaign.service.js';
import { campaignsEntities } from './index.js';

const entities = [
  ...accountsEntities,
  ...audienceEntities,
  ...deliverabilityEntities,
  ...templatesEntities,
  ...sendingEntities,
  ...campaignsEntities,
];
const nextHops: NextHopResolver = {
  resolve: async (domain) => ({
    site: `mx:${domain}`,
    provider: 'default',
    hosts: [{ hostname: domain, addresses: ['127.0.0.1'], port: 25 }],
  }),
};
const newsletter: NewTemplate = {
  name: 'Newsletter',
  subject: 'Hello {{default first_name "friend"}}',
  source:
    '<mjml><mj-body><mj-section><mj-column><mj-text>{{first_name}} in {{city}} <a href="https://example.org/x">x</a> <a href="{{unsubscribe_url}}">bye</a></mj-text></mj-column></mj-section></mj-body></mjml>',
};

let database: TestDatabase;
let source: DataSource;
let service: CampaignService;
let freeze: CampaignFreeze;
let clock: CampaignClock;
let context: ActorContext;
let tickets: (() => Promise<void>)[];
const now = { at: new Date() };

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities });
  const sites = new SiteDirectory(source, nextHops);
  const time = { now: () => now.at };
  const queue = {
    prepare: async (id: string) => void tickets.push(() => freeze.prepare(id)),
    freezeRange: async (id: string, number: number) => void tickets.push(() => freeze.freezeRange(id, number)),
  };
  freeze = new CampaignFreeze(source, sites, queue);
  service = new CampaignService(source, new SendingControl(source), sites, queue, time, 'sandbox');
  clock = new CampaignClock(source, service, time, silentLogger);
});

afterAll(() => database.drop());

beforeEach(async () => {
  tickets = [];
  now.at = new Date();
  context = systemActor(uuidv7(), 'test');
  await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Shop', $2)`, [context.workspaceId, context.workspaceId]);
  await source.query(
    `INSERT INTO domains (id, workspace_id, name, status, return_path_host) VALUES ($1, $2, 'shop.example', 'verified', 'bounces.shop.example')`,
    [uuidv7(), context.workspaceId],
  );
});

async function runTickets(): Promise<void> {
  while (tickets.length > 0) await tickets.shift()!();
}

/** `count` contacts on a new list, in `domains` domains. */
async function listOf(count: number, options: { status?: string; domains?: number; attributes?: object } = {}): Promise<string> {
  const { id } = await new ListService(source).create(context, { name: uuidv7() });
  await source.query(
    `WITH people AS (
       INSERT INTO contacts (workspace_id, email, email_key, first_name, attributes)
       SELECT $1, 'p' || n || '.' || $4::text || '@d' || n % $3 || '.example', 'p' || n || '.' || $4::text || '@d' || n % $3 || '.example', 'Name' || n, $6::jsonb
       FROM generate_series(1, $2::int) AS n RETURNING id)
     INSERT INTO list_memberships (list_id, contact_id, status) SELECT $4::uuid, id, $5 FROM people`,
    [context.workspaceId, count, options.domains ?? 3, id, options.status ?? 'subscribed', options.attributes ?? { city: 'Shiraz' }],
  );
  return id;
}

async function campaignTo(lists: string[], more: { exclude?: string[]; template?: Partial<NewTemplate> } = {}): Promise<string> {
  const template = await new TemplateService(source).create(context, { ...newsletter, ...more.template });
  const campaign = await service.create(context, {
    name: 'November',
    templateId: template.id,
    fromName: 'Shop',
    fromEmail: 'news@shop.example',
    audience: { include: { lists }, exclude: { lists: more.exclude ?? [] } },
  });
  return campaign.id;
}

const queued = async (id: string): Promise<{ deliveries: number; distinct: number; inBatches: number; largest: number }> => {
  const [row] = await source.query(
    `SELECT (SELECT count(*)::int FROM deliveries WHERE campaign_id = $1) AS deliveries,
       (SELECT count(DISTINCT contact_id)::int FROM deliveries WHERE campaign_id = $1) AS distinct,
       (SELECT coalesce(sum(cardinality(delivery_ids)), 0)::int FROM batches WHERE campaign_id = $1) AS "inBatches",
       (SELECT coalesce(max(cardinality(delivery_ids)), 0)::int FROM batches WHERE campaign_id = $1) AS largest`,
    [id],
  );
  return row;
};

describe('sending', () => {
  it('freezes every sendable contact once, with its merge values, into batches', async () => {
    const list = await listOf(12_003, { domains: 7 });
    const id = await campaignTo([list]);
    expect((await service.send(context, id)).status).toBe('preparing');
    await runTickets();
    expect((await service.get(context, id)).status).toBe('sending');
    const found = await queued(id);
    expect(found).toMatchObject({ deliveries: 12_003, distinct: 12_003, inBatches: 12_003 });
    expect(found.largest).toBeLessThanOrEqual(250);
    const [{ merge }] = await source.query(`SELECT merge FROM deliveries WHERE campaign_id = $1 ORDER BY contact_id LIMIT 1`, [id]);
    expect(merge).toEqual({ first_name: 'Name1', city: 'Shiraz' });
    expect(await service.report(context, id)).toMatchObject({ recipients: 12_003, queued: 12_003, accepted: 0 });
    expect(await service.audit(context, id)).toMatchObject({ isComplete: true, recipients: 12_003, byState: { queued: 12_003 } });
  });

  it('loses and repeats nobody when tickets are lost, repeated or raced', async () => {
    const id = await campaignTo([await listOf(11_000)]);
    await service.send(context, id);
    tickets = [];
    await freeze.recover();
    const repeated = [...tickets, ...tickets];
    tickets = [];
    await Promise.all(repeated.map((ticket) => ticket()));
    await freeze.recover();
    await runTickets();
    expect(await queued(id)).toMatchObject({ deliveries: 11_000, distinct: 11_000, inBatches: 11_000 });
    expect((await service.get(context, id)).status).toBe('sending');
  });

  it('leaves out who is excluded, unsubscribed, unconfirmed or suppressed, and says how many', async () => {
    const [everyone, gone, pending] = [
      await listOf(10),
      await listOf(4, { status: 'unsubscribed' }),
      await listOf(3, { status: 'unconfirmed' }),
    ];
    const customers = (await new ListService(source).create(context, { name: 'Customers' })).id;
    await source.query(
      `INSERT INTO list_memberships (list_id, contact_id, status) SELECT $1, contact_id, 'subscribed' FROM list_memberships WHERE list_id = $2 ORDER BY contact_id LIMIT 2`,
      [customers, everyone],
    );
    await source.query(
      `INSERT INTO suppressions (workspace_id, address_key, reason) SELECT workspace_id, email_key, 'manual' FROM contacts c JOIN list_memberships m ON m.contact_id = c.id WHERE m.list_id = $1 ORDER BY c.id DESC LIMIT 3`,
      [everyone],
    );
    const id = await campaignTo([everyone, gone, pending], { exclude: [customers] });
    const sent = await service.send(context, id);
    expect(sent.audienceCounts).toEqual({ selected: 17, unsubscribed: 4, unconfirmed: 3, excluded: 2, suppressed: 3, sendable: 5 });
    await runTickets();
    expect((await queued(id)).deliveries).toBe(5);
  });

  it('happens once when two people press the button at once', async () => {
    const id = await campaignTo([await listOf(20)]);
    const results = await Promise.allSettled([service.send(context, id), service.send(context, id), service.send(context, id)]);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    await runTickets();
    expect((await queued(id)).deliveries).toBe(20);
  });

  it('starts at its time, and ends when its queue has run dry', async () => {
    const id = await campaignTo([await listOf(5)]);
    await service.schedule(context, id, new Date(now.at.getTime() + 60_000));
    await clock.startDue();
    expect((await service.get(context, id)).status).toBe('scheduled');
    now.at = new Date(now.at.getTime() + 61_000);
    await clock.startDue();
    await runTickets();
    await clock.closeFinished();
    expect((await service.get(context, id)).status).toBe('sending');
    await source.query('DELETE FROM batches WHERE campaign_id = $1', [id]);
    await clock.closeFinished();
    expect((await service.get(context, id)).status).toBe('sent');
  });

  it('can be paused, resumed and cancelled, and then every recipient is accounted for', async () => {
    const id = await campaignTo([await listOf(600)]);
    await service.send(context, id);
    await expect(service.pause(context, id)).rejects.toMatchObject({ code: 'campaign_status_conflict' });
    await runTickets();
    expect((await service.pause(context, id)).status).toBe('paused');
    expect((await service.resume(context, id)).status).toBe('sending');
    expect((await service.cancel(context, id)).status).toBe('cancelled');
    expect(await service.report(context, id)).toMatchObject({ recipients: 600, cancelled: 600, queued: 0 });
    expect(await service.audit(context, id)).toMatchObject({ isComplete: true, byState: { cancelled: 600 } });
  });

  it('cancelled while it is being prepared freezes nobody more', async () => {
    const id = await campaignTo([await listOf(6000)]);
    await service.send(context, id);
    await tickets.shift()!();
    await service.cancel(context, id);
    await runTickets();
    expect((await queued(id)).inBatches).toBe(0);
  });
});

describe('before anything is sent', () => {
  const refusal = async (id: string) =>
    (await service.send(context, id).catch((error: unknown) => error)) as { code: string; message: string };

  it.each([
    ['an empty list', 0, {}, 'have no contacts'],
    ['a list of which nobody is left', 3, { status: 'unsubscribed' }, '3 unsubscribed'],
  ])('%s is an error', async (_name, count, options, message) => {
    const error = await refusal(await campaignTo([await listOf(count, options)]));
    expect(error).toMatchObject({ code: 'campaign_not_ready', message: expect.stringContaining(message) });
  });

  it('a merge tag without a value is an error under the strict policy, naming tag and contact', async () => {
    const list = await listOf(30);
    await source.query(
      `UPDATE contacts SET attributes = '{}' WHERE id IN (SELECT contact_id FROM list_memberships WHERE list_id = $1 ORDER BY contact_id LIMIT 4)`,
      [list],
    );
    const id = await campaignTo([list], { template: { missingValues: 'strict' } });
    expect(await refusal(id)).toMatchObject({
      code: 'campaign_not_ready',
      message: expect.stringMatching(/\{\{city\}\} has no value for 4 contacts, such as p1\./),
    });
    expect((await service.get(context, id)).status).toBe('draft');
    expect((await queued(id)).deliveries).toBe(0);
  });

  it('the sandbox domain is an error while delivery is live', async () => {
    const live = new CampaignService(
      source,
      new SendingControl(source),
      new SiteDirectory(source, nextHops),
      { prepare: () => Promise.resolve() },
      systemClock,
      'live',
    );
    const id = await campaignTo([await listOf(1)]);
    await source.query('UPDATE domains SET is_sandbox = true WHERE workspace_id = $1', [context.workspaceId]);
    const error = await live.send(context, id).catch((refusal: unknown) => refusal);
    await source.query('UPDATE domains SET is_sandbox = false WHERE workspace_id = $1', [context.workspaceId]);
    expect(error).toMatchObject({ code: 'campaign_not_ready', message: expect.stringContaining('reaches only the built-in simulator') });
  });

  it('a sending domain that is unknown or unverified is an error', async () => {
    const list = await listOf(1);
    const id = await campaignTo([list]);
    await service.update(context, id, { fromEmail: 'a@elsewhere.example' });
    expect((await refusal(id)).message).toContain('elsewhere.example is not a sending domain');
    await source.query(`UPDATE domains SET status = 'pending' WHERE workspace_id = $1`, [context.workspaceId]);
    expect(await service.update(context, id, { fromEmail: 'a@shop.example' })).toMatchObject({
      fromEmail: 'a@shop.example',
      fromName: 'Shop',
    });
    expect((await refusal(id)).message).toContain('not verified');
  });

  it('a header that smuggles a line, or an address that is none, is refused when the campaign is saved', async () => {
    const id = await campaignTo([await listOf(1)]);
    for (const patch of [
      { fromName: 'Shop\r\nBcc: all@example.org' },
      { name: 'a\nb' },
      { fromEmail: 'not an address' },
      { replyTo: 'a@b.org, c@d.org' },
    ]) {
      await expect(service.update(context, id, patch)).rejects.toMatchObject({ code: 'campaign_invalid' });
    }
  });

  it('a list, template or campaign of another workspace does not exist', async () => {
    const list = await listOf(1);
    const id = await campaignTo([list]);
    const stranger = systemActor(uuidv7(), 'test');
    for (const act of [
      service.get,
      service.send,
      service.pause,
      service.cancel,
      service.report,
      service.audit,
      service.delete,
      service.preview,
    ]) {
      await expect((act as (context: ActorContext, id: string) => Promise<unknown>).call(service, stranger, id)).rejects.toMatchObject({
        code: 'campaign_not_found',
      });
    }
    await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Other', $2)`, [stranger.workspaceId, stranger.workspaceId]);
    const { templateId } = await service.get(context, id);
    const attempt = service.create(stranger, {
      name: 'x',
      templateId: templateId!,
      fromEmail: 'a@shop.example',
      audience: { include: { lists: [list] }, exclude: { lists: [] } },
    });
    await expect(attempt).rejects.toMatchObject({ code: 'campaign_invalid' });
  });
});

describe('a look at the mail', () => {
  it('shows it as one contact gets it', async () => {
    const list = await listOf(1);
    const id = await campaignTo([list]);
    const [{ email }] = await source.query('SELECT email FROM contacts WHERE workspace_id = $1', [context.workspaceId]);
    const preview = await service.preview(context, id, email);
    expect(preview.subject).toBe('Hello Name1');
    expect(preview.html).toContain('Name1 in Shiraz');
    expect((await service.preview(context, id)).subject).toBe('Hello friend');
  });

  it('sends a test ahead of all bulk, outside the campaign’s figures', async () => {
    const id = await campaignTo([await listOf(2)]);
    const ids = await service.sendTest(context, id, ['me@example.net']);
    const [batch] = await source.query('SELECT class, delivery_ids FROM batches WHERE campaign_id = $1', [id]);
    expect(batch).toEqual({ class: 1, delivery_ids: ids });
    expect(await service.report(context, id)).toMatchObject({ recipients: 0 });
    await expect(
      service.sendTest(
        context,
        id,
        Array.from({ length: 6 }, (_, i) => `t${i}@example.net`),
      ),
    ).rejects.toMatchObject({ code: 'campaign_invalid' });
  });
});
