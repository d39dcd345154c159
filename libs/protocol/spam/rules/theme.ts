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
export const any = (...alternatives: readonly string[]): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives.map((one) => normaliseText(one).replaceAll(' ', '\\s{1,3}')).join('|')})`, 'u');
