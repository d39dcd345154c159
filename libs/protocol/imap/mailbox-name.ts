import { decodeModifiedUtf7, encodeModifiedUtf7 } from './modified-utf7.js';

/** Between the levels of a name. */
export const DELIMITER = '/';

/**
 * A name as it came. Before UTF-8 is enabled `&…-` is modified UTF-7; what is none stands for itself, since clients send bare `&`.
 * INBOX is INBOX in any spelling, as the first level as well (RFC 9051 §5.1).
 */
export function readMailboxName(text: string, isUtf8: boolean): string {
  const name = isUtf8 ? text : (decodeModifiedUtf7(text) ?? text);
  const end = name.indexOf(DELIMITER);
  const first = end < 0 ? name : name.slice(0, end);
  return first.toUpperCase() === 'INBOX' ? `INBOX${name.slice(first.length)}` : name;
}

/** The name as bytes of an answer, before quoting. */
export function writeMailboxName(name: string, isUtf8: boolean): string {
  return isUtf8 ? name : encodeModifiedUtf7(name);
}
