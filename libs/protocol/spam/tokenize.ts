import { findAddress } from '#protocol/dsn';
import { normaliseText } from './normalise-text.js';
import type { MessageContent } from './read-content.js';
import { type TokenHash, hashToken } from './token-hash.js';
import { domainOfAddress } from './urls.js';

/**
 * What a token is about. `word` and `pair` come from subject and body, and are what the shipped model knows; the others are
 * of headers, links and structure, and mean something only where mail of one's own was learnt from.
 */
export type TokenKind = 'word' | 'pair' | 'trait';

export interface Token {
  readonly text: string;
  readonly kind: TokenKind;
  readonly hash: TokenHash;
}

const WORD = /[\p{L}\p{N}$€£¥%'’_-]{1,60}/gu;
const CJK = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]/;
const MAX_WORD = 24;
/** Sparse pairs reach over one word (orthogonal sparse bigrams with a window of three). */
const WINDOW = 2;

/** Each token once, in the order of first appearance: subject, traits, then the body. At most `maxTokens`. */
export function tokenize(content: MessageContent, maxTokens: number): Token[] {
  const tokens = new TokenSet(maxTokens);
  addText(tokens, content.subject, 's:');
  addTraits(tokens, content);
  addText(tokens, content.text, '');
  return tokens.all();
}

class TokenSet {
  private readonly tokens = new Map<string, Token>();

  constructor(private readonly max: number) {}

  get isFull(): boolean {
    return this.tokens.size >= this.max;
  }

  add(text: string, kind: TokenKind): void {
    if (!this.isFull && !this.tokens.has(text)) this.tokens.set(text, { text, kind, hash: hashToken(text) });
  }

  all(): Token[] {
    return [...this.tokens.values()];
  }
}

function addText(tokens: TokenSet, text: string, prefix: string): void {
  const before: string[] = [];
  for (const [found] of normaliseText(text).matchAll(WORD)) {
    if (tokens.isFull) return;
    for (const word of wordsOf(found)) {
      tokens.add(prefix + word, 'word');
      before.forEach((earlier, index) => tokens.add(`${prefix}${earlier} ${index === before.length - 1 ? '' : '* '}${word}`, 'pair'));
      before.push(word);
      if (before.length > WINDOW) before.shift();
    }
  }
}

/** Numbers become their shape; scripts without spaces are taken two characters at a time. */
function wordsOf(found: string): string[] {
  const word = found.replace(/^[-_'’]+|[-_'’]+$/g, '').replace(/’/g, "'");
  if (word === '') return [];
  if (CJK.test(word)) return Array.from({ length: Math.max(1, Math.min(word.length, 40) - 1) }, (_, at) => word.slice(at, at + 2));
  if (/\d/.test(word) && !/[a-z]{3}/.test(word)) return [word.replace(/\d/g, '#').slice(0, 10)];
  if (word.length > MAX_WORD) return [`long:${Math.min(5, Math.floor(word.length / 12))}`];
  return [word];
}

function addTraits(tokens: TokenSet, content: MessageContent): void {
  const { headers, html, urls, textParts, attachments } = content;
  const trait = (text: string) => tokens.add(text, 'trait');
  const from = findAddress(headers.text('from'));
  if (from !== undefined) {
    trait(`from:${from.toLowerCase().slice(0, 100)}`);
    trait(`from-domain:${domainOfAddress(from)}`);
  }
  for (const { domain } of urls.slice(0, 60)) trait(`link:${domain.slice(0, 80)}`);
  for (const name of ['x-mailer', 'user-agent', 'list-id', 'precedence']) {
    const value = headers.raw(name);
    if (value !== '') trait(`${name}:${value.toLowerCase().replace(/\d+/g, '#').slice(0, 60)}`);
  }
  for (const { charset, encoding, type } of textParts.slice(0, 4)) trait(`part:${type} ${charset} ${encoding}`);
  for (const { name } of attachments.slice(0, 10)) trait(`file:.${(/\.([^.\s]{1,10})$/.exec(name)?.[1] ?? '').toLowerCase()}`);
  if (headers.has('in-reply-to')) trait('answers');
  if (headers.has('list-unsubscribe')) trait('can-unsubscribe');
  if (html.images > 0) trait(`images:${Math.min(4, Math.floor(Math.log2(html.images)))}`);
  if (content.hasHtml && !content.hasPlain) trait('html-only');
}
