import { expect, it } from 'vitest';
import { retryAfterMs, retryDelayMs } from './retry.policy.js';

it('waits longer each time, and never less than asked, up to six hours', () => {
  const waits = Array.from({ length: 12 }, (_, i) => retryDelayMs(i + 1, undefined, 0.5));
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  expect(waits[0]).toBe(5_000);
  expect(retryDelayMs(1, 60_000, 0.5)).toBe(60_000);
  expect(retryDelayMs(1, 1e12, 0.5)).toBe(6 * 3600_000);
});

it('reads Retry-After as seconds and as a date', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  expect(retryAfterMs('120', now)).toBe(120_000);
  expect(retryAfterMs('Thu, 01 Jan 2026 00:05:00 GMT', now)).toBe(300_000);
  expect(retryAfterMs('Thu, 01 Jan 2015 00:05:00 GMT', now)).toBe(0);
  expect(retryAfterMs('soon', now)).toBeUndefined();
});
