// Sends mail while the MTA is killed again and again and PostgreSQL crashes, then reconciles every message with what was accepted.
import { type ChildProcess, fork } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DataSource } from 'typeorm';
import { MailClass, Outcome } from '#base/contracts';
import { messageOf, systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { SiteDirectory, enqueueDeliveries, sendingEntities } from '#domain/sending';
import { TemplateService, templatesEntities } from '#domain/templates';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { SmtpSink } from '#testing/smtp-sink';
import { migrations } from '#migrations';
import { mailHosts } from '../../bench/send/mail-hosts.js';
import { pem, sendingDomain } from '../../bench/send/messages.js';
import type { MtaJob } from '../../bench/send/mta.process.js';
import { onInterrupt } from '../../bench/support/interrupt.js';
import { option } from '../../bench/support/report.js';
import { type Account, type Counted, type Taken, type Verdict, reconcile } from './reconcile.js';

const messages = option('messages', 5_000);
const kills = option('kills', 25);
/** Every so many kills of the MTA, PostgreSQL crashes as well. */
const DATABASE_CRASH_EVERY = 6;
/** And every so many, the next MTA dies as well while it takes over from its predecessor. */
const KILL_IN_RECOVERY_EVERY = 4;
const GIVE_UP_MS = 120_000;
const LONGEST_PEACE_MS = 10_000;
const CONNECTIONS = 10;

const mtaProgram = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'bench', 'send', 'mta.process.js');
const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-chaos-'));
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<Verdict> {
  const sink = await worldOfServers();
  const server = await EmbeddedPostgres.start({ dataDir });
  onInterrupt(async () => {
    await server.stop();
    removeDataDir(dataDir);
  });
  const source = await openDataSource({
    url: server.url,
    entities: [...accountsEntities, ...templatesEntities, ...sendingEntities],
    migrations,
  });
  try {
    await migrate(source);
    await queueMail(source, sink.port);
    say(`Sending ${messages} messages, half of them bulk and half transactional; ${kills} kills are to come.`);
    const job: MtaJob = {
      databaseUrl: server.url,
      port: sink.port,
      journalRoot: path.join(dataDir, 'journals'),
      privateKey: pem(privateKey),
      trackingKey: randomBytes(32).toString('hex'),
      connections: { start: CONNECTIONS, min: CONNECTIONS, max: CONNECTIONS },
    };
    const deaths = await sendUnderFire(source, server, sink, job);
    return reconcile({
      accounts: await readAccounts(source),
      taken: takenByRecipient(sink),
      counted: await readCounters(source),
      deaths,
      mostAmbiguous: (kills + Math.floor(kills / KILL_IN_RECOVERY_EVERY)) * CONNECTIONS,
    });
  } finally {
    await source.destroy();
    await server.stop();
    await sink.close();
    removeDataDir(dataDir);
  }
}

/** Takes most mail after a moment, puts some off once, refuses some for good; every answer can be cut off by a kill. */
async function worldOfServers(): Promise<SmtpSink> {
  const putOff = new Set<string>();
  return SmtpSink.listen({
    keepsContent: true,
    onRecipient: (address) => {
      const n = Number(/\d+/.exec(address)?.[0] ?? 0);
      if (n % 50 === 7) return '550 5.1.1 no such user';
      if (n % 20 !== 3 || putOff.has(address)) return undefined;
      putOff.add(address);
      return '451 4.7.1 greylisted, try again';
    },
    onMessage: async () => {
      await sleep(Math.random() * 30);
      return undefined;
    },
  });
}

async function queueMail(source: DataSource, port: number): Promise<void> {
  const [workspaceId, domainId, campaignId] = [uuidv7(), uuidv7(), uuidv7()];
  await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Chaos', 'chaos')`, [workspaceId]);
  await source.query(`INSERT INTO domains (id, workspace_id, name, status, return_path_host) VALUES ($1, $2, $3, 'verified', $4)`, [
    domainId,
    workspaceId,
    sendingDomain,
    `bounces.${sendingDomain}`,
  ]);
  const template = await new TemplateService(source).create(systemActor(workspaceId, 'chaos'), {
    name: 'T',
    subject: 'Hello {{first_name}}',
    source: '<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{first_name}}</mj-text></mj-column></mj-section></mj-body></mjml>',
  });
  await source.query(
    `INSERT INTO campaigns (id, workspace_id, name, status, template_id, template_version_id, domain_id, from_name, from_email)
     VALUES ($1, $2, 'Chaos', 'sending', $3, $4, $5, 'News', $6)`,
    [campaignId, workspaceId, template.id, template.version.id, domainId, `hello@${sendingDomain}`],
  );
  const sites = new SiteDirectory(source, mailHosts(port, false));
  for (const [mailClass, prefix] of [
    [MailClass.bulk, 'bulk'],
    [MailClass.transactional, 'order'],
  ] as const)
    await source.transaction(async (manager) => {
      const deliveries = (await manager.query(
        `INSERT INTO deliveries (workspace_id, campaign_id, kind, template_version_id, email, merge)
         SELECT $1, $2, 0, $3, $4 || n || '@example' || n % 3 || '.net', '{"first_name": "Sara"}' FROM generate_series(1, $5) AS n
         RETURNING id, split_part(email, '@', -1) AS domain`,
        [workspaceId, campaignId, template.version.id, prefix, Math.floor(messages / 2)],
      )) as { id: string; domain: string }[];
      const expiresAt = new Date(Date.now() + 3600_000);
      await enqueueDeliveries(manager, { workspaceId, campaignId, class: mailClass, expiresAt, deliveries }, sites);
    });
}

