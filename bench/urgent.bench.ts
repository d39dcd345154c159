// Sends transactional messages one by one while a large campaign goes to the same site; how long each takes from queue to acceptance.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { MailClass } from '#base/contracts';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { SmtpSink } from '#testing/smtp-sink';
import { migrations } from '#migrations';
import { pem } from './send/messages.js';
import type { MtaJob } from './send/mta.process.js';
import { startProcess } from './send/processes.js';
import { type Sender, entities, prepareSender, queueCampaign } from './send/setup.js';
import { Report, option } from './support/report.js';

const bulk = option('bulk', 200_000);
const urgent = option('urgent', 300);
const EVERY_MS = 50;
const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-bench-urgent-'));
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

async function main(): Promise<void> {
  const server = await EmbeddedPostgres.start({ dataDir });
  const source = await openDataSource({ url: server.url, entities, migrations });
  const arrivals = new Map<string, number>();
  const sink = await SmtpSink.listen({ keepsMessages: false, onMessage: ({ rcptTo, at }) => void arrivals.set(rcptTo, at) });
  try {
    await migrate(source);
    const sender = await prepareSender(source);
    const job: MtaJob = {
      databaseUrl: server.url,
      port: sink.port,
      journalRoot: path.join(dataDir, 'journals'),
      privateKey: pem(privateKey),
      trackingKey: randomBytes(32).toString('hex'),
      sitePerDomain: true,
      connections: { start: 10, min: 10, max: 10 },
    };
    const mta = await startProcess('mta');
    mta.child.send(job);
    await once(mta.child, 'message');
    const alone = await measure(source, sink.port, sender, arrivals, 'alone');
    await queueCampaign(source, sink.port, sender, bulk, `'reader' || n || '@large.example'`);
    // The campaign is in full swing.
    await sleep(3_000);
    const beside = await measure(source, sink.port, sender, arrivals, 'beside');
    const [{ left }] = await source.query('SELECT coalesce(sum(cardinality(delivery_ids)), 0)::int AS left FROM batches');
    if (left === 0) throw new Error('the campaign was over before the measurement: give it more with --bulk');
    mta.child.disconnect();
    await once(mta.child, 'exit');
    const report = new Report('urgent', { bulk, urgent, 'still to send at the end': left });
    for (const [name, delays] of [
      ['alone', alone],
      ['beside the campaign', beside],
    ] as const)
      for (const share of [0.5, 0.99, 1])
        report.figure(`${name}, ${share === 1 ? 'slowest' : `p${share * 100}`}`, quantile(delays, share), 'ms');
    report.print();
  } finally {
    await source.destroy();
    await server.stop();
    await sink.close();
    removeDataDir(dataDir);
  }
}

/** @returns the milliseconds from just before the transaction that queues a message until its server has it whole */
async function measure(source: DataSource, port: number, sender: Sender, arrivals: Map<string, number>, name: string): Promise<number[]> {
  const delays: number[] = [];
  for (let i = 0; i < urgent; i++) {
    const address = `${name}${i}@large.example`;
    const queuedAt = performance.now();
    await queueCampaign(source, port, sender, 1, `'${address}'`, MailClass.transactional);
    while (!arrivals.has(address)) {
      if (performance.now() - queuedAt > 30_000) throw new Error(`${address} did not arrive`);
      await sleep(1);
    }
    delays.push(arrivals.get(address)! - queuedAt);
    await sleep(EVERY_MS);
  }
  return delays;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

await main();
