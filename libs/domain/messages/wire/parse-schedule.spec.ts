import { expect, it } from 'vitest';
import { parseSchedule } from './parse-schedule.js';

const now = new Date('2026-11-23T10:00:00Z');

it.each([
  ['2026-12-01T08:30:00Z', '2026-12-01T08:30:00.000Z'],
  ['2026-12-01T08:30:00+03:30', '2026-12-01T05:00:00.000Z'],
  ['2026-12-01T08:30', '2026-12-01T08:30:00.000Z'],
  ['2026-12-01', '2026-12-01T00:00:00.000Z'],
  ['in 1 hour', '2026-11-23T11:00:00.000Z'],
  ['in 5 min', '2026-11-23T10:05:00.000Z'],
  ['tomorrow 9am', '2026-11-24T09:00:00.000Z'],
  ['tomorrow at 9:30 am', '2026-11-24T09:30:00.000Z'],
])('%s is %s', (text, expected) => {
  expect(parseSchedule(text, now)?.toISOString()).toBe(expected);
});

it.each(['', 'soon', '2026-13-45', '2026-12-01T99:00:00Z', 'in 1 hour or when you like', 'x'.repeat(1_000)])('"%s" is no time', (text) => {
  expect(parseSchedule(text, now)).toBeUndefined();
});
