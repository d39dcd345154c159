import { expect, it } from 'vitest';
import { valueHelpers } from './value-helpers.js';

const call = (helper: string, values: unknown[], named: Record<string, unknown> = {}, language = 'en') =>
  valueHelpers.get(helper)!({ values, named, language });

it('takes the first value that is there', () => {
  expect(call('default', [undefined, null, '', 'x', 'y'])).toBe('x');
  expect(call('default', [0, 'x'])).toBe(0);
  expect(call('default', [false, 'x'])).toBe(false);
});

it('compares numbers as numbers, also when a file brought them as text', () => {
  expect(call('eq', ['10', 10])).toBe(true);
  expect(call('eq', ['', undefined])).toBe(true);
  expect(call('eq', ['', 0])).toBe(false);
  expect(call('gt', ['۱۲', 9])).toBe(true);
  expect(call('lt', ['9', '12'])).toBe(true);
  expect(call('gt', ['b', 'a'])).toBe(true);
  expect(call('gt', [undefined, 1])).toBe(false);
  expect(call('lte', [undefined, 1])).toBe(false);
});

it('writes dates in the calendar and the digits of the mail', () => {
  expect(call('date', ['2026-03-21', 'long'])).toBe('March 21, 2026');
  expect(call('date', ['2026-03-21', 'long'], {}, 'fa')).toBe('۱ فروردین ۱۴۰۵');
  expect(call('date', ['2026-03-21'], { calendar: 'persian' })).toMatch(/Farvardin 1, 1405/);
  expect(call('date', ['2026-03-21'], { calendar: 'gregory' }, 'fa')).toBe('۲۱ مارس ۲۰۲۶');
  expect(call('date', ['2026-03-20T21:00:00Z', 'short'], { timezone: 'Asia/Tehran' })).toBe('3/21/26');
  for (const wrong of ['soon', '', undefined, null, {}, '2026-99-99']) expect(call('date', [wrong])).toBe('');
  expect(call('date', ['2026-03-21'], { timezone: 'Mars/Olympus' })).toBe('');
});

it('writes numbers and money in the mail’s digits', () => {
  expect(call('number', [1234567.5])).toBe('1,234,567.5');
  expect(call('number', ['1234.5'], { decimals: 2 }, 'fa')).toBe('۱٬۲۳۴٫۵۰');
  expect(call('number', ['many'])).toBe('many');
  expect(call('currency', [12.5, 'USD'])).toBe('$12.50');
  expect(call('currency', [12000, 'IRT'], {}, 'fa')).toBe('۱۲٬۰۰۰ تومان');
  expect(call('currency', [1, 'no such'])).toBe('1');
  expect(call('digits', ['0912'], {}, 'fa')).toBe('۰۹۱۲');
  expect(call('digits', ['۰۹۱۲', 'en'], {}, 'fa')).toBe('0912');
});

it('chooses the form of a word by its number', () => {
  const forms = { one: '# item', other: '# items', zero: 'nothing' };
  expect([0, 1, 2].map((count) => call('plural', [count], forms))).toEqual(['nothing', '1 item', '2 items']);
  expect(call('plural', [1500], { other: '# مورد' }, 'fa')).toBe('۱٬۵۰۰ مورد');
});

it('cuts between whole characters', () => {
  expect(call('truncate', ['سلام دنیا', 4])).toBe('سلام…');
  expect(call('truncate', ['👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 2])).toBe('👩‍👩‍👧👩‍👩‍👧…');
  expect(call('truncate', ['short', 10])).toBe('short');
  expect(call('capitalize', ['élan vital'])).toBe('Élan vital');
  expect(call('capitalize', [''])).toBe('');
});

it('encodes any text for a query, lone surrogates too', () => {
  expect(call('url_encode', ['a b&c'])).toBe('a%20b%26c');
  expect(call('url_encode', ['\ud800'])).toBe('%EF%BF%BD');
});
