// Pauses, resumes and cancels a campaign in full swing; how long its mail still arrives after that.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { SendingControl } from '#domain/sending';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { SmtpSink } from '#testing/smtp-sink';
import { migrations } from '#migrations';
import { pem } from './send/messages.js';
import { startProcess } from './send/processes.js';
import { entities, prepareSender, queueCampaign } from './send/setup.js';
import { onInterrupt } from './support/interrupt.js';
import { Report, median, option } from './support/report.js';

const bulk = option('bulk', 100_000);
const rounds = option('rounds', 5);
/** The campaign is in full swing after this, and has stopped for good when nothing came for this. */
const SWING_MS = 2_000;
const SILENCE_MS = 1_500;
const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-bench-pause-'));
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

async function main(): Promise<void> {
  const server = await EmbeddedPostgres.start({ dataDir });
  const endServer = async () => {
    await server.stop();
    removeDataDir(dataDir);
  };
  onInterrupt(endServer);
  const source = await openDataSource({ url: server.url, entities, migrations });
  let lastAt = 0;
  let arrived = 0;
  const sink = await SmtpSink.listen({
    keepsMessages: false,
    onMessage: () => {
      lastAt = performance.now();
      arrived++;
      return undefined;
    },
  });
  try {
    await migrate(source);
    const sender = await prepareSender(source);
    const campaignId = await queueCampaign(source, sink.port, sender, bulk, `'reader' || n || '@large.example'`);
    const mta = await startProcess('mta');
    mta.child.send({
      databaseUrl: server.url,
      port: sink.port,
      journalRoot: path.join(dataDir, 'journals'),
      privateKey: pem(privateKey),
      trackingKey: randomBytes(32).toString('hex'),
      sitePerDomain: true,
      connections: { start: 20, min: 20, max: 20 },
    });
    await once(mta.child, 'message');
    const control = new SendingControl(source);
    /** @returns the ms from the order until the last message came, and how many still came */
    const stop = async (order: () => Promise<unknown>): Promise<{ ms: number; messages: number }> => {
      await sleep(SWING_MS);
      const before = arrived;
      if (performance.now() - lastAt > 500) throw new Error('the campaign was over before it was stopped: give it more with --bulk');
      const orderedAt = performance.now();
      await order();
      while (performance.now() - Math.max(lastAt, orderedAt) < SILENCE_MS) await sleep(20);
      return { ms: Math.max(0, lastAt - orderedAt), messages: arrived - before };
    };
    const pauses: { ms: number; messages: number }[] = [];
    const report = new Report('pause', { bulk, rounds });
    for (let round = 1; round <= rounds; round++) {
      pauses.push(await stop(() => setStatus(source, control, campaignId, 'paused')));
      report.note(`pause ${round}: the last message came ${Math.round(pauses.at(-1)!.ms)} ms later, ${pauses.at(-1)!.messages} in all`);
      await setStatus(source, control, campaignId, 'sending');
    }
    const cancelled = await stop(async () => {
      await source.query(`UPDATE campaigns SET status = 'cancelled' WHERE id = $1`, [campaignId]);
      await control.cancel(campaignId);
    });
    report.figure('a pause, median', median(pauses.map(({ ms }) => ms)), 'ms (wanted: under 1,000)');
    report.figure('a pause, slowest', Math.max(...pauses.map(({ ms }) => ms)), 'ms (wanted: under 1,000)');
    report.figure('messages after it, most', Math.max(...pauses.map(({ messages }) => messages)), 'messages');
    report.figure('a cancellation', cancelled.ms, 'ms (wanted: under 1,000)');
    report.print();
    mta.child.disconnect();
    await once(mta.child, 'exit');
  } finally {
    await source.destroy();
    await sink.close();
    await endServer();
  }
}

/** What the campaign service does to a campaign that is sending, and nothing else. */
async function setStatus(source: DataSource, control: SendingControl, campaignId: string, status: 'paused' | 'sending'): Promise<void> {
  await source.query('UPDATE campaigns SET status = $2 WHERE id = $1', [campaignId, status]);
  await control.campaignChanged(campaignId);
}

await main();
