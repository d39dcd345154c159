import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { testCertificate } from '#testing/certificates';
import { migrations } from '#migrations';
import { onInterrupt } from '../support/interrupt.js';
import { CampaignSender, campaignEntities } from './campaign-sender.js';
import { type CpuUsage, type PeerJob, pem } from './messages.js';
import type { NewsletterSize } from './newsletter.js';
import { PostfixPeer } from './postfix-peer.js';
import { cpuOf, order, startProcess } from './processes.js';
import { dotStuffed } from './ready-client.js';

/** What all senders of a bench have in common. */
export interface SendersSetting {
  readonly name: string;
  readonly size: NewsletterSize;
  /** The most that Chapar sends at once. */
  readonly contacts: number;
  readonly isSigned: boolean;
  readonly usesTls: boolean;
  /** Of the path to the sink. */
  readonly roundTripMs?: number;
  /** The sink takes BDAT, as Google's and Microsoft's servers do. */
  readonly offersChunking?: boolean;
}

export interface Run {
  readonly perSecond: number;
  /** CPU time of all that sends, for each message. */
  readonly cpuMicros: number;
  /** And of the sink. */
  readonly sinkMicros: number;
  /** Of what came before the sending, for Chapar. */
  readonly frozenPerSecond?: number;
}

/** Sends `count` messages over so many connections and measures it. */
export type Sender = (connections: number, count: number) => Promise<Run>;

export interface Senders {
  readonly chapar: Sender;
  readonly nodemailer: Sender;
  /** Absent where Debian's packages cannot be had, or its daemons not be started. */
  readonly postfix: Sender | undefined;
  /** HTML of a message. */
  readonly htmlBytes: number;
  readonly rawMessage: Buffer;
  readonly sinkPort: number;
  readonly dataDir: string;
}

/** Starts PostgreSQL, a sink and all senders, hands them over, and ends them again. */
export async function withSenders(setting: SendersSetting, work: (senders: Senders) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), `chapar-bench-${setting.name}-`));
  // Daemons of Postfix that are not root go through it.
  chmodSync(dataDir, 0o711);
  const privateKey = setting.isSigned ? pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey) : undefined;
  const server = await EmbeddedPostgres.start({ dataDir });
  const ends: (() => Promise<unknown> | void)[] = [() => removeDataDir(dataDir), () => server.stop()];
  let ending: Promise<void> | undefined;
  // Once: an interrupted run fails in its middle, and both ways lead here.
  const endAll = () =>
    (ending ??= (async () => {
      for (const end of ends.splice(0).reverse()) await end();
    })());
  onInterrupt(endAll);
  try {
    const source = await openDataSource({ url: server.url, entities: campaignEntities, migrations });
    ends.push(() => source.destroy());
    await migrate(source);
    const certificate = setting.usesTls ? await testCertificate(['mx.example.net']) : undefined;
    const sink = await startProcess('sink', {
      ...(certificate && { tls: { key: certificate.key, cert: certificate.cert } }),
      ...(setting.offersChunking && { extensions: ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'CHUNKING'] }),
      ...(setting.roundTripMs && { roundTripMs: setting.roundTripMs }),
    });
    const mta = await startProcess('mta');
    const nodemailer = await startProcess('nodemailer');
    for (const { child } of [sink, mta, nodemailer]) ends.push(() => child.disconnect());
    const { port: sinkPort } = sink.ready as { port: number };
    const campaign = await CampaignSender.create(source, {
      databaseUrl: server.url,
      sinkPort,
      journalRoot: path.join(dataDir, 'journals'),
      contacts: setting.contacts,
      size: setting.size,
      privateKey,
    });
    const samples = campaign.samples();
    const { usesTls } = setting;

    const chapar: Sender = async (connections, count) => {
      const sinkBefore = await cpuOf(sink.child);
      const { seconds, frozenPerSecond, cpuMicros } = await campaign.send(mta.child, connections, count, () => cpuOf(mta.child));
      return run(count, seconds, cpuMicros, (await cpuOf(sink.child)) - sinkBefore, frozenPerSecond);
    };
    const pool: Sender = async (connections, count) => {
      const sinkBefore = await cpuOf(sink.child);
      const job: PeerJob = { port: sinkPort, connections, count, messages: samples, privateKey, usesTls };
      const { seconds, cpu } = (await order(nodemailer.child, job)) as { seconds: number; cpu: CpuUsage };
      return run(count, seconds, cpu.user + cpu.system, (await cpuOf(sink.child)) - sinkBefore);
    };
    let running: { readonly peer: PostfixPeer; readonly connections: number } | undefined;
    ends.push(() => running?.peer.stop());
    const postfix: Sender = async (connections, count) => {
      if (running?.connections !== connections) {
        await running?.peer.stop();
        const options = { sinkPort, connections, messages: samples, privateKey, usesTls, folder: dataDir };
        running = { connections, peer: await PostfixPeer.start(options) };
      }
      const { peer } = running;
      const [sinkBefore, before] = [await cpuOf(sink.child), peer.cpuMicros];
      const seconds = await peer.relay(count, async () => (await order(sink.child, 'accepted')) as number);
      return run(count, seconds, peer.cpuMicros - before, (await cpuOf(sink.child)) - sinkBefore);
    };
    await work({
      chapar,
      nodemailer: pool,
      postfix: PostfixPeer.canRun ? postfix : undefined,
      htmlBytes: samples[0]!.html.length,
      rawMessage: dotStuffed(Buffer.from(`Subject: x\r\n\r\n${samples[0]!.html}`)),
      sinkPort,
      dataDir,
    });
  } finally {
    await endAll();
  }
}

function run(count: number, seconds: number, cpuMicros: number, sinkMicros: number, frozenPerSecond?: number): Run {
  return {
    perSecond: count / seconds,
    cpuMicros: cpuMicros / count,
    sinkMicros: sinkMicros / count,
    ...(frozenPerSecond !== undefined && { frozenPerSecond }),
  };
}

export const say = ({ perSecond, cpuMicros, sinkMicros }: Run): string =>
  `${Math.round(perSecond)}/s (${Math.round(cpuMicros)} µs of CPU each, and ${Math.round(sinkMicros)} in the sink)`;
