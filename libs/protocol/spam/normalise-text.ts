/** Marks without a body of their own that spammers put between letters and Persian puts between syllables. */
// The rule looks for marks that would join the letter before them; these stand for themselves.
/* eslint-disable no-misleading-character-class */
const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]/g;
/** Harakat, superscript alef and tatweel: written or left out at will. */
const ARABIC_MARKS = /[\u0640\u064b-\u065f\u0670\u06d6-\u06ed]/g;
/* eslint-enable no-misleading-character-class */

/** Letters that Persian and Arabic keyboards, and spellings, exchange for each other. */
const ARABIC_LETTERS: Readonly<Record<string, string>> = {
  ي: 'ی',
  ى: 'ی',
  ئ: 'ی',
  ك: 'ک',
  ة: 'ه',
  ۀ: 'ه',
  ە: 'ه',
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ٱ: 'ا',
  ؤ: 'و',
};
const ARABIC = /[يىئكةۀەأإآٱؤ]/g;
const ARABIC_BLOCK = /[\u0600-\u06ff]/;
const ARABIC_DIGITS = /[\u0660-\u0669\u06f0-\u06f9]/g;

/**
 * Text as the classifier compares it: compatibility forms folded (NFKC, so full-width and mathematical letters too), lower
 * case, nothing invisible, and one spelling for what Persian and Arabic write in several.
 */
export function normaliseText(text: string): string {
  const plain = isAscii(text) ? text : text.normalize('NFKC').replace(INVISIBLE, '');
  const lower = plain.toLowerCase();
  if (!ARABIC_BLOCK.test(lower)) return lower;
  return lower
    .replace(ARABIC_MARKS, '')
    .replace(ARABIC, (letter) => ARABIC_LETTERS[letter]!)
    .replace(ARABIC_DIGITS, (digit) => String(digit.charCodeAt(0) & 0x0f));
}

function isAscii(text: string): boolean {
  return !/[^\u0000-\u007f]/.test(text);
}

/** Invisible marks between Latin letters, which no orthography has; Persian's own joiners are between Persian letters. */
export function countHiddenMarks(text: string): number {
  return text.match(/(?<=[A-Za-z])[\u00ad\u200b-\u200f\u2060-\u2064\ufeff](?=[A-Za-z])/g)?.length ?? 0;
}

/** Words that mix Latin with Cyrillic or Greek letters that look like Latin ones. */
export function countMixedScriptWords(text: string): number {
  if (!/[\u0370-\u03ff\u0400-\u04ff]/.test(text)) return 0;
  let mixed = 0;
  for (const [word] of text.matchAll(/[A-Za-z\u0370-\u03ff\u0400-\u04ff]{3,40}/g))
    // A word with one letter of a formula or a unit is none: both sides need two.
    if (/[A-Za-z].*[A-Za-z]/.test(word) && /[\u0391-\u03a9\u03b1-\u03c9\u0400-\u04ff]/.test(word) && ++mixed >= 100) break;
  return mixed;
}
