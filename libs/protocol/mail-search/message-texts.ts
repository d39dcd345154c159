import { normalizeText } from '#base/text';
import { type MessageStructure, type Part, decodeHeaderText, headerValues, partText } from '#protocol/mime-structure';
import type { SearchTexts } from './search.js';

/** Of one part's text that is searched. */
const LONGEST_PART = 4 * 1024 * 1024;

/** The texts of a message out of its bytes, each made when it is first asked for. */
export function messageTexts(structure: MessageStructure, bytes: Buffer): SearchTexts {
  const header = once(() => headerValues(cut(bytes, structure.root.header)));
  const readable = once(() => header().map(([name, value]) => [name, normalizeText(decodeHeaderText(value))] as const));
  return {
    header: (name) => readable().flatMap(([known, value]) => (known === name ? [value] : [])),
    headerText: once(() =>
      readable()
        .map(([name, value]) => `${name}: ${value}`)
        .join('\n'),
    ),
    bodyText: once(() => normalizeText(bodyTexts(structure.root, bytes).join('\n'))),
  };
}

/** Texts of all parts, and the headers of enclosed messages. */
function bodyTexts(part: Part, bytes: Buffer): string[] {
  if (part.kind === 'multipart') return part.children.flatMap((child) => bodyTexts(child, bytes));
  if (part.kind === 'message') {
    const header = headerValues(cut(bytes, part.content.header)).map(([name, value]) => `${name}: ${decodeHeaderText(value)}`);
    return [header.join('\n'), ...bodyTexts(part.content, bytes)];
  }
  const isText = /^(text|message)$/i.test(part.type);
  return isText ? [partText(part, cut(bytes, part.body).subarray(0, LONGEST_PART))] : [];
}

function cut(bytes: Buffer, { start, length }: { readonly start: number; readonly length: number }): Buffer {
  return bytes.subarray(start, start + length);
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
