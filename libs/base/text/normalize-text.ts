/** Letters that are one letter to whoever searches: Arabic forms of Persian ones, and what carries a hamza or madda. */
const LETTERS: Readonly<Record<string, string>> = {
  ي: 'ی',
  ى: 'ی',
  ئ: 'ی',
  ې: 'ی',
  ك: 'ک',
  ڪ: 'ک',
  ة: 'ه',
  ۀ: 'ه',
  ہ: 'ه',
  ھ: 'ه',
  أ: 'ا',
  إ: 'ا',
  آ: 'ا',
  ٱ: 'ا',
  ؤ: 'و',
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');
/** Vowel signs, tatweel, joiners and direction marks: they change how a word looks, not which word it is. */
const SIGNS = /[\u064b-\u065f]|\u0640|\u0670|[\u06d6-\u06ed]|[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/g;

/**
 * Text in the one form that search compares: Unicode NFKC, case folded, Persian and Arabic letters unified, zero-width non-joiners and vowel signs gone,
 * digits of all scripts as 0–9, white space as single spaces. What is stored for searching and what is searched for both go through it.
 */
export function normalizeText(text: string): string {
  if (/^[\x21-\x7e]*(?: [\x21-\x7e]+)*$/.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKC')
    .replace(SIGNS, '')
    .replace(LETTER, (letter) => LETTERS[letter]!)
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 15))
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replaceAll('ß', 'ss')
    .replace(/\s+/g, ' ');
}
