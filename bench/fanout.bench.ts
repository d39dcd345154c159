// Freezes and queues a campaign of a million recipients; against a bare INSERT … SELECT of the same rows.
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DataSource } from 'typeorm';
import { systemActor, systemClock, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { audienceEntities } from '#domain/audience';
import { CampaignFreeze, CampaignService, campaignsEntities } from '#domain/campaigns';
import { deliverabilityEntities } from '#domain/deliverability';
import { SendingControl, SiteDirectory, sendingEntities } from '#domain/sending';
import { TemplateService, templatesEntities } from '#domain/templates';
import type { NextHopResolver } from '#net/dns';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { migrations } from '#migrations';
import { Report, option } from './support/report.js';

const recipients = option('recipients', 1_000_000);
const domains = option('domains', 2_000);
/** Half of the people are at the first ten domains, as in real lists; every domain has a mail server of its own. */
const LARGE_DOMAINS = 10;
/** Tickets at once: what the worker does. */
const CONCURRENCY = 2;
const WANTED_SECONDS = 60;

const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-bench-fanout-'));
const entities = [
  ...accountsEntities,
  ...audienceEntities,
  ...templatesEntities,
  ...deliverabilityEntities,
  ...sendingEntities,
  ...campaignsEntities,
];

async function main(): Promise<void> {
  const server = await EmbeddedPostgres.start({ dataDir });
  const source = await openDataSource({ url: server.url, entities, migrations });
  try {
    await migrate(source);
    const { workspaceId, listId } = await makeAudience(source);
    const limit = await seconds(() => bareInsert(source, workspaceId));
    await source.query('CHECKPOINT');
    const freeze = await seconds(() => freezeCampaign(source, workspaceId, listId));
    const [{ deliveries, batches, queued, bytes }] = await source.query(
      `SELECT (SELECT count(*)::int FROM deliveries) AS deliveries, (SELECT count(*)::int FROM batches) AS batches,
         (SELECT sum(cardinality(delivery_ids))::int FROM batches) AS queued,
         (SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c WHERE c.relname ~ '^(deliveries|batches)' AND c.relkind = 'r') AS bytes`,
    );
    if (deliveries !== recipients || queued !== recipients) throw new Error(`queued ${queued} of ${deliveries}, expected ${recipients}`);
    const report = new Report('fanout', { recipients, domains, batches });
    report.limit('bare INSERT … SELECT, same rows', recipients / limit);
    report.figure('freeze and queue', recipients / freeze, 'recipients/s', { limit: recipients / limit });
    report.figure(`seconds (wanted: under ${WANTED_SECONDS} for a million)`, freeze, 's');
    report.figure('bytes of PostgreSQL a recipient', Number(bytes) / recipients, 'bytes');
    report.print();
  } finally {
    await source.destroy();
    await server.stop();
    removeDataDir(dataDir);
  }
}

const mailHosts: NextHopResolver = {
  resolve: (domain) =>
    Promise.resolve({
      site: `mx:mx.${domain}`,
      provider: 'default',
      hosts: [{ hostname: `mx.${domain}`, addresses: ['127.0.0.1'], port: 25 }],
    }),
};

async function makeAudience(source: DataSource): Promise<{ workspaceId: string; listId: string }> {
  const [workspaceId, listId] = [uuidv7(), uuidv7()];
  await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Bench', 'bench')`, [workspaceId]);
  await source.query(
    `INSERT INTO domains (id, workspace_id, name, status, return_path_host) VALUES ($1, $2, 'news.example.org', 'verified', 'b.news.example.org')`,
    [uuidv7(), workspaceId],
  );
  await source.query(`INSERT INTO lists (id, workspace_id, name, name_key) VALUES ($1, $2, 'All', 'all')`, [listId, workspaceId]);
  await source.query(
    `INSERT INTO contacts (workspace_id, email, email_key, first_name, attributes)
     SELECT $1, a.email, a.email, 'Reader ' || n, jsonb_build_object('city', 'Shiraz', 'plan', n % 3)
     FROM generate_series(1, $2::int) AS n, LATERAL (SELECT 'reader' || n || '@mail' || CASE WHEN n % 2 = 0 THEN n % $4::int ELSE n % $3::int END || '.example' AS email) AS a`,
    [workspaceId, recipients, domains, LARGE_DOMAINS],
  );
  await source.query(`INSERT INTO list_memberships (list_id, contact_id, status) SELECT $1, id, 'subscribed' FROM contacts`, [listId]);
  await source.query('VACUUM ANALYZE contacts, list_memberships');
  return { workspaceId, listId };
}

async function bareInsert(source: DataSource, workspaceId: string): Promise<void> {
  await source.query('CREATE TABLE bare (id bigint, workspace_id uuid, contact_id bigint, email text, merge jsonb)');
  await source.query(
    `INSERT INTO bare SELECT c.id, $1, c.id, c.email, jsonb_build_object('first_name', c.first_name, 'city', c.attributes->'city')
     FROM contacts c JOIN list_memberships m ON m.contact_id = c.id`,
    [workspaceId],
  );
  await source.query('DROP TABLE bare');
}

async function freezeCampaign(source: DataSource, workspaceId: string, listId: string): Promise<void> {
  const context = systemActor(workspaceId, 'bench');
  const tickets: (() => Promise<void>)[] = [];
  const sites = new SiteDirectory(source, mailHosts);
  const queue = {
    prepare: (id: string) => Promise.resolve(void tickets.push(() => freeze.prepare(id))),
    freezeRange: (id: string, number: number) => Promise.resolve(void tickets.push(() => freeze.freezeRange(id, number))),
  };
  const freeze = new CampaignFreeze(source, sites, queue);
  const service = new CampaignService(source, new SendingControl(source), sites, queue, systemClock, 'live');
  const template = await new TemplateService(source).create(context, {
    name: 'T',
    subject: 'Hello {{first_name}}',
    source: '<mjml><mj-body><mj-section><mj-column><mj-text>{{first_name}} {{city}}</mj-text></mj-column></mj-section></mj-body></mjml>',
  });
  const { id } = await service.create(context, {
    name: 'Bench',
    templateId: template.id,
    fromName: 'News',
    fromEmail: 'hello@news.example.org',
    audience: { include: { lists: [listId] } },
  });
  await service.send(context, id);
  await tickets.shift()!();
  const work = async () => {
    while (tickets.length > 0) await tickets.shift()!();
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

await main();
