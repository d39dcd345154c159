import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ReactionQueue } from './reaction-queue.js';

it('goes on with what comes due after all places were taken at once', async () => {
  const done: string[] = [];
  const queue = new ReactionQueue(1, () => undefined);
  const now = Date.now();
  queue.add({ at: now + 40, run: () => Promise.resolve(void done.push('later')) });
  // Takes the only place, and is over before the other one is due.
  queue.add({ at: now, run: () => sleep(5).then(() => void done.push('first')) });
  await expect.poll(() => done).toEqual(['first', 'later']);
  expect(queue.pending).toBe(0);
  queue.close();
});
