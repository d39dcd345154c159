import { addressKey, tryParseAddress } from '#protocol/mime';
import { isUnusableName } from '../csv/column-names.js';
import type { ImportColumn } from './import.types.js';

export const MAX_CELL_CHARACTERS = 10_000;
const MAX_NAME_CHARACTERS = 500;

/** A row of the file as it goes into the staging table. */
export interface ContactRow {
  readonly line: number;
  readonly email: string;
  readonly emailKey: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly language: string;
  /** Without prototype, so that no column's name can reach one. */
  readonly attributes: Record<string, unknown>;
}

export const rowProblems = {
  email_missing: 'There is no e-mail address.',
  email_invalid: 'The e-mail address cannot be used.',
  language_invalid: 'The language is not a language tag such as en or fa-IR.',
  value_too_long: `A value is longer than ${MAX_CELL_CHARACTERS.toLocaleString('en')} characters, or a name longer than ${MAX_NAME_CHARACTERS}.`,
  too_many_cells: 'The row has more cells than the first line has columns; a cell that holds the delimiter must stand in quotation marks.',
  attributes_invalid: 'The attributes are not a JSON object with usable names.',
} as const;
export type RowProblem = keyof typeof rowProblems;

export interface RowRefusal {
  readonly problem: RowProblem;
  /** In a sentence, for the error file. */
  readonly reason: string;
}

// Marks of reading direction and width that come along when an address is copied from a right-to-left text.
const OUTER_MARKS = /^[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+|[\s\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+$/g;

/** Turns records into contacts. One per run: it remembers the languages it has seen. */
export class ContactRowReader {
  private readonly languages = new Map<string, string | undefined>();

  constructor(private readonly columns: readonly ImportColumn[]) {}

  read(cells: readonly string[], line: number): ContactRow | RowRefusal {
    if (cells.length > this.columns.length && cells.slice(this.columns.length).some((cell) => cell.trim() !== ''))
      return refuse('too_many_cells');
    const values = { email: '', first_name: '', last_name: '', language: '' };
    const attributes = Object.create(null) as Record<string, unknown>;
    for (let at = 0; at < this.columns.length; at++) {
      // A row that is cut short has empty cells at its end: spreadsheets write it so.
      const cell = (cells[at] ?? '').trim();
      if (cell === '') continue;
      if (cell.length > MAX_CELL_CHARACTERS) return refuse('value_too_long');
      const { target } = this.columns[at]!;
      if (target.kind === 'attribute') attributes[target.name] = cell;
      else if (target.kind === 'json') {
        if (!readAttributes(cell, attributes)) return refuse('attributes_invalid');
      } else if (target.kind !== 'ignore') values[target.kind] = cell;
    }
    return this.build(values, attributes, line);
  }

  private build(
    values: Record<'email' | 'first_name' | 'last_name' | 'language', string>,
    attributes: Record<string, unknown>,
    line: number,
  ): ContactRow | RowRefusal {
    if (values.email === '') return refuse('email_missing');
    if (values.first_name.length > MAX_NAME_CHARACTERS || values.last_name.length > MAX_NAME_CHARACTERS) return refuse('value_too_long');
    const parsed = tryParseAddress(values.email.replace(OUTER_MARKS, ''));
    if (!parsed.ok) return refuse('email_invalid', parsed.reason);
    const language = this.language(values.language);
    if (language === undefined) return refuse('language_invalid');
    return {
      line,
      email: parsed.value.address,
      emailKey: addressKey(parsed.value),
      firstName: values.first_name,
      lastName: values.last_name,
      language,
      attributes,
    };
  }

  private language(text: string): string | undefined {
    if (text === '') return '';
    if (!this.languages.has(text)) {
      if (this.languages.size > 1_000) this.languages.clear();
      this.languages.set(text, canonicalLanguage(text));
    }
    return this.languages.get(text);
  }
}

function refuse(problem: RowProblem, detail?: string): RowRefusal {
  const meaning = rowProblems[problem];
  return { problem, reason: detail === undefined ? meaning : `${meaning.slice(0, -1)}: ${detail}.` };
}

/** BCP 47 in its canonical form, `fa_IR` too; undefined when it is none. */
export function canonicalLanguage(text: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(text.replaceAll('_', '-'))[0] ?? '';
  } catch {
    return undefined;
  }
}

/** Whole pairs are written as they are; only half of one is written as an escape (ECMA-262, QuoteJSONString). */
const LONE_SURROGATE = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

/** A cell with a JSON object, as listmonk exports it. */
function readAttributes(cell: string, attributes: Record<string, unknown>): boolean {
  let parsed: unknown;
  try {
    parsed = JSON.parse(cell);
  } catch {
    return false;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return false;
  // PostgreSQL cannot keep U+0000 in jsonb.
  if (cell.includes('\\u0000')) return false;
  for (const [name, value] of Object.entries(parsed)) {
    if (isUnusableName(name)) return false;
    attributes[name] = value;
  }
  // Nor half of a surrogate pair; a cell of valid text can only hold one as an escape.
  return !LONE_SURROGATE.test(JSON.stringify(parsed));
}

/** Folds a later row of the same address into an earlier one: what it says wins, what it leaves empty stays. */
export function foldRow(earlier: ContactRow, later: ContactRow): ContactRow {
  return {
    line: later.line,
    email: later.email,
    emailKey: later.emailKey,
    firstName: later.firstName || earlier.firstName,
    lastName: later.lastName || earlier.lastName,
    language: later.language || earlier.language,
    attributes: Object.assign(Object.create(null), earlier.attributes, later.attributes) as Record<string, unknown>,
  };
}
