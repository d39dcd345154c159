import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { findFreePorts } from '#platform/ports';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { PgTokenLender, sweepTokenLimits } from './pg-token-lender.js';
import { RedisTokenLender, SplitTokenLender } from './redis-token-lender.js';
import type { SharedLimit } from './shared-limit.js';
import { type Pass, SharedLimits, isRefusal } from './shared-limits.js';
import type { TokenLender, TokenRequest } from './token-lender.js';

const REDIS_SERVER = '/usr/bin/redis-server';
const MORNING = Date.parse('2026-03-04T09:00:00Z');

let database: TestDatabase;
let source: DataSource;
let redis: ChildProcess | undefined;
let redisPort: number;
/** The one clock of processes and lenders. */
let time: number;
const processes: SharedLimits[] = [];
let trips = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ poolSize: 4 });
  if (!existsSync(REDIS_SERVER)) return;
  redisPort = await findFreePorts(1);
  redis = spawn(REDIS_SERVER, ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve) => redis!.stdout!.on('data', (chunk: Buffer) => chunk.includes('Ready to accept') && resolve()));
});
afterEach(() => Promise.all(processes.splice(0).map((one) => one.close())));
afterAll(async () => {
  redis?.kill('SIGKILL');
  await database.drop();
});

const clock = () => new Date(time);
const lenders: [string, () => TokenLender][] = [
  ['PostgreSQL', () => new PgTokenLender(source, clock)],
  ...(existsSync(REDIS_SERVER)
    ? [
        [
          'Redis',
          () =>
            new SplitTokenLender(new RedisTokenLender(new Redis(redisPort, '127.0.0.1'), 'test:', clock), new PgTokenLender(source, clock)),
        ] as [string, () => TokenLender],
      ]
    : []),
];

/** A process of its own, with its own connection and its own tokens. */
function aProcess(lender: TokenLender): SharedLimits {
  const counted: TokenLender = {
    lend: (requests) => {
      trips++;
      return lender.lend(requests);
    },
    close: () => lender.close(),
  };
  const made = new SharedLimits({ lender: counted, now: () => time });
  processes.push(made);
  return made;
}

const rate = (key: string, perSecond: number): SharedLimit => ({ kind: 'rate', key, label: key, perSecond });
const daily = (key: string, perDay: number): SharedLimit => ({ kind: 'daily', key, label: key, perDay });

/** Takes as much as there is, from every process by turns. @returns how many passed */
function takeAll(among: readonly SharedLimits[], limits: readonly SharedLimit[], most = Number.POSITIVE_INFINITY): number {
  let passed = 0;
  for (const one of among)
    for (let n = 0; n < most; n++) {
      const answer = one.take(limits);
      if (isRefusal(answer)) break;
      answer.spend();
      passed++;
    }
  return passed;
}

async function run(seconds: number, step: number, work: () => number): Promise<number> {
  let passed = 0;
  for (const end = time + seconds * 1000; time < end; time += step) {
    passed += work();
    await Promise.all(processes.map((one) => one.settled()));
  }
  return passed;
}

