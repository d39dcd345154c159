import { expect, it } from 'vitest';
import { MailClass } from '#base/contracts';
import { RetryPolicy } from './retry-schedule.policy.js';

const now = new Date('2026-01-01T00:00:00Z');
const never = new Date('2027-01-01T00:00:00Z');
const minutes = (due: Date | undefined) => (due!.getTime() - now.getTime()) / 60_000;

it('waits longer from attempt to attempt, and the last wait repeats', () => {
  const policy = new RetryPolicy(undefined, 1, () => 0.5);
  expect([1, 2, 3, 4].map((attempt) => minutes(policy.nextDue(MailClass.bulk, attempt, now, never)))).toEqual([5, 10, 20, 40]);
  expect(minutes(policy.nextDue(MailClass.bulk, 40, now, never))).toBe(720);
  expect(minutes(policy.nextDue(MailClass.transactional, 1, now, never))).toBe(0.5);
});

it('spreads retries by a fifth to either side', () => {
  expect(minutes(new RetryPolicy(undefined, 1, () => 0).nextDue(MailClass.bulk, 1, now, never))).toBeCloseTo(4);
  expect(minutes(new RetryPolicy(undefined, 1, () => 1).nextDue(MailClass.bulk, 1, now, never))).toBeCloseTo(6);
});

it('gives up when the next attempt would come after the expiry', () => {
  expect(new RetryPolicy().nextDue(MailClass.bulk, 1, now, new Date(now.getTime() + 60_000))).toBeUndefined();
});
