import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDateTime, parseDateTime, parseSearchDate } from './dates.js';
import { readMailboxName, writeMailboxName } from './mailbox-name.js';
import { couldMatchBelow, matchesPattern } from './mailbox-pattern.js';
import { decodeModifiedUtf7, encodeModifiedUtf7 } from './modified-utf7.js';
import { findUids, formatSet, parseSequenceSet, rangesHave, resolveSet, toRanges } from './sequence-set.js';
import { STAR, type SequenceSet } from './sequence-set.types.js';

const number = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constant(STAR));
const sets = fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 8 }).map((ranges): SequenceSet => ({ ranges }));

describe('sequence sets', () => {
  it('name what a plain expansion of them names', () => {
    fc.assert(
      fc.property(sets, fc.integer({ min: 1, max: 25 }), (set, largest) => {
        const named = new Set<number>();
        for (const [a, b] of set.ranges) {
          const [from, to] = [a, b].map((end) => (end === STAR ? largest : end)).sort((x, y) => x - y) as [number, number];
          for (let value = from; value <= to; value += 1) named.add(value);
        }
        const expected = [...named].sort((a, b) => a - b);
        const ranges = resolveSet(set, largest);
        expect(ranges).toEqual(toRanges(expected));
        expect(parseSequenceSet(formatSet(set.ranges), 100)).toEqual(set);
        const uids = Uint32Array.from({ length: largest }, (_, index) => index * 2 + 1);
        const found = findUids(ranges, uids).flatMap(([from, to]) => [...uids.subarray(from, to)]);
        expect(found).toEqual([...uids].filter((uid) => named.has(uid)));
        for (let value = 0; value < 35; value += 1) expect(rangesHave(ranges, value)).toBe(named.has(value));
      }),
    );
  });

  it('take `*` as the last, wherever a range begins, and as nothing in an empty mailbox', () => {
    expect(resolveSet({ ranges: [[900, STAR]] }, 5)).toEqual([[5, 900]]);
    expect(resolveSet({ ranges: [[STAR, STAR]] }, 0)).toEqual([]);
    expect(resolveSet({ ranges: [[1, 4_294_967_295]] }, 5)).toEqual([[1, 4_294_967_295]]);
    for (const wrong of ['', '0', '1,', ',1', '1:', ':1', '1::2', 'a', '4294967296', '1 2', '**'])
      expect(parseSequenceSet(wrong, 10), wrong).toBeUndefined();
  });
});

describe('mailbox names', () => {
  it('survive modified UTF-7', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (name) => {
        const encoded = encodeModifiedUtf7(name);
        expect(encoded).toMatch(/^[\x20-\x7e]*$/);
        expect(decodeModifiedUtf7(encoded)).toBe(name);
      }),
    );
  });

  it('have one spelling', () => {
    expect(encodeModifiedUtf7('~peter/mail/台北/日本語')).toBe('~peter/mail/&U,BTFw-/&ZeVnLIqe-');
    expect(encodeModifiedUtf7('😀&')).toBe('&2D3eAA-&-');
    for (const wrong of ['&', '&AGE-', '&U,BTFw', '&2D0-', '&!!-', '&AA-', '&Jjo', '&AOk-&AOk-'])
      expect(decodeModifiedUtf7(wrong), wrong).toBeUndefined();
    expect(['iNbOx', 'inbox/a', 'inboxes', 'a&b', '&AOk-'].map((name) => readMailboxName(name, false))).toEqual([
      'INBOX',
      'INBOX/a',
      'inboxes',
      'a&b',
      'é',
    ]);
    expect(readMailboxName('&AOk-', true)).toBe('&AOk-');
    expect([writeMailboxName('é', false), writeMailboxName('é', true)]).toEqual(['&AOk-', 'é']);
  });
});

describe('mailbox patterns', () => {
  it('match as their regular expression does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '%'), maxLength: 8 });
    const names = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 10 });
    fc.assert(
      fc.property(letters, names, (pattern, name) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('%', '[^/]*')}$`).test(name);
        expect(matchesPattern(pattern, name)).toBe(expected);
        if (expected)
          for (let at = name.indexOf('/'); at >= 0 && at < name.length - 1; at = name.indexOf('/', at + 1))
            expect(couldMatchBelow(pattern, name.slice(0, at))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('take no time to fail, and know INBOX in any case', () => {
    expect(matchesPattern('*a%'.repeat(2000) + 'x', 'a'.repeat(500))).toBe(false);
    expect([matchesPattern('iNbOx', 'INBOX'), matchesPattern('inbox/%', 'INBOX/a'), matchesPattern('work', 'WORK')]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

it('dates survive being written', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1900-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const seconds = new Date(Math.floor(date.getTime() / 1000) * 1000);
      expect(parseDateTime(formatDateTime(seconds))).toEqual(seconds);
    }),
  );
  expect(['1-Feb-1994', '29-feb-2028', '29-Feb-2030', '0-Jan-2030', '1-Foo-2030', '1-Feb-94'].map(parseSearchDate)).toEqual([
    '1994-02-01',
    '2028-02-29',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
