import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';

it('never lets more than rate × t + burst through in any window', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.5, max: 500, noNaN: true }),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 200 }),
      (rate, burst, gaps) => {
        const bucket = new TokenBucket(rate, burst);
        let now = 0;
        const sent: number[] = [];
        for (const gap of gaps) {
          now += gap;
          sent.push(now + bucket.take(now));
        }
        sent.sort((a, b) => a - b);
        for (let i = 0; i < sent.length; i++)
          for (let j = i; j < sent.length; j++) expect(j - i + 1).toBeLessThanOrEqual((rate * (sent[j]! - sent[i]!)) / 1000 + burst + 1e-6);
      },
    ),
    { numRuns: 60 },
  );
});

it('lets everything through at once without a limit', () => {
  const bucket = new TokenBucket(Number.POSITIVE_INFINITY);
  expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([0, 0, 0]);
});
