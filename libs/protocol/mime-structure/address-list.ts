import type { ByteString, EnvelopeAddress } from './structure.types.js';

/** What stands in where an address lacks a half: NIL would make it a group's end. Clients know these words from other servers. */
export const MISSING_MAILBOX = 'MISSING_MAILBOX';
export const MISSING_DOMAIN = 'MISSING_DOMAIN';

interface Token {
  readonly kind: 'atom' | 'quoted' | 'special' | 'comment';
  readonly value: ByteString;
  /** White space or a comment stands before it. */
  readonly isApart: boolean;
}

/** RFC 5322 §3.4, read so that nothing a sender writes is lost: names without quotes, comments as names, addresses without a domain. */
export function parseAddressList(value: ByteString | undefined): EnvelopeAddress[] {
  if (value === undefined) return [];
  return new AddressParser(tokenize(value)).list();
}

class AddressParser {
  private at = 0;
  private readonly found: EnvelopeAddress[] = [];
  private isInGroup = false;

  constructor(private readonly tokens: readonly Token[]) {}

  list(): EnvelopeAddress[] {
    while (this.at < this.tokens.length) this.item();
    if (this.isInGroup) this.endGroup();
    return this.found;
  }

  private item(): void {
    const words: Token[] = [];
    let comment: ByteString | null = null;
    for (; this.at < this.tokens.length; this.at += 1) {
      const token = this.tokens[this.at]!;
      if (token.kind === 'comment') comment = token.value;
      else if (token.kind !== 'special' || token.value === '.' || token.value === '@') words.push(token);
      else break;
    }
    const end = this.tokens[this.at]?.value;
    this.at += 1;
    if (end === '<') {
      this.angle(phrase(words), comment);
      return;
    }
    if (end === ':' && !this.isInGroup && !words.some(isAt)) {
      this.isInGroup = true;
      this.found.push({ name: null, route: null, mailbox: phrase(words) ?? '', host: null });
      return;
    }
    if (words.length > 0) this.bare(words, comment);
    if (end === ';' && this.isInGroup) this.endGroup();
  }

  /** `<@route:local@domain>`, and what follows up to the next comma. */
  private angle(name: ByteString | null, comment: ByteString | null): void {
    const inner: Token[] = [];
    let route: ByteString | null = null;
    for (; this.at < this.tokens.length; this.at += 1) {
      const token = this.tokens[this.at]!;
      if (token.kind === 'comment') continue;
      if (token.kind === 'special' && (token.value === '>' || (token.value === ',' && !isAt(inner[0])) || token.value === ';')) break;
      if (token.kind === 'special' && token.value === ':' && isAt(inner[0]))
        route = inner
          .splice(0)
          .map(({ value }) => value)
          .join('');
      else inner.push(token);
    }
    if (this.tokens[this.at]?.value === '>') this.at += 1;
    for (; this.at < this.tokens.length; this.at += 1) {
      const token = this.tokens[this.at]!;
      if (token.kind === 'comment') comment = token.value;
      else if (token.kind === 'special' && (token.value === ',' || token.value === ';')) break;
    }
    const end = this.tokens[this.at]?.value;
    this.at += 1;
    this.found.push({ name: name ?? comment, route, ...spec(inner) });
    if (end === ';' && this.isInGroup) this.endGroup();
  }

  private bare(words: readonly Token[], comment: ByteString | null): void {
    if (words.some(isAt)) this.found.push({ name: comment, route: null, ...spec(words) });
    else this.found.push({ name: comment, route: null, mailbox: phrase(words), host: MISSING_DOMAIN });
  }

  private endGroup(): void {
    this.isInGroup = false;
    this.found.push({ name: null, route: null, mailbox: null, host: null });
  }
}

function isAt(token: Token | undefined): boolean {
  return token?.kind === 'special' && token.value === '@';
}

/** The last `@` parts them, so that nothing before it is lost. */
function spec(tokens: readonly Token[]): Pick<EnvelopeAddress, 'mailbox' | 'host'> {
  const at = tokens.findLastIndex(isAt);
  const text = (part: readonly Token[]) => part.map(({ value }) => value).join('');
  const mailbox = text(at < 0 ? tokens : tokens.slice(0, at));
  const host = at < 0 ? '' : text(tokens.slice(at + 1));
  return { mailbox: mailbox || MISSING_MAILBOX, host: host || MISSING_DOMAIN };
}

/** Words with one space where there was white space. */
function phrase(words: readonly Token[]): ByteString | null {
  if (words.length === 0) return null;
  return words.map(({ value, isApart }, index) => (isApart && index > 0 ? ` ${value}` : value)).join('');
}

function tokenize(text: ByteString): Token[] {
  const tokens: Token[] = [];
  let isApart = false;
  // `[IPv6:::1]` is one; a bracket that never closes is looked for once.
  const lastBracket = text.lastIndexOf(']');
  const push = (kind: Token['kind'], value: ByteString) => {
    tokens.push({ kind, value, isApart });
    isApart = kind === 'comment';
  };
  for (let at = 0; at < text.length;) {
    const character = text[at]!;
    if (/\s/.test(character)) {
      isApart = true;
      at += 1;
    } else if (character === '"' || character === '(') {
      const [value, end] = character === '"' ? quoted(text, at) : comment(text, at);
      push(character === '"' ? 'quoted' : 'comment', value);
      at = end;
    } else if ('<>,;:@.'.includes(character)) {
      push('special', character);
      at += 1;
    } else {
      const end = character === '[' && at < lastBracket ? text.indexOf(']', at) + 1 : atomEnd(text, at);
      push('atom', text.slice(at, end));
      at = end;
    }
  }
  return tokens;
}

function atomEnd(text: ByteString, from: number): number {
  let at = from + 1;
  while (at < text.length && !/[\s"(<>,;:@.]/.test(text[at]!)) at += 1;
  return at;
}

function quoted(text: ByteString, from: number): [value: ByteString, end: number] {
  let value = '';
  let at = from + 1;
  for (; at < text.length && text[at] !== '"'; at += 1) {
    if (text[at] === '\\' && at + 1 < text.length) at += 1;
    value += text[at]!;
  }
  return [value, at + 1];
}

function comment(text: ByteString, from: number): [value: ByteString, end: number] {
  let value = '';
  let depth = 0;
  let at = from;
  for (; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '\\' && at + 1 < text.length) {
      at += 1;
      value += text[at]!;
      continue;
    }
    if (character === ')') depth -= 1;
    if (depth === 0 && at > from) break;
    if (depth > 0) value += character;
    if (character === '(') depth += 1;
  }
  return [value.trim(), at + 1];
}
