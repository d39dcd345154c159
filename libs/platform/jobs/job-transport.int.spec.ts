import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger, uuidv7 } from '#base/kernel';
import { findFreePorts } from '#platform/ports';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { BullTransport } from './bull-transport.js';
import { type JobDefinition, type JobTransport, defineJob } from './job-transport.js';
import { PgBossTransport } from './pg-boss-transport.js';

const REDIS_SERVER = '/usr/bin/redis-server';

interface Adapter {
  start(): Promise<void>;
  open(): Promise<JobTransport>;
  stop(): Promise<void>;
}

let database: TestDatabase;
const pgBoss: Adapter = {
  start: async () => void (database = await createTestDatabase()),
  open: () => PgBossTransport.open({ databaseUrl: database.url, logger: silentLogger }),
  stop: () => database.drop(),
};

let redis: ChildProcess;
let redisUrl: string;
const bull: Adapter = {
  async start() {
    const port = await findFreePorts(1);
    redisUrl = `redis://127.0.0.1:${port}`;
    redis = spawn(REDIS_SERVER, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve) => redis.stdout!.on('data', (chunk: Buffer) => chunk.includes('Ready to accept') && resolve()));
  },
  open: () => Promise.resolve(new BullTransport(redisUrl, silentLogger)),
  stop: async () => void redis.kill('SIGKILL'),
};

const adapters: [string, Adapter, boolean][] = [
  ['pg-boss on PostgreSQL', pgBoss, true],
  ['Bull on Redis', bull, existsSync(REDIS_SERVER)],
];

// Without redis-server the suite of Bull cannot run; the runner names it as skipped.
describe.each(adapters.filter(([, , isPresent]) => isPresent))('%s', (_name, adapter) => {
  let transport: JobTransport;
  const opened: JobTransport[] = [];
  const open = async () => {
    const fresh = await adapter.open();
    opened.push(fresh);
    return fresh;
  };

  beforeAll(() => adapter.start());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close({ drainMs: 1000 })));
  });
  afterAll(() => adapter.stop());

  const newJob = (): JobDefinition<{ n: number }> => defineJob(`test-${uuidv7()}`, z.strictObject({ n: z.number() }));

  it('hands every ticket to a worker, also those queued before it came', async () => {
    transport = await open();
    const job = newJob();
    const seen: number[] = [];
    for (const n of [1, 2]) await transport.enqueue(job, { n });
    await transport.work(job, { concurrency: 2 }, async ({ n }) => void seen.push(n));
    for (const n of [3, 4]) await transport.enqueue(job, { n });
    await until(() => seen.length === 4);
    expect(seen.toSorted()).toEqual([1, 2, 3, 4]);
  });

  it('keeps one waiting ticket per key, and takes another while the first is worked on', async () => {
    transport = await open();
    const job = newJob();
    const gate = Promise.withResolvers<void>();
    const started: number[] = [];
    for (const n of [1, 2, 3]) await transport.enqueue(job, { n }, { key: 'lane-17' });
    await transport.work(job, { concurrency: 1 }, async ({ n }) => {
      started.push(n);
      await gate.promise;
    });
    await until(() => started.length === 1);
    await transport.enqueue(job, { n: 4 }, { key: 'lane-17' });
    gate.resolve();
    await until(() => started.length === 2);
    await sleep(1200);
    expect(started).toEqual([1, 4]);
  });

  it('runs a ticket again when its handler throws', async () => {
    transport = await open();
    const job = newJob();
    let tries = 0;
    await transport.work(job, { concurrency: 1 }, async () => {
      if (++tries < 3) throw new Error('not yet');
    });
    await transport.enqueue(job, { n: 1 });
    await until(() => tries === 3, 30_000);
    await sleep(500);
    expect(tries).toBe(3);
  });

  it('does not start a ticket before its time', async () => {
    transport = await open();
    const job = newJob();
    const order: number[] = [];
    await transport.enqueue(job, { n: 1 }, { startAfter: new Date(Date.now() + 2000) });
    await transport.enqueue(job, { n: 2 });
    await transport.work(job, { concurrency: 1 }, async ({ n }) => void order.push(n));
    await until(() => order.length === 2, 20_000);
    expect(order).toEqual([2, 1]);
  });

  it('waits for the ticket in hand when it closes, and leaves the rest to others', async () => {
    transport = await adapter.open();
    const job = newJob();
    const done: number[] = [];
    let isStarted = false;
    await transport.work(job, { concurrency: 1 }, async ({ n }) => {
      isStarted = true;
      await sleep(700);
      done.push(n);
    });
    for (const n of [1, 2]) await transport.enqueue(job, { n });
    await until(() => isStarted);
    await transport.close({ drainMs: 10_000 });
    expect(done).toHaveLength(1);
    const other = await open();
    await other.work(job, { concurrency: 1 }, async ({ n }) => void done.push(n));
    await until(() => done.length === 2, 30_000);
    expect(done.toSorted()).toEqual([1, 2]);
  });

  it('refuses a malformed ticket at the door', async () => {
    transport = await open();
    await expect(transport.enqueue(newJob(), { n: 'x' } as unknown as { n: number })).rejects.toMatchObject({
      code: 'job_payload_invalid',
    });
  });
});

async function until(condition: () => boolean, timeoutMs = 15_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('what was waited for did not happen');
    await sleep(25);
  }
}
