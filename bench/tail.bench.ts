// Sends to one large site while tens of thousands of domains wait with one recipient each; against the same site alone.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DataSource } from 'typeorm';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { migrations } from '#migrations';
import { pem } from './send/messages.js';
import type { MtaJob } from './send/mta.process.js';
import { startProcess } from './send/processes.js';
import { type Sender, emptied, entities, prepareSender, queueCampaign } from './send/setup.js';
import { Report, option } from './support/report.js';

const messages = option('messages', 8_000);
const domains = option('domains', 20_000);
const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-bench-tail-'));
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

async function main(): Promise<void> {
  const server = await EmbeddedPostgres.start({ dataDir });
  const source = await openDataSource({
    url: server.url,
    entities,
    migrations,
  });
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

/** The tail is queued first, so that it stands in the way if anything does. */
async function run(
  source: DataSource,
  job: MtaJob,
  sender: Sender,
  large: number,
  tail: number,
): Promise<{ largeSeconds: number; allSeconds: number }> {
  const tailCampaign = await queueCampaign(source, job.port, sender, tail, `'reader@small' || n || '.example'`);
  const largeCampaign = await queueCampaign(source, job.port, sender, large, `'reader' || n || '@large.example'`);
  await source.query('VACUUM ANALYZE batches, lanes');
  const mta = await startProcess('mta');
  const startedAt = performance.now();
  mta.child.send(job);
  await once(mta.child, 'message');
  const elapsed = () => (performance.now() - startedAt) / 1000;
  await emptied(source, largeCampaign);
  const largeSeconds = elapsed();
  await emptied(source, tailCampaign);
  const allSeconds = elapsed();
  mta.child.disconnect();
  await once(mta.child, 'exit');
  return { largeSeconds, allSeconds };
}

await main();
