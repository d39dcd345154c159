import { describe, expect, it } from 'vitest';
import { mapColumns } from '../csv/map-columns.js';
import { ContactRowReader, foldRow } from './contact-row.js';
import { copyLine } from './staging-table.js';

const reader = new ContactRowReader(mapColumns(['email', 'first name', 'last name', 'lang', 'city', 'attributes']));
const read = (...cells: string[]) => reader.read(cells, 2);

describe('a row', () => {
  it('becomes a contact: trimmed, with canonical address and language, empty cells left out', () => {
    expect(read(' \u200fSara@Example.ORG\u200e ', ' Sara ', '', 'FA_ir', ' ', '{"vip":true}')).toEqual({
      line: 2,
      email: 'Sara@example.org',
      emailKey: 'sara@example.org',
      firstName: 'Sara',
      lastName: '',
      language: 'fa-IR',
      attributes: Object.assign(Object.create(null) as object, { vip: true }),
    });
  });

  it('keeps attributes in an object without prototype', () => {
    const row = read('a@example.org', '', '', '', 'Rome');
    expect('attributes' in row && Object.getPrototypeOf(row.attributes)).toBe(null);
  });

  it.each([
    ['email_missing', [' ', 'Sara']],
    ['email_invalid', ['sara', 'Sara']],
    ['email_invalid', ['a@example.org\r\nBcc: x@example.org']],
    ['email_invalid', ['a@example.org, b@example.org']],
    ['language_invalid', ['a@example.org', '', '', '!!']],
    ['value_too_long', ['a@example.org', 'x'.repeat(501)]],
    ['value_too_long', ['a@example.org', '', '', '', 'x'.repeat(10_001)]],
    ['too_many_cells', ['a@example.org', '', '', '', '', '', 'more']],
    ['attributes_invalid', ['a@example.org', '', '', '', '', '[1]']],
    ['attributes_invalid', ['a@example.org', '', '', '', '', '{"constructor":1}']],
    ['attributes_invalid', ['a@example.org', '', '', '', '', '{"a":"\\u0000"}']],
    ['attributes_invalid', ['a@example.org', '', '', '', '', '{a}']],
  ])('is refused as %s: %j', (problem, cells) =>
    expect(read(...cells)).toMatchObject({ problem, reason: expect.stringMatching(/^.*\.$/s) }),
  );

  it('may have empty cells too many, and cells too few', () => {
    expect(read('a@example.org', '', '', '', '', '', '', ' ')).toMatchObject({ email: 'a@example.org' });
    expect(read('a@example.org')).toMatchObject({ firstName: '', attributes: {} });
  });

  it('folds into an earlier one of the same address: the later wins where it says something', () => {
    const first = read('a@example.org', 'Ann', 'Lee', 'en', 'Rome');
    const second = read('A@example.org', 'Anna', '', '', '', '{"vip":1}');
    if ('problem' in first || 'problem' in second) throw new Error('both are good');
    expect(foldRow(first, second)).toMatchObject({
      email: 'A@example.org',
      firstName: 'Anna',
      lastName: 'Lee',
      language: 'en',
      attributes: { city: 'Rome', vip: 1 },
    });
  });

  it('is one line of COPY, whatever it holds', () => {
    const row = read('a@example.org', 'a\tb', 'c\\d', '', 'e\nf\rg');
    if ('problem' in row) throw new Error(row.reason);
    expect(copyLine(row)).toBe('2\ta@example.org\ta@example.org\ta\\tb\tc\\\\d\t\t{"city":"e\\\\nf\\\\rg"}\n');
  });
});
