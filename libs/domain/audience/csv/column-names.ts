import type { ImportColumn } from '../import/import.types.js';

type Target = ImportColumn['target'];
const attribute = (name: string): Target => ({ kind: 'attribute', name });
const group = (target: Target, names: string): [string, Target][] => names.split('|').map((name) => [name, target]);

/** Names that mailing programs and people give to columns, as `columnKey` writes them. */
const knownColumns = new Map<string, Target>([
  ...group(
    { kind: 'email' },
    'email|e mail|email address|e mail address|emailaddress|mail|mail address|subscriber email|contact email|primary email|e mail 1 value|email 1',
  ),
  ...group(
    { kind: 'email' },
    'ایمیل|آدرس ایمیل|ایمیل آدرس|پست الکترونیک|پست الکترونیکی|نشانی ایمیل|نشانی پست الکترونیکی|رایانامه|نشانی رایانامه|البريد الالكتروني|البرید الالکترونی|البرید الإلکترونی',
  ),
  ...group({ kind: 'first_name' }, 'first name|firstname|fname|given name|givenname|forename|نام|نام کوچک|اسم|الاسم الاول|الاسم'),
  ...group(
    { kind: 'last_name' },
    'last name|lastname|lname|surname|family name|familyname|نام خانوادگی|فامیلی|فامیل|اسم العائلة|اسم العائله',
  ),
  ...group({ kind: 'language' }, 'language|lang|locale|preferred language|زبان|اللغة'),
  ...group({ kind: 'json' }, 'attributes'),
  // Columns of our own error file, so that it can be mended and imported again.
  ...group({ kind: 'ignore' }, 'import line|import reason'),
  ...group(attribute('city'), 'city|town|شهر|المدینة'),
  ...group(attribute('country'), 'country|کشور|البلد'),
  ...group(attribute('company'), 'company|company name|organization|organisation|شرکت|سازمان|الشرکة'),
  ...group(attribute('phone'), 'phone|phone number|telephone|تلفن|شماره تلفن|تلفن تماس'),
  ...group(attribute('mobile'), 'mobile|mobile phone|موبایل|همراه|تلفن همراه|شماره موبایل|شماره همراه'),
  ...group(attribute('address'), 'address|آدرس|نشانی'),
  ...group(attribute('birthday'), 'birthday|birth date|date of birth|تاریخ تولد'),
]);

/** Names for the whole name: greeting by it is better than greeting by nothing, when there is no column for the first name. */
const fullNames = new Set(['name', 'full name', 'fullname', 'نام و نام خانوادگی', 'نام کامل']);

const fixedFields = new Map<string, Target>([
  ['email', { kind: 'email' }],
  ['first_name', { kind: 'first_name' }],
  ['last_name', { kind: 'last_name' }],
  ['language', { kind: 'language' }],
  ['ignore', { kind: 'ignore' }],
]);

/** A column's name as people mean it: case, punctuation, spacing and the Arabic forms of Persian letters make no difference. */
export function columnKey(header: string): string {
  return header
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('ي', 'ی')
    .replaceAll('ى', 'ی')
    .replaceAll('ك', 'ک')
    .replace(/[\s\-_.:/()#\u200b-\u200f\u00ad\ufeff]+/g, ' ')
    .trim();
}

/** The name under which templates find an attribute: `Favourite Colour` is `favourite_colour`. */
export function attributeName(header: string): string {
  return columnKey(header)
    .replace(/[^\p{L}\p{N}\p{M} ]+/gu, '')
    .trim()
    .replace(/ +/g, '_');
}

/** What a column fills when nobody says otherwise; undefined where the name holds nothing usable. */
export function targetOfColumn(header: string, hasFirstName: boolean): Target | undefined {
  const key = columnKey(header);
  const known = knownColumns.get(key);
  if (known) return known;
  if (fullNames.has(key) && !hasFirstName) return { kind: 'first_name' };
  const name = attributeName(header);
  return name === '' ? undefined : attribute(name);
}

/** What the caller's mapping says: a field's name, `ignore`, or the name of an attribute. */
export function targetOfField(field: string): Target | undefined {
  const fixed = fixedFields.get(field.trim().toLowerCase());
  if (fixed) return fixed;
  const name = attributeName(field.replace(/^attributes\./, ''));
  return name === '' ? undefined : attribute(name);
}

// Names that every object has, and so could be mistaken for a value; and the road into the prototype itself.
const unusable = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype'].map((name) => name.toLowerCase()));

/** Whether a name may not be a contact field. */
export function isUnusableName(header: string): boolean {
  const name = header
    .normalize('NFKC')
    .replace(/[\s\u200b-\u200f\ufeff]+/g, '')
    .toLowerCase();
  return unusable.has(name);
}

/** The field's name, for people. */
export function fieldName(target: Target): string {
  return target.kind === 'attribute' ? target.name : target.kind === 'json' ? 'attributes' : target.kind;
}
