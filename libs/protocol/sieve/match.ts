import { compileExpression } from './match-arguments.js';
import type { Comparator, Match, Relation } from './program.types.js';

/** Texts are compared up to here; expressions and patterns over more would cost more than they say. */
const LONGEST_VALUE = 65_536;

export interface Found {
  readonly isMatch: boolean;
  /** Of :matches and :regex: what `${0}`, `${1}`… are. */
  readonly captures?: readonly string[];
}
const no: Found = { isMatch: false };

/** Whether any value matches any key (RFC 5228 §2.7). With :count the number of values is compared (RFC 5231). */
export function compareAll(match: Match, values: readonly string[], keys: readonly string[]): Found {
  if (match.type === 'count') return { isMatch: keys.some((key) => relate(numeric(String(values.length)), numeric(key), match.relation!)) };
  for (const value of values)
    for (const [index, key] of keys.entries()) {
      const found = compare(match, value.slice(0, LONGEST_VALUE), key, index);
      if (found.isMatch) return found;
    }
  return no;
}

function compare(match: Match, value: string, key: string, index: number): Found {
  const { comparator } = match;
  switch (match.type) {
    case 'is':
      return { isMatch: order(comparator, value, key) === 0 };
    case 'contains':
      return { isMatch: fold(comparator, value).includes(fold(comparator, key)) };
    case 'value':
      return { isMatch: holds(order(comparator, value, key), match.relation!) };
    case 'matches':
      return glob(fold(comparator, value), fold(comparator, key), value);
    case 'regex':
      return expression(match, value, key, index);
    case 'count':
      return no;
  }
}

function expression({ expressions, comparator }: Match, value: string, key: string, index: number): Found {
  const compiled = expressions?.[index] ?? compileExpression(key, comparator);
  if (compiled === undefined) return no;
  const matcher = compiled.matcher(value);
  if (!matcher.find()) return no;
  return {
    isMatch: true,
    captures: Array.from({ length: Math.min(matcher.groupCount(), 9) + 1 }, (_, group) => matcher.group(group) ?? ''),
  };
}

/** RFC 4790 §9: digits at the beginning; what has none is larger than any number. */
function numeric(text: string): bigint | undefined {
  const digits = /^\d{1,100}/.exec(text)?.[0];
  return digits === undefined ? undefined : BigInt(digits);
}

function relate(left: bigint | undefined, right: bigint | undefined, relation: Relation): boolean {
  return holds(compareNumbers(left, right), relation);
}

function compareNumbers(left: bigint | undefined, right: bigint | undefined): number {
  if (left === right) return 0;
  if (left === undefined) return 1;
  return right === undefined || left < right ? -1 : 1;
}

function order(comparator: Comparator, left: string, right: string): number {
  if (comparator === 'i;ascii-numeric') return compareNumbers(numeric(left), numeric(right));
  const [a, b] = [fold(comparator, left), fold(comparator, right)];
  return a === b ? 0 : a < b ? -1 : 1;
}

function holds(order: number, relation: Relation): boolean {
  switch (relation) {
    case 'gt':
      return order > 0;
    case 'ge':
      return order >= 0;
    case 'lt':
      return order < 0;
    case 'le':
      return order <= 0;
    case 'eq':
      return order === 0;
    case 'ne':
      return order !== 0;
  }
}

/** Lengths stay: captures are cut out of the text itself. */
function fold(comparator: Comparator, text: string): string {
  if (comparator === 'i;octet') return text;
  if (comparator === 'i;unicode-casemap')
    return [...text].map((letter) => (letter.toLowerCase().length === letter.length ? letter.toLowerCase() : letter)).join('');
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** A piece between stars; undefined stands for `?`. */
type Piece = readonly (string | undefined)[];

/**
 * `*` and `?` (RFC 5228 §2.7.1). Every star takes as little as it can (RFC 5229 §3.2), so each piece is looked for once, from where the last ended:
 * time is length of text times length of pattern, whatever they hold.
 */
function glob(folded: string, pattern: string, original: string): Found {
  const pieces = piecesOf(pattern);
  const captures: string[] = [original];
  let at = 0;
  for (const [index, piece] of pieces.entries()) {
    const isLast = index === pieces.length - 1;
    let found = index === 0 ? (fits(folded, piece, 0) ? 0 : -1) : -1;
    if (index > 0 && isLast)
      found = folded.length - piece.length >= at && fits(folded, piece, folded.length - piece.length) ? folded.length - piece.length : -1;
    else if (index > 0)
      for (let from = at; from + piece.length <= folded.length && found < 0; from += 1) if (fits(folded, piece, from)) found = from;
    if (found < 0) return no;
    if (index > 0) captures.push(original.slice(at, found));
    for (const [offset, letter] of piece.entries())
      if (letter === undefined) captures.push(original.slice(found + offset, found + offset + 1));
    at = found + piece.length;
  }
  return at === folded.length ? { isMatch: true, captures: captures.slice(0, 10) } : no;
}

function piecesOf(pattern: string): Piece[] {
  const pieces: (string | undefined)[][] = [[]];
  for (let at = 0; at < pattern.length; at += 1) {
    const letter = pattern[at]!;
    if (letter === '*') pieces.push([]);
    else if (letter === '?') pieces.at(-1)!.push(undefined);
    else {
      if (letter === '\\' && at + 1 < pattern.length) at += 1;
      pieces.at(-1)!.push(pattern[at]!);
    }
  }
  return pieces;
}

function fits(text: string, piece: Piece, at: number): boolean {
  if (at < 0 || at + piece.length > text.length) return false;
  for (let offset = 0; offset < piece.length; offset += 1)
    if (piece[offset] !== undefined && piece[offset] !== text[at + offset]) return false;
  return true;
}
