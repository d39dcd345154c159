import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, chooseSource } from './choose-source.js';

const pool = fc
  .uniqueArray(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 12 })
  .chain((ids) =>
    fc.tuple(...ids.map((sourceId) => fc.record({ sourceId: fc.constant(sourceId), weight: fc.integer({ min: 1, max: 1000 }) }))),
  );

const keys = Array.from({ length: 20_000 }, (_, n) => `user${n}@example.com`);

function shares(candidates: readonly Candidate[]): Map<number, number> {
  const counts = new Map(candidates.map(({ sourceId }) => [sourceId, 0]));
  for (const key of keys) {
    const { sourceId } = chooseSource(candidates, key);
    counts.set(sourceId, counts.get(sourceId)! + 1 / keys.length);
  }
  return counts;
}

describe('the choice of a source', () => {
  it('depends on the key and the pool alone, not on its order', () => {
    fc.assert(
      fc.property(pool, fc.string(), (candidates, key) => {
        expect(chooseSource([...candidates].reverse(), key)).toEqual(chooseSource(candidates, key));
      }),
    );
  });

  it('moves no key that neither the newcomer wins nor the leaver leaves', () => {
    fc.assert(
      fc.property(pool, fc.string(), fc.integer({ min: 1, max: 1000 }), (candidates, key, weight) => {
        const before = chooseSource(candidates, key);
        const newcomer = { sourceId: 20_000, weight };
        expect([before.sourceId, 20_000]).toContain(chooseSource([...candidates, newcomer], key).sourceId);
      }),
    );
  });

  it('gives each its share', () => {
    const found = shares([
      { sourceId: 1, weight: 60 },
      { sourceId: 2, weight: 30 },
      { sourceId: 7, weight: 10 },
    ]);
    for (const [id, share] of [
      [1, 0.6],
      [2, 0.3],
      [7, 0.1],
    ] as const)
      expect(Math.abs(found.get(id)! - share)).toBeLessThan(0.02);
  });
});
