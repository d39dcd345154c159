import { fieldLines } from './header-fields.js';
import type { ByteRange, MessageStructure, Part } from './structure.types.js';

/** The parts of IMAP's BODY[…]; `BodySection` of `#protocol/imap` is one. */
export interface Section {
  readonly part: readonly number[];
  readonly text?: 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME';
  readonly fields?: readonly string[];
}

/**
 * Where a section's bytes lie; for HEADER.FIELDS and HEADER.FIELDS.NOT the whole header, which `filterHeader` then narrows.
 * @returns undefined where the message has no such section
 */
export function sectionRange(structure: MessageStructure, section: Section): ByteRange | undefined {
  const { part: numbers, text } = section;
  if (numbers.length === 0) {
    if (text === undefined) return { start: 0, length: structure.sizeBytes };
    return text === 'MIME' ? undefined : text === 'TEXT' ? structure.root.body : structure.root.header;
  }
  const part = findPart(structure, numbers);
  if (part === undefined) return undefined;
  if (text === undefined) return part.body;
  if (text === 'MIME') return mimeHeader(structure, part);
  if (part.kind !== 'message') return undefined;
  return text === 'TEXT' ? part.content.body : part.content.header;
}

/** Part numbers as RFC 9051 §6.4.5.1 counts them: a message that is no multipart has one part, itself; an enclosed message's parts are numbered below it. */
export function findPart(structure: MessageStructure, numbers: readonly number[]): Part | undefined {
  let container: Part = structure.root;
  let found: Part | undefined;
  for (const number of numbers) {
    if (found !== undefined) {
      if (found.kind === 'leaf') return undefined;
      container = found.kind === 'message' ? found.content : found;
    }
    if (container.kind === 'multipart') found = container.children[number - 1];
    else found = number === 1 ? container : undefined;
    if (found === undefined) return undefined;
  }
  return found;
}

/** BODY[1.MIME] of a message that is no multipart has no header of its own, but clients ask for it. */
function mimeHeader(structure: MessageStructure, part: Part): ByteRange {
  return part === structure.root ? structure.root.header : part.header;
}

/** HEADER.FIELDS (`isNot` false) or HEADER.FIELDS.NOT: whole fields in their order, then an empty line (RFC 9051 §6.4.5.1). */
export function filterHeader(header: Buffer, names: readonly string[], isNot: boolean): Buffer {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const kept = fieldLines(header.toString('latin1')).filter((field) => {
    const colon = field.indexOf(':');
    // A line that is no field belongs to no name.
    const name = colon < 0 ? '' : field.slice(0, colon).trimEnd().toLowerCase();
    return wanted.has(name) !== isNot;
  });
  return Buffer.from(`${kept.join('')}\r\n`, 'latin1');
}

/** `<offset.length>` of a section, cut at its end; past it, nothing is left. */
export function partialRange(range: ByteRange, partial: { readonly offset: number; readonly length: number } | undefined): ByteRange {
  if (partial === undefined) return range;
  const offset = Math.min(partial.offset, range.length);
  return { start: range.start + offset, length: Math.min(partial.length, range.length - offset) };
}

/**
 * The structure of the same message with bytes put before it: fields that the delivery added, each with its line end, no empty line.
 * They show in HEADER and in no other place, since ENVELOPE has none of them.
 */
export function withPrefix(structure: MessageStructure, prefixBytes: number): MessageStructure {
  if (prefixBytes === 0) return structure;
  const move = (part: Part): Part => {
    const moved = { ...part, header: shift(part.header), body: shift(part.body) };
    if (moved.kind === 'multipart') return { ...moved, children: moved.children.map(move) };
    return moved.kind === 'message' ? { ...moved, content: move(moved.content) } : moved;
  };
  const shift = ({ start, length }: ByteRange): ByteRange => ({ start: start + prefixBytes, length });
  const root = move(structure.root);
  const header = { start: 0, length: root.header.length + prefixBytes };
  return { ...structure, sizeBytes: structure.sizeBytes + prefixBytes, root: { ...root, header } };
}
