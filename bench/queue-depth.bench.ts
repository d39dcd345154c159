// Sends a small campaign with ten thousand and with ten million deliveries waiting behind it; the rates should be alike.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DataSource } from 'typeorm';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { migrations } from '#migrations';
import { pem } from './send/messages.js';
import type { MtaJob } from './send/mta.process.js';
import { startProcess } from './send/processes.js';
import { type Sender, emptied, entities, prepareSender, queueCampaign } from './send/setup.js';
import { Report, median, option } from './support/report.js';

const depth = option('depth', 10_000_000);
const shallow = option('shallow', 10_000);
const messages = option('messages', 4_000);
const rounds = option('rounds', 3);
const SITES = 1_000;
const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-bench-depth-'));
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

async function main(): Promise<void> {
  const server = await EmbeddedPostgres.start({ dataDir });
  const source = await openDataSource({ url: server.url, entities, migrations });
  const sink = await startProcess('sink');
  const { port } = sink.ready as { port: number };
  try {
    await migrate(source);
    const sender = await prepareSender(source);
    const job: MtaJob = {
      databaseUrl: server.url,
      port,
      journalRoot: path.join(dataDir, 'journals'),
      privateKey: pem(privateKey),
      trackingKey: randomBytes(32).toString('hex'),
      sitePerDomain: true,
      connections: { start: 10, min: 10, max: 10 },
    };
    await wait(source, sender, shallow);
    await run(source, job, sender);
    const few = await repeat(source, job, sender);
    await wait(source, sender, depth - shallow);
    const many = await repeat(source, job, sender);
    const [{ bytes }] = await source.query(
      `SELECT sum(pg_total_relation_size(c.oid))::bigint AS bytes FROM pg_class c WHERE c.relname ~ '^(deliveries|batches)' AND c.relkind = 'r'`,
    );
    const report = new Report('queue-depth', { messages, rounds, 'sites that wait': SITES });
    report.figure(`with ${shallow.toLocaleString('en')} waiting`, few.perSecond, 'messages/s');
    report.figure(`with ${depth.toLocaleString('en')} waiting`, many.perSecond, 'messages/s', { peer: few.perSecond, wanted: 0.8 });
    report.figure('PostgreSQL for what waits', Number(bytes) / 1e6, 'MB (wanted: under 5,000 for ten million)');
    report.figure('memory of the MTA at most', many.rssMb, 'MB (wanted: under 300)');
    report.print();
  } finally {
    sink.child.disconnect();
    await source.destroy();
    await server.stop();
    removeDataDir(dataDir);
  }
}

/** Newsletters of a campaign that is sending, put off by their sites: they are in the queue, and not due. */
async function wait(source: DataSource, sender: Sender, count: number): Promise<void> {
  const campaignId = await queueCampaign(source, 0, sender, 0, `''`);
  await source.query(
    `INSERT INTO lanes (source_id, site) SELECT (SELECT min(id) FROM egress_sources), 'mx:mx.waiting' || n || '.example' FROM generate_series(1, $1::int) AS n ON CONFLICT DO NOTHING`,
    [SITES],
  );
  // A transaction for every million: the write-ahead log stays small.
  for (let done = 0; done < count; done += 1_000_000) {
    await source.query(
      `WITH made AS (
         INSERT INTO deliveries (workspace_id, campaign_id, email, merge)
         SELECT $1, $2, 'reader' || n || '@waiting' || n % ${SITES} || '.example', jsonb_build_object('first_name', 'Reader ' || n, 'city', 'Shiraz')
         FROM generate_series($3::int, $4::int) AS n RETURNING id),
       numbered AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM made)
       INSERT INTO batches (lane_id, workspace_id, campaign_id, class, due_at, expires_at, delivery_ids)
       SELECT l.id, $1, $2, 2, now() + interval '1 day', now() + interval '2 days', b.ids
       FROM (SELECT place / 250 AS number, array_agg(id) AS ids FROM numbered GROUP BY 1) AS b
       JOIN lanes l ON l.site = 'mx:mx.waiting' || b.number % ${SITES} + 1 || '.example'`,
      [sender.workspaceId, campaignId, done + 1, Math.min(count, done + 1_000_000)],
    );
  }
  await source.query('VACUUM ANALYZE deliveries, batches, lanes');
  await source.query('CHECKPOINT');
}

interface Run {
  readonly perSecond: number;
  readonly rssMb: number;
}

async function repeat(source: DataSource, job: MtaJob, sender: Sender): Promise<Run> {
  const runs: Run[] = [];
  for (let round = 0; round < rounds; round++) runs.push(await run(source, job, sender));
  return { perSecond: median(runs.map(({ perSecond }) => perSecond)), rssMb: Math.max(...runs.map(({ rssMb }) => rssMb)) };
}

async function run(source: DataSource, job: MtaJob, sender: Sender): Promise<Run> {
  const campaignId = await queueCampaign(source, job.port, sender, messages, `'reader' || n || '@due.example'`);
  const mta = await startProcess('mta');
  mta.child.send(job);
  await once(mta.child, 'message');
  const startedAt = performance.now();
  await emptied(source, campaignId);
  const perSecond = messages / ((performance.now() - startedAt) / 1000);
  const rssMb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${mta.child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  mta.child.disconnect();
  await once(mta.child, 'exit');
  return { perSecond, rssMb };
}

await main();
