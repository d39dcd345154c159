import { describe, expect, it } from 'vitest';
import { LaneThrottle, type LaneMood } from './lane-throttle.js';
import { defaultTrafficShaping, loopbackTrafficShaping, shapeOf } from './traffic-shaping.js';

const fresh: LaneMood = { suspendedUntil: null, reason: '', lastReply: '', failures: 0, windowSize: null, ratePerSecond: null };
const start = Date.UTC(2026, 0, 1, 14, 22);
const MINUTE = 60_000;

function lane(provider = 'google', mood: Partial<LaneMood> = {}, shaping = defaultTrafficShaping) {
  const options = {
    shape: shapeOf(shaping, provider),
    backoff: shaping.backoff,
    ruleTimeScale: shaping.ruleTimeScale,
    provider,
    label: provider,
  };
  return new LaneThrottle(options, { ...fresh, ...mood }, start);
}
const slowDown = { action: { kind: 'slow' } as const, afterPerHour: 1, ruleId: 1, reply: '421 4.7.28 unusual rate' };

describe('the rate', () => {
  it('halves on a refusal, is held, and creeps back, with the reason in plain words', () => {
    const throttle = lane();
    throttle.onThrottled(start, slowDown, 0);
    expect(throttle.rateAt(start)).toBe(10);
    expect(throttle.mood(start).reason).toBe('google answered 421 4.7.28 unusual rate; 10/s until 14:32 UTC');
    expect(throttle.rateAt(start + 9 * MINUTE)).toBe(10);
    expect(throttle.rateAt(start + 11 * MINUTE)).toBeCloseTo(10.5);
    expect(throttle.rateAt(start + 60 * MINUTE)).toBe(20);
    expect(throttle.mood(start + 60 * MINUTE)).toMatchObject({ reason: '', ratePerSecond: null });
  });

  it('falls once for refusals that come together, and again for later ones', () => {
    const throttle = lane();
    for (let i = 0; i < 5; i++) throttle.onThrottled(start + i, slowDown, 0);
    expect(throttle.rateAt(start)).toBe(10);
    throttle.onThrottled(start + 6_000, slowDown, 0);
    expect(throttle.rateAt(start + 6_000)).toBe(5);
  });

  it('of a lane without a limit is lowered from what was observed', () => {
    const throttle = lane('default', {}, loopbackTrafficShaping());
    throttle.onThrottled(start, slowDown, 300);
    expect(throttle.rateAt(start)).toBe(150);
    expect(throttle.rateAt(start + 3600_000)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('connections', () => {
  it('grow with success up to the bound of the provider', () => {
    const throttle = lane();
    for (let i = 0; i < 1000; i++) throttle.onAccepted();
    expect(throttle.connectionLimit(start)).toBe(20);
  });

  it('are one for a while when the provider counts them', () => {
    const throttle = lane('gmx');
    throttle.onThrottled(
      start,
      { action: { kind: 'one-connection', minutes: 30 }, afterPerHour: 1, ruleId: 2, reply: '421 too many connections' },
      0,
    );
    expect(throttle.connectionLimit(start)).toBe(1);
    expect(throttle.connectionLimit(start + 31 * MINUTE)).toBe(4);
  });
});

describe('a site that cannot be reached', () => {
  it('is left alone for longer and longer, is tried with one connection, and recovers at once', () => {
    const throttle = lane('google');
    for (let i = 0; i < 4; i++) expect(throttle.onConnectionFailed(start, 'connection refused')).toBe(start + 1000 * (i + 1));
    expect(throttle.onConnectionFailed(start, 'connection refused')).toBe(start + 5 * MINUTE);
    expect(throttle.connectionLimit(start)).toBe(0);
    const later = start + 5 * MINUTE;
    expect(throttle.connectionLimit(later)).toBe(1);
    expect(throttle.onConnectionFailed(later, 'connection refused')).toBe(later + 15 * MINUTE);
    throttle.onAccepted();
    expect(throttle.connectionLimit(later + 15 * MINUTE)).toBeGreaterThan(0);
    expect(throttle.mood(later + 15 * MINUTE)).toMatchObject({ failures: 0, reason: '' });
  });
});

describe('a rule with a threshold', () => {
  const tss04 = { action: { kind: 'suspend', minutes: 120 } as const, afterPerHour: 2, ruleId: 3, reply: '421 [TSS04]' };

  it('waits for its number of replies within the hour', () => {
    const throttle = lane('yahoo');
    throttle.onThrottled(start, tss04, 0);
    expect(throttle.suspendedUntil(start)).toBeUndefined();
    throttle.onThrottled(start + 61 * MINUTE, tss04, 0);
    expect(throttle.suspendedUntil(start + 61 * MINUTE)).toBeUndefined();
    throttle.onThrottled(start + 62 * MINUTE, tss04, 0);
    expect(throttle.suspendedUntil(start + 62 * MINUTE)).toBe(start + 182 * MINUTE);
  });
});

it('a lane remembers its mood in another process', () => {
  const before = lane();
  before.onThrottled(start, slowDown, 0);
  const after = lane('google', before.mood(start));
  expect(after.rateAt(start)).toBeCloseTo(10, 0);
  expect(after.mood(start).reason).toContain('421 4.7.28');
});
