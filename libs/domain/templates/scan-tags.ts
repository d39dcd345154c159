import { templateLimits } from './limits.js';

export type TagKind = 'value' | 'open' | 'else' | 'close' | 'comment' | 'partial';

/** One `{{…}}` of a source. Offsets are UTF-16 indexes; `line` counts from 1. */
export interface Tag {
  readonly kind: TagKind;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  /** The whole tag, braces included. */
  readonly text: string;
  /** What stands between the braces, without `~`, `#`, `/`, `>` and outer spaces. */
  readonly inner: string;
}

export interface ScanProblem {
  readonly line: number;
  readonly code: string;
  readonly message: string;
}

export interface ScanResult {
  readonly tags: readonly Tag[];
  /** If there is one, the source must not reach a parser. */
  readonly problem?: ScanProblem;
}

/**
 * Finds the tags of a source in one linear pass, before any parser sees it: it refuses what Chapar does not allow at all
 * (unescaped output, raw blocks, decorators, inline partials) and what would cost a parser too much (nesting, number, length).
 */
export function scanTags(source: string): ScanResult {
  const tags: Tag[] = [];
  let line = 1;
  let counted = 0;
  let depth = 0;
  let from = 0;
  for (;;) {
    const start = source.indexOf('{{', from);
    if (start < 0) return { tags };
    for (let at = source.indexOf('\n', counted); at >= 0 && at < start; at = source.indexOf('\n', at + 1)) line++;
    counted = start;
    const refuse = (code: string, message: string): ScanResult => ({ tags, problem: { line, code, message } });
    const refused = refusedOpening(source, start);
    if (refused) return refuse(...refused);
    const end = endOfTag(source, start);
    if (end === undefined) return refuse('tag_not_closed', 'a {{ has no matching }}');
    if (end - start > templateLimits.tagCharacters && !source.startsWith('{{!', start))
      return refuse('tag_too_long', `a tag is longer than ${templateLimits.tagCharacters} characters`);
    const tag = readTag(source, start, end, line);
    // The parser's reading of an escaped quote depends on what follows far behind it.
    if (tag.kind !== 'comment' && tag.text.includes('\\')) return refuse('tag_syntax', 'a tag cannot hold a backslash');
    if (parenthesesDepth(tag.inner) > templateLimits.nesting) return refuse('nesting_too_deep', tooDeep('parentheses'));
    if (tag.kind === 'open' && ++depth > templateLimits.nesting) return refuse('nesting_too_deep', tooDeep('blocks'));
    if (tag.kind === 'close') depth--;
    tags.push(tag);
    if (tags.length > templateLimits.tags) return refuse('too_many_tags', `there are more than ${templateLimits.tags} merge tags`);
    from = end;
  }
}

const tooDeep = (what: string): string => `${what} are nested deeper than ${templateLimits.nesting} levels`;

function refusedOpening(source: string, start: number): [code: string, message: string] | undefined {
  if (source[start - 1] === '\\') return ['escaped_braces', 'write literal braces as &#123;&#123; instead of \\{{'];
  if (source.startsWith('{{{{', start)) return ['raw_block', '{{{{raw}}}} blocks are not allowed'];
  const sign = /^\{\{~?(\{|&|\*|#\s*\*|#>|>\s*\(|>\s*@)/.exec(source.slice(start, start + 40))?.[1];
  if (sign === undefined) return undefined;
  if (sign === '{' || sign === '&') return ['unescaped_tag', 'values are always escaped: write {{tag}} instead of {{{tag}}} or {{&tag}}'];
  if (sign.startsWith('>')) return ['dynamic_partial', 'a partial is named in plain words: {{> footer}}'];
  return ['decorator', 'decorators, inline partials and partial blocks are not allowed'];
}

/** The index after the tag's `}}`, stepping over quoted strings and [segments]; undefined if the tag does not end. */
function endOfTag(source: string, start: number): number | undefined {
  const comment = /^\{\{~?!(--)?/.exec(source.slice(start, start + 6));
  if (comment) {
    const closing = comment[1] ? /--~?\}\}/g : /\}\}/g;
    // As the parser has it, the dashes that open a comment may close it too: {{!--}}.
    closing.lastIndex = start + comment[0].length - (comment[1]?.length ?? 0);
    return closing.exec(source) ? closing.lastIndex : undefined;
  }
  const limit = Math.min(source.length, start + 4 * templateLimits.tagCharacters);
  let quote = '';
  for (let at = start + 2; at < limit; at++) {
    const character = source[at]!;
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '[') quote = ']';
    else if (character === '}' && source[at + 1] === '}') return at + 2;
    else if (character === '{' && source[at + 1] === '{') return undefined;
  }
  return undefined;
}

function readTag(source: string, start: number, end: number, line: number): Tag {
  const text = source.slice(start, end);
  const body = text.slice(2, -2).replace(/^~/, '').replace(/~$/, '').trim();
  const [kind, inner] = classify(body);
  return { kind, start, end, line, text, inner };
}

function classify(body: string): [TagKind, string] {
  const first = body[0];
  if (first === '!') return ['comment', ''];
  if (first === '>') return ['partial', body.slice(1).trim()];
  if (first === '#') return ['open', body.slice(1).trim()];
  if (first === '/') return ['close', body.slice(1).trim()];
  if (first === '^') return body === '^' ? ['else', ''] : ['open', body.slice(1).trim()];
  if (/^else(\s|$)/.test(body)) return ['else', body.slice(4).trim()];
  return ['value', body];
}

function parenthesesDepth(inner: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of inner) {
    if (character === '(') deepest = Math.max(deepest, ++depth);
    else if (character === ')') depth--;
  }
  return deepest;
}
