import type { Modifier, SieveProgram, Template } from './program.types.js';

/** RFC 5229 §6 asks for 4,000 at least. */
const LONGEST_VALUE = 8192;
const LONGEST_TEXT = 65_536;
const MOST_VARIABLES = 256;
const REFERENCE = /\$\{([A-Za-z_]\w{0,63}|\d{1,2})\}/g;

/** Variables of one run, and what `${…}` stands for. */
export class Variables {
  private readonly values = new Map<string, string>();
  private captures: readonly string[] = [];

  constructor(private readonly program: Pick<SieveProgram, 'hasVariables' | 'hasEncodedCharacters'>) {}

  expand(template: Template): string {
    const plain = this.program.hasEncodedCharacters ? decodeCharacters(template) : template;
    if (!this.program.hasVariables || !plain.includes('${')) return plain;
    let text = '';
    let end = 0;
    for (const match of plain.matchAll(REFERENCE)) {
      const [whole, name = ''] = match;
      text += plain.slice(end, match.index) + (/^\d/.test(name) ? (this.captures[Number(name)] ?? '') : this.get(name));
      end = match.index + whole.length;
      // A short script must not make a long text out of many references.
      if (text.length > LONGEST_TEXT) return text.slice(0, LONGEST_TEXT);
    }
    return (text + plain.slice(end)).slice(0, LONGEST_TEXT);
  }

  expandAll(templates: readonly Template[]): string[] {
    return templates.map((template) => this.expand(template));
  }

  get(name: string): string {
    return this.values.get(name.toLowerCase()) ?? '';
  }

  set(name: string, value: string, modifiers: readonly Modifier[] = []): void {
    if (!this.values.has(name) && this.values.size >= MOST_VARIABLES) return;
    this.values.set(name, modifiers.reduce(modify, value).slice(0, LONGEST_VALUE));
  }

  capture(captures: readonly string[]): void {
    this.captures = captures;
  }
}

function modify(value: string, modifier: Modifier): string {
  const [first = ''] = value;
  switch (modifier) {
    case 'lower':
      return value.toLowerCase();
    case 'upper':
      return value.toUpperCase();
    case 'lowerfirst':
      return first.toLowerCase() + value.slice(first.length);
    case 'upperfirst':
      return first.toUpperCase() + value.slice(first.length);
    case 'quotewildcard':
      return value.replace(/[*?\\]/g, '\\$&');
    case 'quoteregex':
      return value.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
    case 'length':
      return String([...value].length);
  }
}

/** RFC 5228 §2.4.2.4: `${hex:24 40}` is bytes of UTF-8, `${unicode:4e2d}` characters. What is malformed stays as it is. */
function decodeCharacters(text: string): string {
  const list = (whole: string, codes: string, digits: RegExp, decode: (numbers: number[]) => string | undefined): string => {
    const words = codes.trim().split(/\s+/);
    return words.every((word) => digits.test(word)) ? (decode(words.map((word) => Number.parseInt(word, 16))) ?? whole) : whole;
  };
  return text
    .replace(/\$\{unicode:([\s0-9a-f]*)\}/gi, (whole: string, codes: string) => list(whole, codes, /^[0-9a-f]{1,6}$/i, fromCodePoints))
    .replace(/\$\{hex:([\s0-9a-f]*)\}/gi, (whole: string, codes: string) =>
      list(whole, codes, /^[0-9a-f]{1,2}$/i, (bytes) => Buffer.from(bytes).toString('utf8')),
    );
}

/** Surrogates, and numbers that are no characters, decode to nothing. */
function fromCodePoints(codes: readonly number[]): string | undefined {
  const isGood = codes.every((code) => code <= 0x10ffff && (code < 0xd800 || code > 0xdfff));
  return isGood ? codes.map((code) => String.fromCodePoint(code)).join('') : undefined;
}
