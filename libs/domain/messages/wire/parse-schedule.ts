import * as chrono from 'chrono-node';

const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * A time as people and programs write it: ISO 8601, or words such as `in 1 hour`, `tomorrow 9am`, `next monday at 10:00`.
 * Without a zone it is UTC, whatever the clock of the machine says.
 */
export function parseSchedule(text: string, now: Date): Date | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 100) return undefined;
  if (ISO.test(trimmed)) {
    const hasZone = /[T ].*(?:Z|[+-]\d{2}:?\d{2})$/i.test(trimmed);
    const date = new Date(hasZone || !/[T ]/.test(trimmed) ? trimmed : `${trimmed.replace(' ', 'T')}Z`);
    return Number.isNaN(date.getTime()) ? undefined : date;
  }
  const [found] = chrono.parse(trimmed, { instant: now, timezone: 'UTC' }, { forwardDate: true });
  // Words that are left over were meant to say something.
  if (!found || found.text.length < trimmed.replace(/^(?:at|on)\s+/i, '').length) return undefined;
  return found.date();
}
