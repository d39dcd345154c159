import { type Position, SieveSyntaxError } from './sieve-error.js';

export type Token = Position &
  (
    | { readonly kind: 'word' | 'tag' | 'string'; readonly text: string }
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'mark'; readonly text: string }
    | { readonly kind: 'end' }
  );

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };
const LARGEST = 2 ** 53 - 1;

/** RFC 5228 §8.1. @throws SieveSyntaxError */
export function tokenize(script: string, mostTokens: number): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  let lineStart = 0;
  const patterns =
    /\r?\n|[ \t\r]+|#[^\n]*|\/\*[^]*?\*\/|text:[ \t]*(?:#[^\r\n]*)?\r?\n|:[A-Za-z_]\w*|[A-Za-z_]\w*|\d+[KMGkmg]?|"[^"\\]*(?:\\[^][^"\\]*)*"|[[\](){};,]/y;
  for (let at = 0; at < script.length;) {
    const here: Position = { line, column: at - lineStart + 1 };
    patterns.lastIndex = at;
    const [text] = patterns.exec(script) ?? [];
    if (text === undefined) throw new SieveSyntaxError(here, complaint(script.slice(at)));
    let end = at + text.length;
    const first = text[0]!;
    if (/^text:/i.test(text)) {
      const [value, after] = multiline(script, end, here);
      tokens.push({ ...here, kind: 'string', text: value });
      end = after;
    } else if (first === '"') tokens.push({ ...here, kind: 'string', text: text.slice(1, -1).replace(/\\([^])/g, '$1') });
    else if (first === ':') tokens.push({ ...here, kind: 'tag', text: text.slice(1).toLowerCase() });
    else if (/[A-Za-z_]/.test(first)) tokens.push({ ...here, kind: 'word', text: text.toLowerCase() });
    else if (/\d/.test(first)) tokens.push({ ...here, kind: 'number', value: numberOf(text, here) });
    else if (/[[\](){};,]/.test(first)) tokens.push({ ...here, kind: 'mark', text });
    if (tokens.length > mostTokens) throw new SieveSyntaxError(here, 'The script is too long');
    const newlines = script.slice(at, end).split('\n').length - 1;
    if (newlines > 0) {
      line += newlines;
      lineStart = script.lastIndexOf('\n', end - 1) + 1;
    }
    at = end;
  }
  tokens.push({ line, column: script.length - lineStart + 1, kind: 'end' });
  return tokens;
}

/** Up to a line that is a dot; dots at a line's start are doubled. */
function multiline(script: string, from: number, here: Position): [value: string, end: number] {
  const end = /^\.\r?(?:\n|$)/m;
  const rest = script.slice(from);
  const match = end.exec(rest);
  if (match === null) throw new SieveSyntaxError(here, 'The text does not end: a line with a single dot is missing');
  const value = rest.slice(0, match.index).replace(/^\.\./gm, '.');
  return [value.replace(/\r?\n/g, '\r\n'), from + match.index + match[0].length];
}

function numberOf(text: string, here: Position): number {
  const unit = /[kmg]$/i.exec(text)?.[0].toUpperCase() ?? '';
  const value = Number.parseInt(text, 10) * UNITS[unit]!;
  if (value > LARGEST) throw new SieveSyntaxError(here, 'The number is too large');
  return value;
}

function complaint(rest: string): string {
  if (rest.startsWith('"')) return 'The string does not end: a quotation mark is missing';
  if (rest.startsWith('/*')) return 'The comment does not end';
  return `A script cannot hold ${JSON.stringify(rest[0])} here`;
}
