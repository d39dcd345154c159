import fc from 'fast-check';
import { expect, it } from 'vitest';
import { normalizeText } from './normalize-text.js';

it('Persian and Arabic spellings of a word are one', () => {
  for (const [one, other] of [
    ['كتاب', 'کتاب'],
    ['علي', 'علی'],
    ['می‌روم', 'میروم'],
    ['مُحَمَّد', 'محمد'],
    ['ســلام', 'سلام'],
    ['۱۲٣', '123'],
    ['مسئول', 'مسیول'],
    ['ﻻ', 'لا'],
    ['STRASSE', 'straße'],
    ['ﬁle', 'FILE'],
  ])
    expect(normalizeText(one!)).toBe(normalizeText(other!));
});

it('white space is one space, and a text that is normal stays', () => {
  expect(normalizeText('A \t\u00a0 B')).toBe('a b');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(normalizeText(normalizeText(text))).toBe(normalizeText(text));
    }),
  );
});
