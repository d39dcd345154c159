// Sends personalised, signed 30 KB newsletters and records every outcome; against nodemailer's pooled transport with DKIM.
import { type ChildProcess, fork } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DataSource } from 'typeorm';
import { type ActorContext, silentLogger, systemActor, systemClock, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { audienceEntities } from '#domain/audience';
import { CampaignClock, CampaignFreeze, CampaignService, campaignsEntities } from '#domain/campaigns';
import { deliverabilityEntities } from '#domain/deliverability';
import { SendingControl, SiteDirectory, sendingEntities } from '#domain/sending';
import { TemplateService, mergeDataOf, renderPreview, templatesEntities } from '#domain/templates';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { migrations } from '#migrations';
import { mailHosts } from './send/mail-hosts.js';
import { rawSmtpPerSecond, signaturesPerSecond, syncsPerSecond } from './send/limits.js';
import { type CpuUsage, type PeerJob, type PeerMessage, pem, sendingDomain } from './send/messages.js';
import type { MtaJob } from './send/mta.process.js';
import { newsletter, person } from './send/newsletter.js';
import { onInterrupt } from './support/interrupt.js';
import { Report, median, option } from './support/report.js';

/**
 * A campaign of personalised 30 KB newsletters, links rewritten, RSA-2048 signed, to a sink on loopback, every outcome
 * durable in PostgreSQL; against nodemailer's pooled transport with DKIM, whose messages come ready-made and which records
 * nothing. Both by turns in the same run, each in a process of its own.
 */
const messages = option('messages', 10_000);
const peerMessages = option('peer-messages', Math.ceil(messages / 4));
const rounds = option('rounds', 3);
const connections = option('connections', 20);
/** Where the pool is at its best: more connections make it slower. */
const peerConnections = option('peer-connections', 10);

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-bench-send-'));
const here = path.dirname(fileURLToPath(import.meta.url));
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
  onInterrupt(async () => {
    await server.stop();
    removeDataDir(dataDir);
  });
  const source = await openDataSource({ url: server.url, entities, migrations });
  const sink = await start('sink');
  const mta = await start('mta');
  const nodemailer = await start('nodemailer');
  const { port } = sink.ready as { port: number };
  try {
    await migrate(source);
    const bench = await Bench.create(source, { sink: sink.child, mta: mta.child, nodemailer: nodemailer.child }, port);
    const sample = bench.samples()[0]!;
    const report = new Report('send', {
      messages,
      'KB of HTML': Math.round(sample.html.length / 102.4) / 10,
      connections,
      'connections of the peer': peerConnections,
      rounds,
    });
    const ours: Run[] = [];
    const peer: Run[] = [];
    const frozen: number[] = [];
    // Both are processes that have been up for a while: what Node needs to warm up is no part of a rate.
    const warm = [await bench.campaign(server.url), await bench.nodemailer()] as const;
    report.note(`warming up: ${say(warm[0])}; nodemailer ${say(warm[1])}`);
    for (let round = 0; round < rounds; round++) {
      const result = await bench.campaign(server.url);
      ours.push(result);
      frozen.push(result.frozenPerSecond);
      peer.push(await bench.nodemailer());
      report.note(`round ${round + 1}: ${say(ours.at(-1)!)}; nodemailer ${say(peer.at(-1)!)}`);
    }
    const raw = Buffer.from(`Subject: x\r\n\r\n${sample.html.replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..')}`);
    report.limit('RSA-2048 signatures, all cores', await signaturesPerSecond());
    report.limit('ready bytes into the sink', await rawSmtpPerSecond(port, raw, connections, messages));
    report.limit('fdatasync of 8 KB, one by one', syncsPerSecond(dataDir));
    report.figure('freeze and queue', median(frozen), 'deliveries/s');
    const rate = (runs: readonly Run[]) => median(runs.map(({ perSecond }) => perSecond));
    // On a machine that others use too, this is the steadier figure of the two.
    const perCpuSecond = (runs: readonly Run[]) => 1e6 / median(runs.map(({ cpuMicros }) => cpuMicros));
    report.figure('nodemailer pool with DKIM', rate(peer), 'messages/s');
    report.figure('Chapar', rate(ours), 'messages/s', { peer: rate(peer), wanted: 3 });
    report.figure('nodemailer, of its CPU time', perCpuSecond(peer), 'messages/s of CPU');
    report.figure('Chapar, of its CPU time', perCpuSecond(ours), 'messages/s of CPU', { peer: perCpuSecond(peer) });
    report.print();
  } finally {
    for (const { child } of [sink, mta, nodemailer]) child.disconnect();
    await source.destroy();
    await server.stop();
    removeDataDir(dataDir);
  }
}