/** @returns what MTAs died of that nobody killed */
async function sendUnderFire(source: DataSource, server: EmbeddedPostgres, sink: SmtpSink, job: MtaJob): Promise<string[]> {
  const deaths: string[] = [];
  // Counted in messages taken rather than in time, so that every kill meets mail that is flowing, on any machine.
  const moments = Array.from({ length: kills }, () => Math.random() * messages * 0.95).sort((a, b) => a - b);
  let mta = await startMta(job);
  for (let kill = 1; kill <= kills; kill++) {
    await until(() => sink.messages.length >= moments[kill - 1]!, LONGEST_PEACE_MS);
    const crashesDatabase = kill % DATABASE_CRASH_EVERY === 0;
    if (crashesDatabase && server.pid !== undefined) process.kill(server.pid, 'SIGKILL');
    // Sometimes the MTA outlives the database for a while, and has to hold what it could not record.
    if (crashesDatabase) await sleep(Math.random() * 400);
    if (hasEnded(mta)) deaths.push(`before kill ${kill}, with code ${mta.exitCode}`);
    else await killed(mta);
    if (crashesDatabase) await server.restart();
    const killsSuccessor = kill % KILL_IN_RECOVERY_EVERY === 0;
    if (killsSuccessor) await killInRecovery(job);
    say(
      `kill ${kill}${crashesDatabase ? ', and PostgreSQL with it' : ''}${killsSuccessor ? ', and the next MTA as it starts' : ''}: ${await waiting(source)} batches to go`,
    );
    mta = await startMta(job);
  }
  const deadline = Date.now() + GIVE_UP_MS;
  while ((await waiting(source)) > 0) {
    if (Date.now() > deadline) throw new Error('the queue did not drain');
    if (hasEnded(mta)) {
      deaths.push(`after the last kill, with code ${mta.exitCode}`);
      mta = await startMta(job);
    }
    await sleep(200);
  }
  mta.disconnect();
  await once(mta, 'exit');
  return deaths;
}

async function until(isReached: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!isReached() && Date.now() < deadline) await sleep(2);
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

async function killed(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function killInRecovery(job: MtaJob): Promise<void> {
  const mta = fork(mtaProgram, { serialization: 'advanced' });
  await once(mta, 'message');
  mta.send(job);
  // From the connection to the database to the first messages of its own.
  await sleep(Math.random() * 250);
  await killed(mta);
}

async function startMta(job: MtaJob): Promise<ChildProcess> {
  for (let attempt = 0; ; attempt++) {
    const child = fork(mtaProgram, { serialization: 'advanced' });
    await once(child, 'message');
    child.send(job);
    const said = await Promise.race([once(child, 'message').then(() => true), once(child, 'exit').then(() => false)]);
    if (said) return child;
    if (attempt > 20) throw new Error('the MTA does not start any more');
    await sleep(250);
  }
}

async function waiting(source: DataSource): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    try {
      const [{ n }] = (await source.query('SELECT count(*)::int AS n FROM batches')) as [{ n: number }];
      return n;
    } catch (error) {
      // The pool has to notice that its sessions are gone.
      if (attempt > 50) throw new Error(`the database does not answer any more: ${messageOf(error)}`, { cause: error });
      await sleep(100);
    }
  }
}

function takenByRecipient(sink: SmtpSink): Map<string, Taken> {
  const taken = new Map<string, { times: number; messageIds: Set<string> }>();
  for (const { rcptTo, content } of sink.messages) {
    const before = taken.get(rcptTo) ?? { times: 0, messageIds: new Set() };
    before.messageIds.add(/^Message-ID: *(.+)\r$/im.exec(content.toString('latin1'))?.[1] ?? '');
    taken.set(rcptTo, { ...before, times: before.times + 1 });
  }
  return taken;
}

async function readAccounts(source: DataSource): Promise<Account[]> {
  return source.query(
    `SELECT d.email AS recipient, d.email LIKE 'bulk%' AS "isBulk", last.outcome, coalesce(a.delivered, 0)::int AS delivered,
       coalesce(a.ambiguous, 0)::int AS ambiguous
     FROM deliveries d
     LEFT JOIN LATERAL (SELECT outcome FROM attempts a WHERE a.delivery_id = d.id ORDER BY a.number DESC, a.id DESC LIMIT 1) AS last ON true
     LEFT JOIN LATERAL (
       SELECT count(*) FILTER (WHERE a.outcome = ${Outcome.delivered}) AS delivered,
         count(*) FILTER (WHERE a.outcome = ${Outcome.deferred} AND a.reply LIKE '%after the message was complete%') AS ambiguous
       FROM attempts a WHERE a.delivery_id = d.id) AS a ON true`,
  );
}

async function readCounters(source: DataSource): Promise<Counted> {
  const rows = (await source.query('SELECT metric, sum(value)::int AS n FROM counters GROUP BY metric')) as { metric: string; n: number }[];
  return Object.fromEntries(rows.map(({ metric, n }) => [metric, n]));
}

const verdict = await main();
say(verdict.text);
process.exit(verdict.isGood ? 0 : 1);
