const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number) => String(value).padStart(2, '0');

/** RFC 9051 §9 date: `1-Feb-1994`. @returns `1994-02-01`, or undefined where there is no such day */
export function parseSearchDate(text: string): string | undefined {
  const [, day, name, year] = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text) ?? [];
  const month = monthOf(name);
  if (day === undefined || month === undefined) return undefined;
  const date = `${year}-${two(month)}-${two(Number(day))}`;
  return isDay(Number(year), month, Number(day)) ? date : undefined;
}

/** RFC 9051 §9 date-time: `17-Jul-1996 02:44:25 -0700`, the day in two columns. @returns undefined where it is none */
export function parseDateTime(text: string): Date | undefined {
  const match = /^([ \d]?\d)-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const [, day, name, year, hour, minute, second, sign, zoneHour, zoneMinute] = match;
  const month = monthOf(name);
  const numbers = [Number(day), Number(hour), Number(minute), Number(second), Number(zoneHour), Number(zoneMinute)] as const;
  const [d, h, m, s, zh, zm] = numbers;
  if (month === undefined || !isDay(Number(year), month, d) || h > 23 || m > 59 || s > 60 || zh > 23 || zm > 59) return undefined;
  const offset = (zh * 60 + zm) * (sign === '-' ? -1 : 1);
  const date = new Date(0);
  date.setUTCFullYear(Number(year), month - 1, d);
  date.setUTCHours(h, m - offset, s);
  return date;
}

/** INTERNALDATE and SAVEDATE, in UTC. */
export function formatDateTime(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, ' ');
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${day}-${MONTHS[date.getUTCMonth()]}-${String(date.getUTCFullYear()).padStart(4, '0')} ${time} +0000`;
}

function monthOf(name: string | undefined): number | undefined {
  const index = MONTHS.findIndex((month) => month.toLowerCase() === name?.toLowerCase());
  return index < 0 ? undefined : index + 1;
}

function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return day > 0 && date.getUTCDate() === day && date.getUTCMonth() === month - 1;
}