interface Run {
  readonly perSecond: number;
  /** CPU time of the sending process, all its threads, for each message. */
  readonly cpuMicros: number;
  /** And of the sink. */
  readonly sinkMicros: number;
}

const say = ({ perSecond, cpuMicros, sinkMicros }: Run) =>
  `${Math.round(perSecond)}/s (${Math.round(cpuMicros)} µs of CPU each, and ${Math.round(sinkMicros)} in the sink)`;

class Bench {
  private constructor(
    private readonly source: DataSource,
    private readonly processes: Readonly<Record<'sink' | 'mta' | 'nodemailer', ChildProcess>>,
    private readonly port: number,
    private readonly context: ActorContext,
    private readonly listId: string,
    private readonly templateId: string,
    private readonly compiled: Parameters<typeof renderPreview>[0],
    private readonly trackingKey: string,
  ) {}

  static async create(source: DataSource, processes: Bench['processes'], port: number): Promise<Bench> {
    const [workspaceId, listId] = [uuidv7(), uuidv7()];
    const context = systemActor(workspaceId, 'bench');
    await source.query(`INSERT INTO workspaces (id, name, slug, postal_address) VALUES ($1, 'Bench', 'bench', 'Street 1')`, [workspaceId]);
    await source.query(`INSERT INTO domains (id, workspace_id, name, status, return_path_host) VALUES ($1, $2, $3, 'verified', $4)`, [
      uuidv7(),
      workspaceId,
      sendingDomain,
      `bounces.${sendingDomain}`,
    ]);
    await source.query(`INSERT INTO lists (id, workspace_id, name, name_key) VALUES ($1, $2, 'All', 'all')`, [listId, workspaceId]);
    await source.query(
      `WITH people AS (
         INSERT INTO contacts (workspace_id, email, email_key, first_name, attributes)
         SELECT $1, p->>'email', p->>'email', p->>'first_name', p - 'email' - 'first_name' FROM jsonb_array_elements($3::jsonb) AS p RETURNING id)
       INSERT INTO list_memberships (list_id, contact_id, status) SELECT $2, id, 'subscribed' FROM people`,
      [workspaceId, listId, JSON.stringify(Array.from({ length: messages }, (_, n) => person(n)))],
    );
    await source.query('ANALYZE contacts, list_memberships');
    const template = await new TemplateService(source).create(context, { name: 'Newsletter', ...newsletter() });
    const [{ compiled }] = await source.query('SELECT compiled FROM template_versions WHERE template_id = $1', [template.id]);
    return new Bench(source, processes, port, context, listId, template.id, compiled, randomBytes(32).toString('hex'));
  }

  /** A full campaign through freeze, queue and engine. */
  async campaign(databaseUrl: string): Promise<Run & { frozenPerSecond: number }> {
    const tickets: (() => Promise<void>)[] = [];
    const sites = new SiteDirectory(this.source, mailHosts(this.port, false));
    const queue = {
      prepare: (id: string) => Promise.resolve(void tickets.push(() => freeze.prepare(id))),
      freezeRange: (id: string, number: number) => Promise.resolve(void tickets.push(() => freeze.freezeRange(id, number))),
    };
    const freeze = new CampaignFreeze(this.source, sites, queue);
    const service = new CampaignService(this.source, new SendingControl(this.source), sites, queue, systemClock, 'live');
    const { id } = await service.create(this.context, {
      name: 'Bench',
      templateId: this.templateId,
      fromName: 'News',
      fromEmail: `hello@${sendingDomain}`,
      audience: { include: { lists: [this.listId] } },
    });
    const freezeAt = performance.now();
    await service.send(this.context, id);
    while (tickets.length > 0) await tickets.shift()!();
    const frozenPerSecond = messages / ((performance.now() - freezeAt) / 1000);
    await service.pause(this.context, id);
    await this.source.query('CHECKPOINT');
    const job: MtaJob = {
      databaseUrl,
      port: this.port,
      journalRoot: path.join(dataDir, 'journals'),
      privateKey: pem(privateKey),
      trackingKey: this.trackingKey,
      connections: { start: connections, min: connections, max: connections },
    };
    const { mta, sink } = this.processes;
    await order(mta, job);
    const [before, sinkBefore] = [await cpuOf(mta), await cpuOf(sink)];
    const startedAt = performance.now();
    await service.resume(this.context, id);
    await this.settled(id);
    const perSecond = messages / ((performance.now() - startedAt) / 1000);
    const [after, sinkAfter] = [await cpuOf(mta), await cpuOf(sink)];
    await order(mta, 'stop');
    await new CampaignClock(this.source, service, systemClock, silentLogger).closeFinished();
    const audit = await service.audit(this.context, id);
    if (!audit.isComplete || audit.byState.delivered !== messages) throw new Error(`the ledger does not add up: ${JSON.stringify(audit)}`);
    return { perSecond, frozenPerSecond, cpuMicros: (after - before) / messages, sinkMicros: (sinkAfter - sinkBefore) / messages };
  }

