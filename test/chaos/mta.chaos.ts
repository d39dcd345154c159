// Sends a campaign to the simulator while processes and PostgreSQL are killed and Redis is flushed, then reconciles every message.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { findFreePorts } from '#platform/ports';
import { openSecrets } from '#platform/secrets';
import { migrations } from '#migrations';
import { onInterrupt } from '../../bench/support/interrupt.js';
import { option } from '../../bench/support/report.js';
import { PORTS, SIMULATED_PROVIDERS, chaosEntities, roleEnvironment } from './environment.js';
import { Faults } from './faults.js';
import { Fleet, killableRoles } from './fleet.js';
import { patiently, readAccounts, readCounters } from './ledger.js';
import { Mailing } from './mailing.js';
import { type Verdict, reconcile } from './reconcile.js';
import { ChaosRedis } from './redis.js';
import { Witness } from './witness.js';

const messages = option('messages', 20_000);
const kills = option('kills', 200);
const seed = option('seed', 1 + Math.floor(Math.random() * 1e9));
const transports = transportsAsked();
const GIVE_UP_MS = 600_000;
/** Mail that comes back is waited for until so long nothing came. */
const QUIET_MS = 4_000;
const say = (line: string) => process.stdout.write(`${line}\n`);

type Transport = 'pg-boss' | 'bull';

async function main(transport: Transport): Promise<Verdict> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-chaos-'));
  chmodSync(dataDir, 0o711);
  const ends: (() => Promise<unknown> | void)[] = [() => removeDataDir(dataDir), () => rmSync(dataDir, { recursive: true, force: true })];
  let ending: Promise<void> | undefined;
  // Once: an interrupted run fails in its middle, and both ways lead here.
  const endAll = () =>
    (ending ??= (async () => {
      for (const end of ends.splice(0).reverse()) await end();
    })());
  onInterrupt(endAll);
  try {
    const server = await EmbeddedPostgres.start({ dataDir });
    ends.push(() => server.stop());
    const redis = transport === 'bull' ? await ChaosRedis.start() : undefined;
    if (redis) ends.push(() => redis.stop());
    const source = await openDataSource({ url: server.url, entities: chaosEntities, migrations });
    ends.push(() => source.destroy());
    await migrate(source);
    const firstPort = await findFreePorts(PORTS);
    const log = path.join(dataDir, 'simulator.log');
    const env = roleEnvironment({ dataDir, firstPort, log, databaseUrl: server.url, redisUrl: redis?.url });
    const fleet = new Fleet(env, path.join(dataDir, 'roles.log'));
    ends.push(() => fleet.stop());
    const orders = Math.ceil(messages / 10);
    const mailing = await Mailing.prepare(source, {
      databaseUrl: server.url,
      redisUrl: redis?.url,
      simulatorPort: firstPort + 3,
      secrets: openSecrets(dataDir, undefined),
      bulk: messages,
      orders,
    });
    await fleet.start('simulator');
    const witness = new Witness(log);
    ends.push(() => witness.close());
    await fleet.start(...killableRoles);
    say(`\nOn ${transport}: a campaign to ${messages} and ${orders} orders to the simulator; ${kills} kills are to come (--seed ${seed}).`);
    const faults = new Faults({ fleet, server, redis, witness, source, kills, expected: messages + orders, seed, say });
    const freezing = faults.duringFreeze();
    const campaignId = await patiently(() => mailing.sendCampaign());
    await patiently(() => mailing.queueOrders());
    await freezing;
    await faults.duringDelivery();
    await drained(source, witness);
    await fleet.stop();
    const verdict = reconcile({
      accounts: await patiently(() => readAccounts(source, campaignId)),
      addressees: { bulk: messages, orders },
      taken: witness.read().byRecipient,
      lateBounces: witness.lateBounces,
      counted: await patiently(() => readCounters(source, campaignId)),
      deaths: fleet.deaths,
      mostAmbiguous: faults.killedMtas * MOST_CONNECTIONS,
    });
    say(`\nOn ${transport}: killed ${faults.summary()}`);
    if (!verdict.isGood) say(complaints(path.join(dataDir, 'roles.log')));
    return verdict;
  } finally {
    await endAll();
  }
}

/** Each simulated provider takes fifty at most. */
const MOST_CONNECTIONS = SIMULATED_PROVIDERS * 50;

/** Nothing waits in the queue, nothing that came back is unread, and nothing has come back for a while. */
async function drained(source: DataSource, witness: Witness): Promise<void> {
  const deadline = Date.now() + GIVE_UP_MS;
  let lines = -1;
  let quietSince = Date.now();
  for (;;) {
    const [{ waiting }] = (await patiently(() =>
      source.query(
        `SELECT (SELECT count(*) FROM batches) + (SELECT count(*) FROM inbound_messages WHERE processed_at IS NULL)
           + (SELECT count(*) FROM campaigns WHERE status IN ('preparing', 'sending')) AS waiting`,
      ),
    )) as [{ waiting: string }];
    if (witness.read().lines !== lines || Number(waiting) > 0) quietSince = Date.now();
    lines = witness.lines;
    if (Date.now() - quietSince > QUIET_MS) return;
    if (Date.now() > deadline) throw new Error(`the queue did not drain: ${waiting} batches, reports and campaigns wait`);
    await sleep(200);
  }
}

/** The last errors that roles logged. */
function complaints(file: string): string {
  if (!existsSync(file)) return '';
  const lines = readFileSync(file, 'utf8').split('\n');
  return `\nthe last errors that roles logged:\n${lines
    .filter((line) => line !== '' && !/"level":"?(warn|40)/.test(line))
    .slice(-20)
    .join('\n')}`;
}

function transportsAsked(): Transport[] {
  const at = process.argv.indexOf('--transport');
  if (at >= 0) {
    const asked = process.argv[at + 1];
    if (asked !== 'pg-boss' && asked !== 'bull') throw new Error('--transport is pg-boss or bull');
    return [asked];
  }
  if (ChaosRedis.canRun) return ['pg-boss', 'bull'];
  say('Without redis-server there is no run on Bull.');
  return ['pg-boss'];
}

let isGood = true;
for (const transport of transports) {
  const verdict = await main(transport);
  say(verdict.text);
  isGood &&= verdict.isGood;
}
process.exit(isGood ? 0 : 1);
