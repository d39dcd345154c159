import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type WarmupRamp, quotaOf, stepsOf } from './warmup-ramp.js';
import { type WarmupDayCount, type WarmupState, decideStep, defaultThresholds } from './warmup.policy.js';
import { warmupPlanSchema } from './warmup.schema.js';

const list: WarmupRamp = { kind: 'list', perDay: [100, 200, 400, 800, 1600] };
const state: WarmupState = {
  label: 'second to google',
  ramp: list,
  thresholds: defaultThresholds,
  startedOn: '2026-03-01',
  day: '2026-03-03',
  step: 3,
  quota: 400,
};
const good: WarmupDayCount = { sent: 400, delivered: 396, deferred: 0, bounced: 4, complained: 0 };
const decide = (count: Partial<WarmupDayCount>, more: Partial<WarmupState> = {}, today = '2026-03-04') =>
  decideStep({ ...state, ...more }, { ...good, ...count }, today);

describe('the ramp', () => {
  it('is a list, or grows by a factor up to its cap', () => {
    expect([1, 2, 3, 4, 5, 6].map((step) => quotaOf(list, step))).toEqual([100, 200, 400, 800, 1600, 1600]);
    const doubling: WarmupRamp = { kind: 'factor', start: 50, factor: 2, cap: 1000 };
    expect(stepsOf(doubling)).toBe(6);
    expect([1, 2, 3, 4, 5, 6, 7].map((step) => quotaOf(doubling, step))).toEqual([50, 100, 200, 400, 800, 1000, 1000]);
  });

  it('never shrinks, and ends at its cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 1.1, max: 4, noNaN: true }),
        fc.integer({ min: 1000, max: 1_000_000 }),
        (start, factor, cap) => {
          const ramp: WarmupRamp = { kind: 'factor', start, factor, cap };
          const quotas = Array.from({ length: stepsOf(ramp) }, (_, n) => quotaOf(ramp, n + 1));
          expect(quotas[0]).toBe(start);
          expect(quotas.at(-1)).toBe(cap);
          expect(quotas.every((quota, n) => n === 0 || quota >= quotas[n - 1]!)).toBe(true);
        },
      ),
    );
  });
});

describe('after a day', () => {
  it('a good one goes a step on', () => {
    expect(decide({})).toEqual({
      kind: 'advanced',
      step: 4,
      quota: 800,
      sentence: 'second to google: day 4 of warm-up, 800 today: 400 went well yesterday',
    });
  });

  it.each<[string, Partial<WarmupDayCount>, string]>([
    ['deferrals', { deferred: 28 }, '7 % of yesterday’s mail was deferred'],
    ['bounces', { bounced: 18 }, '4.5 % of yesterday’s mail bounced'],
    ['complaints', { complained: 1, delivered: 500 }, '0.2 % of yesterday’s mail was complained about'],
    ['too little mail', { sent: 150, delivered: 150, bounced: 0 }, 'only 150 of 400 were sent yesterday'],
    ['no mail', { sent: 0, delivered: 0, bounced: 0 }, 'only 0 of 400 were sent yesterday'],
  ])('%s hold it', (_, count, why) => {
    expect(decide(count)).toEqual({
      kind: 'held',
      step: 3,
      quota: 400,
      sentence: `second to google: day 4 of warm-up, 800 were planned for today; held at 400 since ${why}`,
    });
  });

  it('many of them go a step back, and from the first step nowhere', () => {
    expect(decide({ deferred: 100 })).toEqual({
      kind: 'stepped-back',
      step: 2,
      quota: 200,
      sentence: 'second to google: day 4 of warm-up; back to 200 since 25 % of yesterday’s mail was deferred',
    });
    expect(decide({ sent: 100, delivered: 80, bounced: 20 }, { step: 1, quota: 100 })).toMatchObject({
      step: 1,
      quota: 100,
      sentence: expect.stringContaining('held at 100, the first step, since 20 % of yesterday’s mail bounced'),
    });
  });

  it('the worst trouble decides, not the first', () => {
    expect(decide({ deferred: 28, complained: 4 })).toMatchObject({
      kind: 'stepped-back',
      sentence: expect.stringContaining('complained'),
    });
  });

  it('a handful of mails says nothing about shares, but is most of a small quota', () => {
    expect(decide({ sent: 10, delivered: 5, deferred: 5, bounced: 0 })).toMatchObject({
      kind: 'held',
      sentence: expect.stringContaining('only 10 of 400'),
    });
    expect(decide({ sent: 10, delivered: 5, deferred: 5, bounced: 0 }, { quota: 10 })).toMatchObject({ kind: 'stepped-back' });
  });

  it('days without a sender are named, and count as days', () => {
    expect(decide({}, {}, '2026-03-09')).toMatchObject({
      kind: 'advanced',
      sentence: 'second to google: day 9 of warm-up, 800 today: 400 went well on 2026-03-03',
    });
  });

  it('the last good one ends it', () => {
    const last = { step: 5, quota: 1600 };
    expect(decide({ sent: 1600, delivered: 1600 }, last)).toMatchObject({
      kind: 'finished',
      sentence: expect.stringContaining('the end of it: 1600 went well yesterday; no daily limit any more'),
    });
    expect(decide({ sent: 1600, deferred: 112 }, last)).toMatchObject({ kind: 'held', quota: 1600 });
  });
});

describe('a plan that cannot be used', () => {
  it.each([
    ['no step', { kind: 'list', perDay: [] }],
    ['a day without mail', { kind: 'list', perDay: [10, 0] }],
    ['a factor that does not grow', { kind: 'factor', start: 10, factor: 1, cap: 100 }],
    ['a cap below its start', { kind: 'factor', start: 10, factor: 2, cap: 5 }],
    ['more than a year', { kind: 'factor', start: 1, factor: 1.05, cap: 100_000_000 }],
  ])('is refused: %s', (_, ramp) => {
    expect(warmupPlanSchema.safeParse({ source: 'a', ramp }).success).toBe(false);
  });
});
