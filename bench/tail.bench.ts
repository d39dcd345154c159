// Sends to one large site while tens of thousands of domains wait with one recipient each; against the same site alone.
import { type ChildProcess, fork } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DataSource } from 'typeorm';
import { MailClass } from '#base/contracts';
import { systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { SiteDirectory, enqueueDeliveries, sendingEntities } from '#domain/sending';
import { TemplateService, templatesEntities } from '#domain/templates';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { migrations } from '#migrations';
import { mailHosts } from './send/mail-hosts.js';
import { pem, sendingDomain } from './send/messages.js';
import type { MtaJob } from './send/mta.process.js';
import { Report, option } from './support/report.js';

const messages = option('messages', 8_000);
const domains = option('domains', 20_000);
const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-bench-tail-'));
const here = path.dirname(fileURLToPath(import.meta.url));
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

async function main(): Promise<void> {
  const server = await EmbeddedPostgres.start({ dataDir });
  const source = await openDataSource({
    url: server.url,
    entities: [...accountsEntities, ...templatesEntities, ...sendingEntities],
    migrations,
  });
  const sink = await start('sink');
  const { port } = sink.ready as { port: number };
  try {
    await migrate(source);
    const sender = await prepare(source);
    const job: MtaJob = {
      databaseUrl: server.url,
      port,
      journalRoot: path.join(dataDir, 'journals'),
      privateKey: pem(privateKey),
      trackingKey: randomBytes(32).toString('hex'),
      sitePerDomain: true,
      connections: { start: 10, min: 10, max: 10 },
    };
    await run(source, job, sender, 1_000, 0);
    const alone = await run(source, job, sender, messages, 0);
    const together = await run(source, job, sender, messages, domains);
    const report = new Report('tail', { messages, domains });
    report.figure('the large site alone', messages / alone.largeSeconds, 'messages/s');
    report.figure('the large site, with the tail', messages / together.largeSeconds, 'messages/s', { peer: messages / alone.largeSeconds });
    report.figure('everything, with the tail', (messages + domains) / together.allSeconds, 'messages/s', {
      peer: messages / alone.largeSeconds,
    });
    report.print();
  } finally {
    sink.child.disconnect();
    await source.destroy();
    await server.stop();
    removeDataDir(dataDir);
  }
}

interface Sender {
  readonly workspaceId: string;
  readonly domainId: string;
  readonly templateId: string;
  readonly templateVersionId: string;
}

async function prepare(source: DataSource): Promise<Sender> {
  const [workspaceId, domainId] = [uuidv7(), uuidv7()];
  await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Bench', 'bench')`, [workspaceId]);
  await source.query(`INSERT INTO domains (id, workspace_id, name, status, return_path_host) VALUES ($1, $2, $3, 'verified', $4)`, [
    domainId,
    workspaceId,
    sendingDomain,
    `bounces.${sendingDomain}`,
  ]);
  const template = await new TemplateService(source).create(systemActor(workspaceId, 'bench'), {
    name: 'T',
    subject: 'Hello',
    source: '<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>',
  });
  return { workspaceId, domainId, templateId: template.id, templateVersionId: template.version.id };
}

/** The tail is queued first, so that it stands in the way if anything does. */
async function run(
  source: DataSource,
  job: MtaJob,
  sender: Sender,
  large: number,
  tail: number,
): Promise<{ largeSeconds: number; allSeconds: number }> {
  const tailCampaign = await queue(source, job.port, sender, tail, `'reader@small' || n || '.example'`);
  const largeCampaign = await queue(source, job.port, sender, large, `'reader' || n || '@large.example'`);
  await source.query('VACUUM ANALYZE batches, lanes');
  const mta = await start('mta');
  const startedAt = performance.now();
  mta.child.send(job);
  await once(mta.child, 'message');
  const elapsed = () => (performance.now() - startedAt) / 1000;
  await empty(source, largeCampaign);
  const largeSeconds = elapsed();
  await empty(source, tailCampaign);
  const allSeconds = elapsed();
  mta.child.disconnect();
  await once(mta.child, 'exit');
  return { largeSeconds, allSeconds };
}

async function queue(source: DataSource, port: number, sender: Sender, count: number, address: string): Promise<string> {
  const campaignId = uuidv7();
  await source.query(
    `INSERT INTO campaigns (id, workspace_id, name, status, template_id, template_version_id, domain_id, from_email) VALUES ($1, $2, 'Bench', 'sending', $3, $4, $5, $6)`,
    [campaignId, sender.workspaceId, sender.templateId, sender.templateVersionId, sender.domainId, `hello@${sendingDomain}`],
  );
  const sites = new SiteDirectory(source, mailHosts(port, true));
  await source.transaction(async (manager) => {
    const deliveries = (await manager.query(
      `INSERT INTO deliveries (workspace_id, campaign_id, email) SELECT $1, $2, ${address} FROM generate_series(1, $3::int) AS n
       RETURNING id, split_part(email, '@', -1) AS domain`,
      [sender.workspaceId, campaignId, count],
    )) as { id: string; domain: string }[];
    const expiresAt = new Date(Date.now() + 3600_000);
    await enqueueDeliveries(manager, { workspaceId: sender.workspaceId, campaignId, class: MailClass.bulk, expiresAt, deliveries }, sites);
  });
  return campaignId;
}

async function empty(source: DataSource, campaignId: string): Promise<void> {
  for (;;) {
    const [{ waits }] = (await source.query('SELECT EXISTS (SELECT FROM batches WHERE campaign_id = $1) AS waits', [campaignId])) as [
      { waits: boolean },
    ];
    if (!waits) return;
    await sleep(20);
  }
}

async function start(name: 'sink' | 'mta'): Promise<{ child: ChildProcess; ready: unknown }> {
  const profile = process.env['BENCH_CPU_PROF'] === name ? ['--cpu-prof', `--cpu-prof-dir=${os.tmpdir()}/chapar-prof`] : [];
  const child = fork(path.join(here, 'send', `${name}.process.js`), {
    execArgv: [...process.execArgv, ...profile],
    serialization: 'advanced',
  });
  const [ready] = (await once(child, 'message')) as [unknown];
  return { child, ready };
}

await main();
