import { useMemo } from 'react';
import { type Calendar, type Digits, usePreferences } from './preferences';

const PERSIAN_ZERO = 0x06f0;
const ARABIC_ZERO = 0x0660;

/** Persian and Arabic digits as the ASCII ones that the API takes. */
export function latinDigits(text: string): string {
  return text.replace(/[۰-۹٠-٩]/g, (digit) => {
    const code = digit.charCodeAt(0);
    return String(code - (code >= PERSIAN_ZERO ? PERSIAN_ZERO : ARABIC_ZERO));
  });
}

export interface Format {
  number(value: number, maximumFractionDigits?: number): string;
  /** 1,234 or ≈ 1.2 M */
  compact(value: number): string;
  percent(part: number, whole: number): string;
  date(value: string | Date): string;
  dateTime(value: string | Date): string;
  time(value: string | Date): string;
  day(value: string | Date): string;
  /** The other calendar, and the time zone: for tooltips. */
  fullDateTime(value: string | Date): string;
  ago(value: string | Date): string;
  bytes(value: number): string;
  duration(milliseconds: number): string;
}

const STEPS: readonly [number, Intl.RelativeTimeFormatUnit][] = [
  [60, 'second'],
  [60, 'minute'],
  [24, 'hour'],
  [30, 'day'],
  [12, 'month'],
  [Infinity, 'year'],
];

/** @param language of the texts; calendar and digits follow it unless they are chosen */
export function createFormat(language: string, calendar: Calendar, digits: Digits): Format {
  const isPersianText = language === 'fa';
  const numbering = digits === 'persian' || (digits === 'auto' && isPersianText) ? 'arabext' : 'latn';
  const cal = calendar === 'persian' || (calendar === 'auto' && isPersianText) ? 'persian' : 'gregory';
  const locale = `${isPersianText ? 'fa-IR' : 'en-GB'}-u-ca-${cal}-nu-${numbering}`;
  const other = `${isPersianText ? 'fa-IR' : 'en-GB'}-u-ca-${cal === 'persian' ? 'gregory' : 'persian'}-nu-${numbering}`;
  const made = new Map<string, Intl.NumberFormat>();
  const numbers = (options: Intl.NumberFormatOptions) => {
    const key = JSON.stringify(options);
    if (!made.has(key)) made.set(key, new Intl.NumberFormat(locale, options));
    return made.get(key)!;
  };
  const dates = (options: Intl.DateTimeFormatOptions, of = locale) => {
    const format = new Intl.DateTimeFormat(of, options);
    return (value: string | Date) => format.format(new Date(value));
  };
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const full = dates({ dateStyle: 'full', timeStyle: 'medium' }, other);
  return {
    number: (value, maximumFractionDigits = 0) => numbers({ maximumFractionDigits }).format(value),
    compact: (value) => numbers(value >= 10_000 ? { notation: 'compact', maximumFractionDigits: 1 } : {}).format(value),
    percent: (part, whole) => numbers({ style: 'percent', maximumFractionDigits: 1 }).format(whole > 0 ? part / whole : 0),
    date: dates({ dateStyle: 'medium' }),
    dateTime: dates({ dateStyle: 'medium', timeStyle: 'short' }),
    time: dates({ timeStyle: 'medium' }),
    day: dates({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
    fullDateTime: (value) => `${full(value)} · ${zone}`,
    ago: (value) => {
      let amount = (new Date(value).getTime() - Date.now()) / 1000;
      for (const [size, unit] of STEPS) {
        if (Math.abs(amount) < size) return relative.format(Math.round(amount), unit);
        amount /= size;
      }
      return '';
    },
    bytes: (value) => {
      const [size, unit] = value < 1e6 ? [value / 1e3, 'kilobyte'] : [value / 1e6, 'megabyte'];
      return numbers({ style: 'unit', unit, maximumFractionDigits: 1 }).format(size);
    },
    duration: (milliseconds) =>
      milliseconds < 1000
        ? numbers({ style: 'unit', unit: 'millisecond', maximumFractionDigits: 0 }).format(milliseconds)
        : numbers({ style: 'unit', unit: 'second', maximumFractionDigits: 1 }).format(milliseconds / 1000),
  };
}

export function useFormat(): Format {
  const { language, calendar, digits } = usePreferences();
  return useMemo(() => createFormat(language, calendar, digits), [language, calendar, digits]);
}
