import { Parser } from 'htmlparser2';
import { decodeCharset, decodeTransfer } from './decode-content.js';
import type { MessageStructure, Part } from './structure.types.js';

/** RFC 8970 §3.1: at most 256 characters; 200 are advised. */
const PREVIEW_CHARACTERS = 200;
/** So much of a part's bytes is enough for its beginning: HTML of newsletters starts with styles. */
export const PREVIEW_BYTES = 65_536;

/** The part that shows what a message says: the first text/plain that is no attachment, else the first text/html. */
export function previewPart(structure: MessageStructure): Part | undefined {
  return findText(structure.root, 'plain') ?? findText(structure.root, 'html');
}

/** All parts whose text SEARCH TEXT and BODY look at, enclosed messages' among them. */
export function textParts(structure: MessageStructure): Part[] {
  const parts: Part[] = [];
  const visit = (part: Part) => {
    if (part.kind === 'multipart') part.children.forEach(visit);
    else if (part.kind === 'message') visit(part.content);
    else if (part.type.toLowerCase() === 'text') parts.push(part);
  };
  visit(structure.root);
  return parts;
}

/** White space and what is not seen. The combining grapheme joiner stands apart, since a class may not hold it. */
const FILLING = /(?:[\s\p{Cc}\u200b\u2060\ufeff\u00ad]|\u034f)(?:[\s\p{Cc}\u200b-\u200d\u2060\ufeff\u00ad]|\u034f)*/gu;

/** @param bytes the part's first bytes as stored, `PREVIEW_BYTES` of them at most. Text of the end may be cut. */
export function previewText(part: Part, bytes: Buffer): string {
  const text = partText(part, bytes.subarray(0, PREVIEW_BYTES));
  // Joiners belong to letters (Persian needs them); behind a space they are what newsletters fill previews with.
  const line = text.replace(FILLING, ' ').trim();
  const graphemes = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(line.slice(0, 2000))];
  let shown = '';
  for (const { segment } of graphemes) {
    if (shown.length + segment.length > PREVIEW_CHARACTERS) break;
    shown += segment;
  }
  return shown.trimEnd();
}

/** A text part as people read it: decoded, HTML without its tags. */
export function partText(part: Part, bytes: Buffer): string {
  const charset = part.parameters.find(([name]) => name.toLowerCase() === 'charset')?.[1];
  const text = decodeCharset(decodeTransfer(bytes, part.encoding) ?? bytes, charset);
  return part.subtype.toLowerCase() === 'html' ? htmlText(text) : text;
}

function findText(part: Part, subtype: string): Part | undefined {
  if (part.kind === 'message') return findText(part.content, subtype);
  if (part.kind === 'multipart') {
    for (const child of part.children) {
      const found = findText(child, subtype);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  const isAttached = part.disposition?.type.toLowerCase() === 'attachment';
  return part.type.toLowerCase() === 'text' && part.subtype.toLowerCase() === subtype && !isAttached ? part : undefined;
}

const HIDDEN = new Set(['head', 'script', 'style', 'template', 'title']);
const INLINE = new Set([
  'a',
  'abbr',
  'b',
  'bdi',
  'bdo',
  'code',
  'em',
  'font',
  'i',
  'mark',
  'small',
  'span',
  'strong',
  'sub',
  'sup',
  'u',
  'wbr',
]);

function htmlText(html: string): string {
  const parts: string[] = [];
  let hidden = 0;
  const parser = new Parser(
    {
      onopentag: (name) => {
        if (HIDDEN.has(name)) hidden += 1;
        else if (!INLINE.has(name)) parts.push(' ');
      },
      ontext: (text) => {
        if (hidden === 0) parts.push(text);
      },
      onclosetag: (name) => {
        if (HIDDEN.has(name)) hidden -= 1;
        else if (!INLINE.has(name)) parts.push(' ');
      },
    },
    { decodeEntities: true },
  );
  parser.end(html);
  return parts.join('');
}
