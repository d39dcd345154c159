import { parseSentDate } from '#protocol/mail-search';

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number) => String(value).padStart(2, '0');

/** The date at a field's end: what stands after the last `;`, as in Received (RFC 5260 §4). @returns undefined where there is none */
export function fieldDate(field: string): { readonly time: number; readonly zoneMinutes: number } | undefined {
  const text = field.slice(field.lastIndexOf(';') + 1).trim();
  const date = parseSentDate(text);
  if (date === undefined) return undefined;
  const [, sign, hours, minutes] = /([+-])(\d{2})(\d{2})(?!\d)/.exec(text) ?? [];
  return { time: date.time, zoneMinutes: sign === undefined ? 0 : zoneMinutesOf(`${sign}${hours}${minutes}`) };
}

/** `+0330` */
export function zoneMinutesOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2})(\d{2})$/.exec(zone) ?? [];
  return sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
}

/** RFC 5260 §4.2 */
export function datePart(part: string, time: number, zoneMinutes: number): string {
  const local = new Date(time + zoneMinutes * 60_000);
  const [year, month, day] = [String(local.getUTCFullYear()).padStart(4, '0'), two(local.getUTCMonth() + 1), two(local.getUTCDate())];
  const clock = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(two).join(':');
  const absolute = Math.abs(zoneMinutes);
  const sign = zoneMinutes < 0 ? '-' : '+';
  const [zoneHours, zoneRest] = [two(Math.floor(absolute / 60)), two(absolute % 60)];
  switch (part) {
    case 'year':
      return year;
    case 'month':
      return month;
    case 'day':
      return day;
    case 'date':
      return `${year}-${month}-${day}`;
    case 'julian':
      // Days since 17 November 1858: the modified Julian day.
      return String(Math.floor(local.getTime() / 86_400_000) + 40_587);
    case 'hour':
      return clock.slice(0, 2);
    case 'minute':
      return clock.slice(3, 5);
    case 'second':
      return clock.slice(6);
    case 'time':
      return clock;
    case 'iso8601':
      return `${year}-${month}-${day}T${clock}${sign}${zoneHours}:${zoneRest}`;
    case 'std11':
      return `${DAYS[local.getUTCDay()]}, ${day} ${MONTHS[local.getUTCMonth()]} ${year} ${clock} ${sign}${zoneHours}${zoneRest}`;
    case 'zone':
      return `${sign}${zoneHours}${zoneRest}`;
    default:
      return String(local.getUTCDay());
  }
}
