import { type Cursor, isOpen } from './cursor.js';
import type { BodySection, FetchItem, Partial } from './fetch.types.js';
import type { CommandOf } from './command.types.js';

/** RFC 9051 §6.4.5 */
const macros: Readonly<Record<string, readonly FetchItem[]>> = {
  FAST: [{ item: 'FLAGS' }, { item: 'INTERNALDATE' }, { item: 'RFC822.SIZE' }],
  ALL: [{ item: 'FLAGS' }, { item: 'INTERNALDATE' }, { item: 'RFC822.SIZE' }, { item: 'ENVELOPE' }],
  FULL: [
    { item: 'FLAGS' },
    { item: 'INTERNALDATE' },
    { item: 'RFC822.SIZE' },
    { item: 'ENVELOPE' },
    { item: 'BODYSTRUCTURE', isExtended: false },
  ],
};
const plain = ['FLAGS', 'UID', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'MODSEQ', 'EMAILID', 'THREADID', 'SAVEDATE'] as const;
const textSections = ['HEADER', 'HEADER.FIELDS', 'HEADER.FIELDS.NOT', 'TEXT', 'MIME'] as const;
/** Levels of part numbers that a stored structure can have at most, with room. */
const DEEPEST = 500;

/** `(…)`, a macro, or one item alone. */
export function fetchItems(cursor: Cursor): FetchItem[] {
  if (isOpen(cursor)) {
    const items = cursor.list(() => fetchItem(cursor));
    return items.length === 0 ? cursor.fail('FETCH needs an item') : items;
  }
  const from = cursor.at;
  const name = cursor.label('a FETCH item');
  if (Object.hasOwn(macros, name) && !cursor.is('[')) return [...macros[name]!];
  cursor.at = from;
  return [fetchItem(cursor)];
}

export function fetchItem(cursor: Cursor): FetchItem {
  const name = cursor.label('a FETCH item');
  const item = plain.find((known) => known === name);
  if (item !== undefined) return { item };
  switch (name) {
    case 'BODYSTRUCTURE':
      return { item: 'BODYSTRUCTURE', isExtended: true };
    case 'BODY':
      if (!cursor.is('[')) return { item: 'BODYSTRUCTURE', isExtended: false };
      return { item: 'BODY', section: section(cursor), isPeek: false, ...partial(cursor) };
    case 'BODY.PEEK':
      return { item: 'BODY', section: section(cursor), isPeek: true, ...partial(cursor) };
    case 'BINARY':
    case 'BINARY.PEEK':
      return { item: 'BINARY', part: binaryPart(cursor), isPeek: name.endsWith('PEEK'), ...partial(cursor) };
    case 'BINARY.SIZE':
      return { item: 'BINARY.SIZE', part: binaryPart(cursor) };
    case 'RFC822':
      return { item: 'BODY', section: { part: [] }, isPeek: false, legacy: name };
    case 'RFC822.HEADER':
      return { item: 'BODY', section: { part: [], text: 'HEADER' }, isPeek: true, legacy: name };
    case 'RFC822.TEXT':
      return { item: 'BODY', section: { part: [], text: 'TEXT' }, isPeek: false, legacy: name };
    case 'PREVIEW':
      return { item: 'PREVIEW', isLazy: previewModifier(cursor) };
    default:
      return cursor.fail(`There is no FETCH item ${name.slice(0, 30)}`);
  }
}

/** `[1.2.HEADER.FIELDS (A B)]` */
function section(cursor: Cursor): BodySection {
  cursor.need('[');
  if (cursor.take(']')) return { part: [] };
  const words = cursor.label('a section').split('.');
  const end = words.findIndex((word) => !/^\d+$/.test(word));
  const part = partNumbers(end < 0 ? words : words.slice(0, end), cursor);
  if (end < 0) {
    cursor.need(']');
    return { part };
  }
  const name = words.slice(end).join('.');
  const text = textSections.find((known) => known === name) ?? cursor.fail(`There is no section ${name.slice(0, 30)}`);
  if (text === 'MIME' && part.length === 0) cursor.fail('MIME needs a part number');
  if (!text.startsWith('HEADER.FIELDS')) {
    cursor.need(']');
    return { part, text };
  }
  cursor.space();
  const fields = cursor.list(() => cursor.astring('a field name').toString('latin1'));
  if (fields.length === 0) cursor.fail(`${text} needs a field name`);
  cursor.need(']');
  return { part, text, fields };
}

function binaryPart(cursor: Cursor): number[] {
  cursor.need('[');
  if (cursor.take(']')) return [];
  const part = partNumbers(cursor.label('a part number').split('.'), cursor);
  cursor.need(']');
  return part;
}

function partNumbers(words: readonly string[], cursor: Cursor): number[] {
  if (words.length > DEEPEST) cursor.fail('The part number has too many levels');
  return words.map((word) => {
    if (!/^[1-9]\d{0,9}$/.test(word)) cursor.fail('A part number is wrong');
    return Number(word);
  });
}

/** `<o.n>`; the length is never 0 (RFC 9051 §9 partial). */
function partial(cursor: Cursor): { partial?: Partial } {
  if (!cursor.take('<')) return {};
  // 64-bit offsets are RFC 9051's number64; a message is never that large, so 2^53 loses nothing.
  const offset = cursor.number(Number.MAX_SAFE_INTEGER);
  cursor.need('.');
  const length = cursor.number(Number.MAX_SAFE_INTEGER);
  if (length === 0) cursor.fail('A partial fetch needs at least one byte');
  cursor.need('>');
  return { partial: { offset, length } };
}

function previewModifier(cursor: Cursor): boolean {
  if (!cursor.is(' ') || cursor.bytes[cursor.at + 1] !== 0x28) return false;
  cursor.space();
  const modifiers = cursor.list(() => cursor.label('a PREVIEW modifier'));
  if (modifiers.some((modifier) => modifier !== 'LAZY')) cursor.fail('The only PREVIEW modifier is LAZY');
  return modifiers.length > 0;
}

/** `(CHANGEDSINCE n VANISHED)` behind the items (RFC 7162 §3.1.4.1, §3.2.6). */
export function fetchModifiers(cursor: Cursor, isUid: boolean): Pick<CommandOf<'FETCH'>, 'changedSince' | 'vanished'> {
  let changedSince: bigint | undefined;
  let vanished = false;
  if (cursor.more())
    cursor.list(() => {
      const name = cursor.atom('a FETCH modifier').toUpperCase();
      if (name === 'VANISHED') vanished = true;
      else if (name === 'CHANGEDSINCE') {
        cursor.space();
        changedSince = cursor.modSeq();
      } else cursor.fail(`There is no FETCH modifier ${name.slice(0, 30)}`);
    });
  if (vanished && (changedSince === undefined || !isUid)) cursor.fail('VANISHED needs UID FETCH and CHANGEDSINCE');
  return changedSince === undefined ? { vanished } : { vanished, changedSince };
}