describe.each(lenders)('limits that processes share through %s', (name, lender) => {
  it.each([1, 7, 40, 900])('let %d messages a second pass through two processes together, within 5 %%', async (perSecond) => {
    time = MORNING;
    trips = 0;
    const limits = [rate(`pair ${name} ${perSecond}`, perSecond)];
    const pair = [aProcess(lender()), aProcess(lender())];
    const seconds = 60;
    const passed = await run(seconds, 5, () => takeAll(pair, limits));
    expect(passed / (perSecond * seconds)).toBeGreaterThan(0.95);
    expect(passed / (perSecond * seconds)).toBeLessThan(1.05);
    // Each asks at most four times a second, and no more for more messages.
    expect(trips).toBeLessThanOrEqual(2 * 4 * seconds + 2);
  });

  it('give a process what the others leave, and each its part when all want', async () => {
    time = MORNING;
    const limits = [rate(`shares ${name}`, 100)];
    const [busy, lazy] = [aProcess(lender()), aProcess(lender())];
    const alone = await run(20, 5, () => takeAll([busy], limits));
    expect(alone / 2000).toBeGreaterThan(0.95);
    let ofLazy = 0;
    const together = await run(20, 5, () => {
      const some = takeAll([lazy], limits);
      ofLazy += some;
      return some + takeAll([busy], limits);
    });
    expect(together / 2000).toBeGreaterThan(0.95);
    expect(together / 2000).toBeLessThan(1.05);
    expect(ofLazy).toBeGreaterThan(400);
  });

  it('never let more than a day’s volume pass, and nearly all of it', async () => {
    time = MORNING;
    const limits = [daily(`volume ${name}`, 2_000)];
    const three = [aProcess(lender()), aProcess(lender()), aProcess(lender())];
    const passed = await run(60, 20, () => takeAll(three, limits, 3));
    expect(passed).toBeLessThanOrEqual(2_000);
    expect(passed).toBeGreaterThan(1_900);
    const refused = three[0]!.take(limits);
    expect(refused).toMatchObject({ isUsedUp: true });
    time = Date.parse('2026-03-05T00:00:00Z');
    expect(await run(60, 20, () => takeAll(three, limits, 3))).toBeGreaterThan(1_900);
  });

  it('count a message under every limit that it is under, and the tightest decides', async () => {
    time = MORNING;
    const tight = rate(`tight ${name}`, 5);
    const wide = rate(`wide ${name}`, 50);
    const [one] = [aProcess(lender())];
    const passed = await run(20, 5, () => takeAll([one!], [wide, tight]) + takeAll([one!], [wide]));
    expect(passed / 1000).toBeGreaterThan(0.95);
    expect(passed / 1000).toBeLessThan(1.05);
  });
});

describe('tokens that were not used', () => {
  const volume = daily('returns', 300);
  const usedOf = async (key: string): Promise<number> =>
    ((await source.query('SELECT used FROM token_limits WHERE key = $1', [key])) as { used: number }[])[0]!.used;

  it('go back when the message did not go out, when the process has nothing to do, and when it ends', async () => {
    time = MORNING;
    const one = aProcess(new PgTokenLender(source, clock));
    const passes: Pass[] = [];
    while (passes.length < 10) {
      const answer = one.take([volume]);
      if (!isRefusal(answer)) passes.push(answer);
      else time += 20;
      await one.settled();
    }
    expect(await usedOf('returns')).toBeGreaterThanOrEqual(10);
    for (const pass of passes) pass.release();
    time += 6_000;
    await one.tidy();
    expect(await usedOf('returns')).toBe(0);
  });

  it('are lost, and never counted twice, with a process that dies', async () => {
    time = MORNING;
    const [dead, alive] = [aProcess(new PgTokenLender(source, clock)), aProcess(new PgTokenLender(source, clock))];
    const limit = [daily('death', 500)];
    let passed = await run(2, 20, () => takeAll([dead], limit, 1));
    processes.splice(processes.indexOf(dead), 1);
    passed += await run(120, 20, () => takeAll([alive], limit, 2));
    expect(passed).toBeLessThanOrEqual(500);
    expect(passed).toBeGreaterThanOrEqual(475);
  });

  it('of yesterday are not given back to today', async () => {
    time = Date.parse('2026-03-04T23:59:59Z');
    const lender = new PgTokenLender(source, clock);
    const ask = (more: Partial<TokenRequest>) =>
      lender.lend([{ key: 'midnight', kind: 'daily', amount: 10, want: 0, unused: 0, unusedDay: undefined, ...more }]);
    expect(await ask({ want: 10 })).toMatchObject([{ tokens: 10, day: '2026-03-04', inMs: 1000 }]);
    time += 1_000;
    expect(await ask({ want: 4 })).toMatchObject([{ tokens: 4, day: '2026-03-05' }]);
    expect(await ask({ want: 10, unused: 8, unusedDay: '2026-03-04' })).toMatchObject([{ tokens: 6 }]);
    expect(await ask({ want: 1 })).toMatchObject([{ tokens: 0, inMs: 86_400_000 }]);
  });

  it('a limit that was swept away begins anew', async () => {
    time = MORNING;
    const lender = new PgTokenLender(source, clock);
    const ask = () => lender.lend([{ key: 'swept', kind: 'daily', amount: 10, want: 10, unused: 0, unusedDay: undefined }]);
    expect(await ask()).toMatchObject([{ tokens: 10 }]);
    await source.query(`UPDATE token_limits SET updated_at = now() - interval '4 days' WHERE key = 'swept'`);
    await sweepTokenLimits(source);
    expect(await ask()).toEqual([]);
    expect(await ask()).toMatchObject([{ tokens: 10 }]);
  });
});
