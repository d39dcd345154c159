import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { Outcome } from '#base/contracts';
import { EmbeddedPostgres, migrate, openDataSource } from '#platform/database';
import { findFreePorts } from '#platform/ports';
import { openSecrets } from '#platform/secrets';
import { removeTestDataDir } from '#testing/run-folder';
import { migrations } from '#migrations';
import { chaosEntities, roleEnvironment } from '../chaos/environment.js';
import { Fleet } from '../chaos/fleet.js';
import { readAccounts } from '../chaos/ledger.js';
import { Mailing } from '../chaos/mailing.js';
import { ChaosRedis } from '../chaos/redis.js';
import { Witness } from '../chaos/witness.js';

const READERS = 1_500;
const ends: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it.each(['pg-boss', ...(ChaosRedis.canRun ? ['bull'] : [])])(
  'two MTA processes share a campaign without a duplicate, on %s',
  async (transport) => {
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-two-mtas-'));
    ends.push(() => removeTestDataDir(dataDir));
    const server = await EmbeddedPostgres.start({ dataDir, serverSettings: { fsync: 'off' } });
    ends.push(() => server.stop());
    const redis = transport === 'bull' ? await ChaosRedis.start() : undefined;
    if (redis) ends.push(() => redis.stop());
    const source = await openDataSource({ url: server.url, entities: chaosEntities, migrations });
    ends.push(() => source.destroy());
    await migrate(source);
    const firstPort = await findFreePorts(11);
    const log = path.join(dataDir, 'simulator.log');
    const fleet = new Fleet(
      roleEnvironment({ dataDir, firstPort, log, databaseUrl: server.url, redisUrl: redis?.url }),
      path.join(dataDir, 'roles.log'),
    );
    ends.push(() => fleet.stop());
    const mailing = await Mailing.prepare(source, {
      databaseUrl: server.url,
      redisUrl: redis?.url,
      simulatorPort: firstPort + 3,
      secrets: openSecrets(dataDir, undefined),
      bulk: READERS,
      orders: 0,
    });
    await fleet.start('simulator', 'worker', 'mta', 'mta-2');
    await knowEachOther(source);
    const campaignId = await mailing.sendCampaign();
    const senders = await finished(source);
    expect(senders.size).toBe(2);
    const accounts = await readAccounts(source, campaignId);
    expect(accounts).toHaveLength(READERS);
    const { taken } = witness(log);
    const delivered = accounts.filter(({ outcome }) => outcome === Outcome.delivered);
    expect(accounts.every(({ outcome }) => outcome === Outcome.delivered || outcome === Outcome.bounced)).toBe(true);
    expect([...taken.keys()].sort()).toEqual(delivered.map(({ recipient }) => recipient).sort());
    expect([...taken.values()].filter(({ times }) => times > 1)).toEqual([]);
    expect(fleet.deaths).toEqual([]);
  },
);

/** Each has sent a sign of life since the other was there, which is when it counts them. */
async function knowEachOther(source: DataSource): Promise<void> {
  const alive = 'SELECT count(*)::int AS n, max(heartbeat_at)::text AS last FROM mta_workers';
  const [{ n, last }] = (await source.query(alive)) as [{ n: number; last: string }];
  expect(n).toBe(2);
  for (;;) {
    const [{ since }] = (await source.query('SELECT bool_and(heartbeat_at > $1::timestamptz) AS since FROM mta_workers', [last])) as [
      { since: boolean },
    ];
    if (since) return;
    await sleep(50);
  }
}

function witness(log: string): Witness {
  const seen = new Witness(log);
  ends.push(() => seen.close());
  return seen.read();
}

/** @returns the workers that held lanes at one time or another */
async function finished(source: DataSource): Promise<Set<string>> {
  const senders = new Set<string>();
  for (;;) {
    const owners = (await source.query('SELECT DISTINCT lease_owner FROM lanes WHERE lease_owner IS NOT NULL')) as {
      lease_owner: string;
    }[];
    for (const { lease_owner } of owners) senders.add(lease_owner);
    const [{ waiting }] = (await source.query(
      `SELECT (SELECT count(*) FROM batches) + (SELECT count(*) FROM campaigns WHERE status IN ('preparing', 'sending')) AS waiting`,
    )) as [{ waiting: string }];
    if (Number(waiting) === 0) return senders;
    await sleep(50);
  }
}