  async nodemailer(): Promise<Run> {
    const { nodemailer, sink } = this.processes;
    const sinkBefore = await cpuOf(sink);
    const job: PeerJob = {
      port: this.port,
      connections: peerConnections,
      count: peerMessages,
      messages: this.samples(),
      privateKey: pem(privateKey),
    };
    const { seconds, cpu } = (await order(nodemailer, job)) as { seconds: number; cpu: CpuUsage };
    const sinkMicros = ((await cpuOf(sink)) - sinkBefore) / peerMessages;
    return { perSecond: peerMessages / seconds, cpuMicros: (cpu.user + cpu.system) / peerMessages, sinkMicros };
  }

  /** What our own engine would render for the first of the people. */
  samples(): PeerMessage[] {
    return Array.from({ length: 100 }, (_, n) => {
      const { email, ...merge } = person(n);
      const token = 'abcdefghijklmnopqrstuvwxyz234567';
      const rendered = renderPreview(this.compiled, mergeDataOf({ email, merge }), {
        link: () => `https://mail.example.org/t/c/${token}`,
        openPixel: () => `https://mail.example.org/t/o/${token}.gif`,
        unsubscribe: () => `https://mail.example.org/u/${token}`,
        webView: () => `https://mail.example.org/t/v/${token}`,
      });
      return {
        ...rendered,
        to: email,
        envelopeFrom: `b-${token}@bounces.${sendingDomain}`,
        unsubscribeUrl: `https://mail.example.org/u/${token}`,
      };
    });
  }

  /** Every outcome is committed, as the counters say, which are committed with them. */
  private async settled(campaignId: string): Promise<void> {
    for (;;) {
      const [{ n }] = (await this.source.query(
        `SELECT coalesce(sum(value), 0)::int AS n FROM counters WHERE campaign_id = $1 AND metric IN ('accepted', 'bounced', 'failed', 'unknown')`,
        [campaignId],
      )) as [{ n: number }];
      if (n >= messages) return;
      await sleep(20);
    }
  }
}

/** µs of CPU, all threads, since it started to work. */
async function cpuOf(child: ChildProcess): Promise<number> {
  const { user, system } = (await order(child, 'cpu')) as CpuUsage;
  return user + system;
}

/** Sends an order, and waits for the answer. */
async function order(child: ChildProcess, what: MtaJob | PeerJob | 'cpu' | 'stop'): Promise<unknown> {
  const answer = once(child, 'message');
  child.send(what);
  const [said] = (await answer) as [unknown];
  return said;
}

/** A part of the bench in a process of its own, once it has said its first word. */
async function start(name: 'sink' | 'mta' | 'nodemailer'): Promise<{ child: ChildProcess; ready: unknown }> {
  const profile = process.env['BENCH_CPU_PROF'] === name ? ['--cpu-prof', `--cpu-prof-dir=${os.tmpdir()}/chapar-prof`] : [];
  const child = fork(path.join(here, 'send', `${name}.process.js`), {
    execArgv: [...process.execArgv, ...profile],
    serialization: 'advanced',
  });
  const [ready] = (await once(child, 'message')) as [unknown];
  return { child, ready };
}

await main();
