import type { Modifier, SieveProgram, Template } from './program.types.js';

/** RFC 5229 §6 asks for 4,000 at least. */
const LONGEST_VALUE = 8192;
const MOST_VARIABLES = 256;

/** Variables of one run, and what `${…}` stands for. */
export class Variables {
  private readonly values = new Map<string, string>();
  private captures: readonly string[] = [];

  constructor(private readonly program: Pick<SieveProgram, 'hasVariables' | 'hasEncodedCharacters'>) {}

  expand(template: Template): string {
    const plain = this.program.hasEncodedCharacters ? decodeCharacters(template) : template;
    if (!this.program.hasVariables || !plain.includes('${')) return plain;
    return plain
      .replace(/\$\{([A-Za-z_]\w{0,63}|\d{1,2})\}/g, (_, name: string) =>
        /^\d/.test(name) ? (this.captures[Number(name)] ?? '') : this.get(name),
      )
      .slice(0, LONGEST_VALUE);
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
  return text
    .replace(/\$\{unicode:((?:\s*[0-9a-f]{1,6})+\s*)\}/gi, (whole: string, list: string) => {
      const codes = list
        .trim()
        .split(/\s+/)
        .map((code) => Number.parseInt(code, 16));
      return codes.every((code) => code <= 0x10ffff && (code < 0xd800 || code > 0xdfff))
        ? String.fromCodePoint(...codes.slice(0, 1000))
        : whole;
    })
    .replace(/\$\{hex:((?:\s*[0-9a-f]{1,2})+\s*)\}/gi, (_, list: string) => {
      const bytes = list
        .trim()
        .split(/\s+/)
        .map((code) => Number.parseInt(code, 16));
      return Buffer.from(bytes).toString('utf8');
    });
}
