/** Arguments as evaluated, and what is written as `name=literal`. */
export interface HelperArguments {
  readonly values: readonly unknown[];
  readonly named: Readonly<Record<string, unknown>>;
  /** Language of the template: decides digits, month names, plural rules and the calendar. */
  readonly language: string;
}

type ValueHelper = (args: HelperArguments) => unknown;

/** No value: what `default` replaces and what the strict policy refuses. */
export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** How a value reads in text: lists separated by commas, and nothing for objects. */
export function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '' : value.toISOString();
  if (Array.isArray(value))
    return value
      .filter((item) => typeof item !== 'object')
      .map(toText)
      .join(', ');
  return '';
}

/** Handlebars' truth: an empty list is false, and so are 0, '', null and undefined. */
export function isTruthy(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** Numbers and numeric texts by size, everything else as text. */
function compare(a: unknown, b: unknown): number {
  const [x, y] = [toNumber(a), toNumber(b)];
  if (x !== undefined && y !== undefined) return x - y;
  if (isMissing(a) || isMissing(b)) return Number.NaN;
  const [s, t] = [toText(a), toText(b)];
  return s < t ? -1 : Number(s > t);
}

/** Contacts come from CSV files: the text 10 and the number 10 are the same to an author. */
const isEqual = (a: unknown, b: unknown): boolean =>
  a === b || (isMissing(a) && isMissing(b)) || (!isMissing(a) && !isMissing(b) && toText(a) === toText(b));

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '' || value.length > 40) return undefined;
  const number = Number(
    toLatinDigits(value)
      .replace(/[,٬_ ]/g, '')
      .replace('٫', '.'),
  );
  return Number.isFinite(number) ? number : undefined;
}

const PERSIAN_ZERO = 0x06f0;
const ARABIC_ZERO = 0x0660;

function toLatinDigits(text: string): string {
  return text.replace(/[۰-۹٠-٩]/g, (digit) => {
    const code = digit.charCodeAt(0);
    return String(code >= PERSIAN_ZERO ? code - PERSIAN_ZERO : code - ARABIC_ZERO);
  });
}

function toPersianDigits(text: string): string {
  return toLatinDigits(text).replace(/\d/g, (digit) => String.fromCharCode(PERSIAN_ZERO + Number(digit)));
}

const isPersian = (language: string): boolean => /^fa\b/i.test(language);

/** Formatters are dear to make and few: templates name their options in literals. A bound keeps odd input from piling them up. */
const formatters = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.PluralRules>();
function cached<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.PluralRules>(key: string, make: () => T): T {
  let formatter = formatters.get(key) as T | undefined;
  if (formatter === undefined) {
    if (formatters.size >= 500) formatters.clear();
    formatter = make();
    formatters.set(key, formatter);
  }
  return formatter;
}

function localeOf({ named, language }: HelperArguments): string {
  const wanted = named.locale === undefined ? language : toText(named.locale);
  try {
    return Intl.getCanonicalLocales(wanted)[0] ?? 'en';
  } catch {
    return 'en';
  }
}

function formatNumber(args: HelperArguments, options: Intl.NumberFormatOptions = {}): string {
  const [value] = args.values;
  const number = toNumber(value);
  if (number === undefined) return toText(value);
  const decimals = toNumber(args.named.decimals);
  const digits =
    decimals === undefined ? {} : { minimumFractionDigits: clamp(decimals, 0, 10), maximumFractionDigits: clamp(decimals, 0, 10) };
  const locale = localeOf(args);
  const key = `n ${locale} ${options.currency ?? ''} ${decimals ?? ''}`;
  return cached(key, () => new Intl.NumberFormat(locale, { ...options, ...digits })).format(number);
}

const clamp = (number: number, least: number, most: number): number => Math.min(most, Math.max(least, Math.trunc(number)));

function formatCurrency(args: HelperArguments): string {
  const code = toText(args.values[1]).toUpperCase();
  if (toNumber(args.values[0]) === undefined) return toText(args.values[0]);
  // Toman (ten rial) has no ISO 4217 code; IRT is what Iranian shops write.
  if (code === 'IRT') return `${formatNumber(args)} ${isPersian(localeOf(args)) ? 'تومان' : 'Toman'}`;
  return /^[A-Z]{3}$/.test(code) ? formatNumber(args, { style: 'currency', currency: code }) : formatNumber(args);
}

