import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { silentLogger } from '#base/kernel';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { PeriodicWork } from './periodic-work.js';

let database: TestDatabase;
let machines: DataSource[];

beforeAll(async () => {
  database = await createTestDatabase();
  machines = [await database.open(), await database.open()];
});

afterAll(() => database.drop());

it('has a task at work on one machine at a time, and goes on after a round that failed', async () => {
  let [active, most, rounds] = [0, 0, 0];
  const workers = machines.map((source) => new PeriodicWork(source, silentLogger));
  for (const worker of workers) {
    worker.every('sweep', 5, async () => {
      most = Math.max(most, ++active);
      await sleep(20);
      active--;
      if (++rounds === 2) throw new Error('once');
    });
  }
  while (rounds < 6) await sleep(10);
  await Promise.all(workers.map((worker) => worker.close()));
  expect(most).toBe(1);
});

it('waits for the round in hand when it closes, and starts no other', async () => {
  const worker = new PeriodicWork(machines[0]!, silentLogger);
  const started = Promise.withResolvers<void>();
  let finished = 0;
  worker.every('slow', 1, async () => {
    started.resolve();
    await sleep(100);
    finished++;
  });
  await started.promise;
  await worker.close();
  expect(finished).toBe(1);
});
