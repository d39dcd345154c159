const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** RFC 5322 §4.3; other names say nothing. */
const ZONES: Readonly<Record<string, number>> = { EDT: -4, EST: -5, CDT: -5, CST: -6, MDT: -6, MST: -7, PDT: -7, PST: -8 };
const DATE =
  /^(?:[a-z]{1,10},? ?)?(\d{1,2})[ -]([a-z]{3})[a-z]{0,6}[ -](\d{2,4}),? (\d{1,2})[:.](\d{2})(?:[:.](\d{2}))? ?(?:([+-])(\d{2}):?(\d{2})|([a-z]{1,5}))?/i;

export interface SentDate {
  /** The day as the sender wrote it, without its zone: what SENTON compares (RFC 9051 §6.4.4). */
  readonly day: string;
  /** Milliseconds since 1970 in UTC: what SORT DATE compares (RFC 5256 §2.2). */
  readonly time: number;
}

/** A Date field (RFC 5322 §3.3 and §4.3), comments and loose spelling borne with. @returns undefined where it is no date */
export function parseSentDate(field: string | null | undefined): SentDate | undefined {
  if (field == null) return undefined;
  const plain = field
    .slice(0, 200)
    .replace(/\([^()]*\)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const match = DATE.exec(plain);
  if (match === null) return undefined;
  const [, dayText, monthText, yearText, hours, minutes, seconds = '0', sign, zoneHours = '0', zoneMinutes = '0', zoneName = ''] = match;
  const month = MONTHS.indexOf(monthText!.toLowerCase());
  const year = fullYear(yearText!);
  const day = Number(dayText);
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(year, month, day);
  date.setUTCHours(Number(hours), Number(minutes), Number(seconds));
  if (month < 0 || day === 0 || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) return undefined;
  if (date.getUTCMonth() !== month && Number(seconds) < 60) return undefined;
  const zone =
    sign === undefined
      ? (ZONES[zoneName.toUpperCase()] ?? 0) * 60
      : (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1);
  const two = (value: number) => String(value).padStart(2, '0');
  return { day: `${String(year).padStart(4, '0')}-${two(month + 1)}-${two(day)}`, time: date.getTime() - zone * 60_000 };
}

/** RFC 5322 §4.3: 00–49 are this century, other short ones the last. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length >= 4) return year;
  return text.length === 2 && year < 50 ? year + 2000 : year + 1900;
}