const DATE_STYLES = new Set(['short', 'medium', 'long', 'full']);

function formatDate(args: HelperArguments): string {
  const [value, style] = args.values;
  const date = toDate(value);
  if (date === undefined) return '';
  const locale = localeOf(args);
  const dateStyle = DATE_STYLES.has(toText(style)) ? (toText(style) as 'long') : 'long';
  const calendar = args.named.calendar === undefined ? (isPersian(args.language) ? 'persian' : 'gregory') : toText(args.named.calendar);
  const timeZone = args.named.timezone === undefined ? 'UTC' : toText(args.named.timezone);
  const key = `d ${locale} ${dateStyle} ${calendar} ${timeZone}`;
  try {
    return cached(key, () => new Intl.DateTimeFormat(locale, { dateStyle, calendar, timeZone })).format(date);
  } catch {
    return ''; // an unknown time zone or calendar
  }
}

function toDate(value: unknown): Date | undefined {
  if (typeof value === 'string' && !/^\d{4}-\d{2}-\d{2}/.test(value.trim())) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number' && !(value instanceof Date)) return undefined;
  const date = new Date(typeof value === 'string' ? value.trim() : value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function formatPlural(args: HelperArguments): string {
  const number = toNumber(args.values[0]);
  if (number === undefined) return '';
  const locale = localeOf(args);
  const category = cached(`p ${locale}`, () => new Intl.PluralRules(locale)).select(number);
  const { named } = args;
  const form = number === 0 && named.zero !== undefined ? named.zero : (named[category] ?? named.other ?? named.one ?? '#');
  return toText(form).replaceAll('#', formatNumber({ ...args, named: { locale } }));
}

/** Whole user-perceived characters, so that no emoji or Persian ligature is cut in half. */
function truncate(text: string, length: number): string {
  if (text.length <= length) return text;
  const graphemes: string[] = [];
  for (const { segment } of segmenter.segment(text.slice(0, length * 8 + 8))) {
    if (graphemes.length === length) return `${graphemes.join('').trimEnd()}…`;
    graphemes.push(segment);
  }
  return graphemes.join('');
}
const segmenter = new Intl.Segmenter();

function capitalize(text: string): string {
  const first = String.fromCodePoint(text.codePointAt(0) ?? 0x20);
  return text === '' ? '' : first.toUpperCase() + text.slice(first.length);
}

/** encodeURIComponent that also takes a lone surrogate, which would make it throw. */
export const encodeQueryValue = (text: string): string => encodeURIComponent(text.toWellFormed());

export const valueHelpers: ReadonlyMap<string, ValueHelper> = new Map<string, ValueHelper>([
  ['eq', ({ values: [a, b] }) => isEqual(a, b)],
  ['ne', ({ values: [a, b] }) => !isEqual(a, b)],
  ['gt', ({ values: [a, b] }) => compare(a, b) > 0],
  ['lt', ({ values: [a, b] }) => compare(a, b) < 0],
  ['gte', ({ values: [a, b] }) => compare(a, b) >= 0],
  ['lte', ({ values: [a, b] }) => compare(a, b) <= 0],
  ['and', ({ values }) => values.every(isTruthy)],
  ['or', ({ values }) => values.some(isTruthy)],
  ['not', ({ values: [value] }) => !isTruthy(value)],
  ['default', ({ values }) => values.find((value) => !isMissing(value))],
  ['uppercase', ({ values: [value] }) => toText(value).toUpperCase()],
  ['lowercase', ({ values: [value] }) => toText(value).toLowerCase()],
  ['capitalize', ({ values: [value] }) => capitalize(toText(value))],
  ['truncate', ({ values: [value, length] }) => truncate(toText(value), clamp(toNumber(length) ?? 0, 0, 1_000))],
  ['url_encode', ({ values: [value] }) => encodeQueryValue(toText(value))],
  ['number', (args) => formatNumber(args)],
  ['currency', formatCurrency],
  [
    'digits',
    ({ values: [value, shape], language }) =>
      isPersian(shape === undefined ? language : toText(shape)) ? toPersianDigits(toText(value)) : toLatinDigits(toText(value)),
  ],
  ['plural', formatPlural],
  ['date', formatDate],
]);
