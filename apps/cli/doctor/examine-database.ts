import type { DataSource } from 'typeorm';
import { Redis } from 'ioredis';
import { messageOf } from '#base/kernel';
import { migrations } from '#migrations';
import type { Config } from '#platform/config';
import { findLockHolder, isSchemaCurrent, openDataSource, runningServerUrl } from '#platform/database';
import { examineEgress } from './examine-egress.js';
import type { Finding } from './finding.js';

const OLDEST_POSTGRES = 15;
const CLOCK_SKEW_MS = 2_000;
const LATE_SECONDS = 600;

/** PostgreSQL, its schema and clock, the queue, and Redis if it is used. */
export async function examineDatabase(config: Config): Promise<Finding[]> {
  return [...(await examinePostgres(config)), ...(config.redisUrl === undefined ? [] : [await examineRedis(config.redisUrl)])];
}

async function examinePostgres(config: Config): Promise<Finding[]> {
  const area = 'Database';
  const url = config.databaseUrl ?? (findLockHolder(config.dataDir) ? runningServerUrl(config.dataDir) : undefined);
  if (url === undefined) return [{ area, verdict: 'good', found: 'The embedded PostgreSQL is not running; `npm start` starts it.' }];
  let source: DataSource;
  try {
    source = await openDataSource({ url, migrations, poolSize: 1, applicationName: 'chapar-doctor' });
  } catch (error) {
    return [
      {
        area,
        verdict: 'bad',
        found: messageOf(error),
        remedy: 'Check DATABASE_URL, that the server runs, and that this machine may reach it.',
      },
    ];
  }
  try {
    return [
      await examineVersion(source),
      await examineSchema(source),
      await examineClock(source),
      ...((await isSchemaCurrent(source)) ? [...(await examineQueue(source)), ...(await examineEgress(source, config))] : []),
    ];
  } finally {
    await source.destroy();
  }
}

async function examineVersion(source: DataSource): Promise<Finding> {
  const [{ version }] = (await source.query(`SELECT current_setting('server_version_num')::int / 10000 AS version`)) as [
    { version: number },
  ];
  if (version >= OLDEST_POSTGRES) return { area: 'Database', verdict: 'good', found: `PostgreSQL ${version} answers.` };
  return {
    area: 'Database',
    verdict: 'bad',
    found: `This is PostgreSQL ${version}.`,
    remedy: `Chapar needs PostgreSQL ${OLDEST_POSTGRES} or newer.`,
  };
}

async function examineSchema(source: DataSource): Promise<Finding> {
  if (await isSchemaCurrent(source)) return { area: 'Schema', verdict: 'good', found: 'The database schema is up to date.' };
  return {
    area: 'Schema',
    verdict: 'advice',
    found: 'The database was not yet migrated to this version.',
    remedy: 'Run `npx chapar migrate`, or start the product, which does it.',
  };
}

async function examineClock(source: DataSource): Promise<Finding> {
  const [{ now }] = (await source.query('SELECT clock_timestamp() AS now')) as [{ now: Date }];
  const skewMs = Math.abs(now.getTime() - Date.now());
  if (skewMs < CLOCK_SKEW_MS) return { area: 'Clock', verdict: 'good', found: 'Agrees with the database.' };
  return {
    area: 'Clock',
    verdict: 'bad',
    found: `Differs from the database's by ${(skewMs / 1000).toFixed(1)} s.`,
    remedy: 'Let both machines keep time by NTP: schedules, leases and signatures depend on it.',
  };
}

async function examineQueue(source: DataSource): Promise<Finding[]> {
  const [queue] = (await source.query(
    `SELECT coalesce(sum(cardinality(delivery_ids)), 0)::int AS waiting, coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at < now() AND lease_owner IS NULL)), 0)::int AS late FROM batches`,
  )) as [{ waiting: number; late: number }];
  const held = (await source.query(`SELECT site, reason FROM lanes WHERE suspended_until > now() ORDER BY site LIMIT 10`)) as {
    site: string;
    reason: string;
  }[];
  const lanes = held.map(({ site, reason }): Finding => ({
    area: 'Queue',
    verdict: 'advice',
    found: `Mail for ${site} is held up: ${reason}`,
    remedy: `\`npx chapar queue show ${site}\` has the details.`,
  }));
  if (queue.late > LATE_SECONDS)
    return [
      {
        area: 'Queue',
        verdict: 'bad',
        found: `Mail has been due for ${Math.round(queue.late / 60)} minutes.`,
        remedy: 'See that the mta role runs (`npm start`), and look at `npx chapar queue list`.',
      },
      ...lanes,
    ];
  return [{ area: 'Queue', verdict: 'good', found: `${queue.waiting} messages wait.` }, ...lanes];
}

async function examineRedis(url: string): Promise<Finding> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    const [, policy] = (await redis.config('GET', 'maxmemory-policy')) as [string, string];
    if (policy === 'noeviction') return { area: 'Redis', verdict: 'good', found: 'Answers, and evicts nothing.' };
    return {
      area: 'Redis',
      verdict: 'bad',
      found: `May throw jobs away when its memory is full (maxmemory-policy ${policy}).`,
      remedy: 'Set maxmemory-policy noeviction.',
    };
  } catch (error) {
    return {
      area: 'Redis',
      verdict: 'bad',
      found: `Does not answer: ${messageOf(error)}`,
      remedy: 'Check REDIS_URL and that the server runs; unset it to run jobs on PostgreSQL.',
    };
  } finally {
    redis.disconnect();
  }
}
