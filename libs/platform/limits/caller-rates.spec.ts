import { describe, expect, it } from 'vitest';
import { CallerRates } from './caller-rates.js';

describe('the rate of callers', () => {
  it('lets a second’s worth through at once, then as many as time brings, each caller for himself', () => {
    let now = 0;
    const rates = new CallerRates(10, () => now);
    const taken = (caller: string) => Array.from({ length: 20 }, () => rates.take(caller).isAllowed).filter(Boolean).length;
    expect(taken('a')).toBe(10);
    now += 500;
    expect(taken('a')).toBe(5);
    expect(taken('b')).toBe(10);
    now += 60_000;
    expect(taken('a')).toBe(10);
  });

  it('says what is left and when all of it is there again', () => {
    const rates = new CallerRates(4, () => 0);
    expect(rates.take('a')).toEqual({ isAllowed: true, remaining: 3, fullInSeconds: 1 });
    for (let n = 0; n < 3; n++) rates.take('a');
    expect(rates.take('a')).toEqual({ isAllowed: false, remaining: 0, fullInSeconds: 1 });
  });
});
