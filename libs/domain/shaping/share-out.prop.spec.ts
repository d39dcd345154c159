import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shareOut } from './share-out.js';

const LIMIT = 12;
interface Process {
  held: number;
  want: number;
  open: number;
}

/** One process asks, and then opens what it may, or ends what is too much, as far as its messages have ended. */
function ask(processes: readonly Process[], n: number, want: number, ended: number): void {
  const mine = processes[n]!;
  const others = processes.filter((one) => one !== mine && one.held + one.want > 0);
  mine.want = want;
  const { allowed, held } = shareOut(LIMIT, others, { open: mine.open, want });
  mine.held = held;
  mine.open = mine.open > allowed ? Math.max(allowed, mine.open - ended) : allowed;
}

it('all together never have more than the limit, whoever asks when for how many', () => {
  const step = fc.record({ n: fc.nat(3), want: fc.nat(20), ended: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const processes = Array.from({ length: 4 }, () => ({ held: 0, want: 0, open: 0 }));
      for (const { n, want, ended } of steps) {
        ask(processes, n, want, ended);
        expect(processes.reduce((sum, { held }) => sum + held, 0)).toBeLessThanOrEqual(LIMIT);
        expect(processes.every(({ open, held }) => open <= held)).toBe(true);
      }
    }),
  );
});

it('come to even parts when all want all, and one has all when the others want none', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3), { maxLength: 20 }), (before) => {
      const processes = Array.from({ length: 4 }, () => ({ held: 0, want: 0, open: 0 }));
      for (const n of before) ask(processes, n, LIMIT, 2);
      for (let round = 0; round < 20; round++) for (let n = 0; n < 4; n++) ask(processes, n, LIMIT, 2);
      expect(processes.map(({ open }) => open)).toEqual([3, 3, 3, 3]);
      for (let round = 0; round < 20; round++) for (let n = 0; n < 4; n++) ask(processes, n, n === 2 ? LIMIT : 0, 2);
      expect(processes.map(({ open }) => open)).toEqual([0, 0, LIMIT, 0]);
    }),
  );
});
