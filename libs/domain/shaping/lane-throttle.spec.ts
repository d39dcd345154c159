import { describe, expect, it } from 'vitest';
import { LaneThrottle, type LaneMood } from './lane-throttle.js';
import { loopbackTrafficShaping } from './loopback-shaping.js';
import { defaultTrafficShaping } from './shaping-file.js';
import { shapeOf } from './traffic-shaping.js';

const fresh: LaneMood = { suspendedUntil: null, reason: '', lastReply: '', failures: 0, windowSize: null, ratePerSecond: null };
const start = Date.UTC(2026, 0, 1, 14, 22);
const MINUTE = 60_000;

function lane(provider = 'google', mood: Partial<LaneMood> = {}, shaping = defaultTrafficShaping()) {
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
    expect(throttle.mood(start).reason).toBe('google answered 421 4.7.28 unusual rate at 14:22 UTC; 10/s until 14:32 UTC');
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
    for (let i = 0; i < 1000; i++) throttle.onAccepted(start);
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
    throttle.onAccepted(later);
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

describe('the history', () => {
  it('has a sentence and the facts of each change, and of the way back', () => {
    const throttle = lane();
    throttle.onThrottled(start, { ...slowDown, rule: 'unusual-rate' }, 0);
    throttle.rateAt(start + 60 * MINUTE);
    expect(throttle.takeDecisions()).toEqual([
      {
        at: new Date(start),
        kind: 'slow',
        sentence: 'google answered 421 4.7.28 unusual rate at 14:22 UTC; 10/s until 14:32 UTC',
        reply: '421 4.7.28 unusual rate',
        facts: { rule: 'unusual-rate', ratePerSecond: 10, until: '2026-01-01T14:32:00.000Z' },
      },
      { at: new Date(start + 60 * MINUTE), kind: 'recovered', sentence: 'google gets its usual 20/s again', reply: '', facts: {} },
    ]);
    expect(throttle.takeDecisions()).toEqual([]);
  });

  it('counts what is decided again within a minute, however many replies ask for it', () => {
    const throttle = lane('yahoo');
    const oneAMinute = { action: { kind: 'rate', perMinute: 1, minutes: 30 } as const, afterPerHour: 1, ruleId: 1, reply: '421 [TS02]' };
    for (let i = 0; i < 500; i++) throttle.onThrottled(start + i * 100, oneAMinute, 0);
    expect(throttle.takeDecisions().map(({ facts }) => facts.times)).toEqual([500]);
    throttle.onThrottled(start + 55_000, oneAMinute, 0);
    expect(throttle.takeDecisions()).toEqual([]);
    throttle.onThrottled(start + 61_000, oneAMinute, 0);
    expect(throttle.takeDecisions()).toHaveLength(1);
  });

  it('tells of mail that is to go by other sources', () => {
    const throttle = lane();
    const action = { kind: 'switch-source', minutes: 60 } as const;
    throttle.onThrottled(start, { action, afterPerHour: 1, ruleId: 1, reply: '550 5.7.1 blocked' }, 0);
    expect(throttle.suspendedUntil(start)).toBe(start + 60 * MINUTE);
    expect(throttle.takeDecisions()).toMatchObject([
      { kind: 'switch-source', sentence: 'google answered 550 5.7.1 blocked at 14:22 UTC; its mail goes by other sources until 15:22 UTC' },
    ]);
  });
});

describe('answers that no rule knows', () => {
  const unknown = { action: { kind: 'slow' } as const, afterPerHour: 20, ruleId: -3, share: 0.1, reply: '451 please wait' };
  const answer = (throttle: LaneThrottle, count: number, accepted: number) => {
    for (let i = 0; i < count; i++) {
      throttle.onThrottled(start + i, unknown, 0);
      throttle.onAnswered();
      for (let n = 0; n < accepted; n++) throttle.onAccepted(start + i);
    }
  };

  it('slow the lane when they pile up, and it says so', () => {
    const throttle = lane();
    answer(throttle, 19, 5);
    expect(throttle.rateAt(start)).toBe(20);
    answer(throttle, 1, 5);
    expect(throttle.rateAt(start)).toBe(10);
    expect(throttle.mood(start).reason).toBe(
      'google gave 20 answers that no rule knows within the hour; it last answered 451 please wait at 14:22 UTC; 10/s until 14:32 UTC',
    );
  });

  it('are nothing among many that were accepted', () => {
    const throttle = lane();
    answer(throttle, 300, 30);
    expect(throttle.rateAt(start)).toBe(20);
    expect(throttle.takeDecisions()).toEqual([]);
  });
});

describe('a rule that bounces the rest', () => {
  const bounce = (of: 'campaign' | 'lane', campaignId: string | null) => ({
    action: { kind: 'bounce-rest', of } as const,
    afterPerHour: 3,
    ruleId: 7,
    rule: 'listed',
    reply: '554 5.7.1 a listed link',
    campaignId,
    bounceClass: 'spam-content' as const,
  });

  it('counts by campaign, says whose mail goes, and leaves the lane as it is', () => {
    const throttle = lane();
    for (const [n, campaign] of ['a', 'b', 'a', 'b', 'a'].entries()) throttle.onThrottled(start + n, bounce('campaign', campaign), 0);
    expect(throttle.takeDecisions()).toEqual([
      {
        at: new Date(start + 4),
        kind: 'bounce-rest',
        sentence: 'google answered 554 5.7.1 a listed link at 14:22 UTC; what waits of the campaign is bounced',
        reply: '554 5.7.1 a listed link',
        facts: { rule: 'listed', campaignId: 'a', bounceClass: 'spam-content' },
      },
    ]);
    expect(throttle.rateAt(start + 5)).toBe(20);
    expect(throttle.suspendedUntil(start + 5)).toBeUndefined();
    throttle.onThrottled(start + 6, bounce('campaign', 'b'), 0);
    expect(throttle.takeDecisions()).toMatchObject([{ facts: { campaignId: 'b' } }]);
  });

  it('does nothing for mail of no campaign, unless it is about the whole lane', () => {
    const throttle = lane();
    for (let n = 0; n < 6; n++) throttle.onThrottled(start + n, bounce('campaign', null), 0);
    expect(throttle.takeDecisions()).toEqual([]);
    for (let n = 0; n < 3; n++) throttle.onThrottled(start + n, { ...bounce('lane', null), ruleId: 8 }, 0);
    expect(throttle.takeDecisions()).toMatchObject([
      { sentence: expect.stringContaining('what waits here is bounced'), facts: { rule: 'listed' } },
    ]);
  });
});

describe('a rest of our own', () => {
  it('is said, remembered, and over at its end', () => {
    const throttle = lane();
    throttle.rest(start, start + 60 * MINUTE, 'a to google: day 1 of warm-up, 50 today; used up');
    throttle.rest(start, start + 60 * MINUTE, 'again');
    expect(throttle.mood(start)).toMatchObject({
      reason: 'a to google: day 1 of warm-up, 50 today; used up',
      suspendedUntil: new Date(start + 60 * MINUTE),
    });
    expect(throttle.connectionLimit(start)).toBe(0);
    expect(throttle.takeDecisions()).toMatchObject([{ kind: 'quota' }]);
    expect(throttle.connectionLimit(start + 61 * MINUTE)).toBe(5);
    expect(throttle.mood(start + 61 * MINUTE).reason).toBe('');
  });
});
