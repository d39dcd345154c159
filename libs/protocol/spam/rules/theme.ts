import { normaliseText } from '../normalise-text.js';

/**
 * What spam is about, by what it has to say to work: a promise or threat, and a demand. Each theme is a list of phrases in
 * English, German, French, Spanish, Persian and Arabic; several different ones must come together, so that a letter which
 * merely mentions one is none. Patterns meet text as `normaliseText` leaves it.
 */
export interface Theme {
  readonly rule: string;
  readonly points: number;
  readonly sentence: string;
  /** How many different phrases. */
  readonly needs: number;
  readonly phrases: readonly RegExp[];
}

/** Words joined by any blank; letters are normalised as the text is. */
export function any(...alternatives: readonly string[]): RegExp {
  const normal = alternatives.map((one) => normaliseText(one));
  const first = normal.map((one) => firstCharacters(one));
  // A class to look ahead for: engines skip to its characters instead of trying every alternative everywhere.
  const ahead = first.every((one) => one !== undefined) ? `(?=[${[...new Set(first.join(''))].map(escape).join('')}])` : '';
  return new RegExp(`${ahead}(?<![\\p{L}\\p{N}])(?:${normal.map((one) => one.replaceAll(' ', '\\s{1,3}')).join('|')})`, 'u');
}

const escape = (character: string): string => (/[\\\]^-]/.test(character) ? `\\${character}` : character);

/** The characters that a pattern can begin with; undefined when that is not plain to see. */
export function firstCharacters(pattern: string): string | undefined {
  if (pattern.startsWith('(?:')) {
    const end = closingOf(pattern);
    if (end < 0) return undefined;
    const inner = splitAlternatives(pattern.slice(3, end)).map(firstCharacters);
    if (inner.some((one) => one === undefined)) return undefined;
    const rest = pattern[end + 1] === '?' ? firstCharacters(pattern.slice(end + 2)) : '';
    return rest === undefined ? undefined : inner.join('') + rest;
  }
  if (pattern.startsWith('\\d')) return '0123456789';
  const literal = pattern.startsWith('\\') ? (/^\\[$+]/.test(pattern) ? pattern[1]! : undefined) : /^[\p{L}\p{N}]/u.exec(pattern)?.[0];
  const after = pattern[pattern.startsWith('\\') ? 2 : (literal?.length ?? 0)];
  return literal === undefined || after === '?' || after === '*' ? undefined : literal;
}

function closingOf(pattern: string): number {
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === '(') depth++;
    else if (pattern[at] === ')' && --depth === 0) return at;
  }
  return -1;
}

function splitAlternatives(inner: string): string[] {
  const parts = [''];
  let depth = 0;
  for (let at = 0; at < inner.length; at++) {
    const character = inner[at]!;
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === '|' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character === '\\' ? character + (inner[++at] ?? '') : character;
  }
  return parts;
}
