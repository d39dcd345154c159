import { mimeError } from './mime.errors.js';

/** A header field; the value is already encoded and folded, without the line end. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

const MAX_LINE = 76; // RFC 2047 §2
const MAX_ENCODED_WORD = 75;

const BREAKING = /[\u0000-\u0008\u000a-\u001f\u007f\u2028\u2029]/;
// RFC 5322 §2.2: printable ASCII without the colon.
const FIELD_NAME = /^[\x21-\x39\x3b-\x7e]+$/;

/** @throws ChaparError `header_injection` for a line break, NUL or control character: refused, never repaired */
export function assertHeaderText(name: string, value: string): void {
  if (!FIELD_NAME.test(name)) throw mimeError('header_injection', `"${name.slice(0, 60)}" is not a header name.`);
  if (BREAKING.test(value)) throw mimeError('header_injection', `The value of ${name} holds a line break or a control character.`);
}

/** An unstructured header such as Subject: RFC 2047 encoded where it is not ASCII, folded to 76 columns. */
export function encodeHeader(name: string, value: string): HeaderField {
  assertHeaderText(name, value);
  const words = needsEncoding(value) ? encodedWords(value, name.length + 2) : undefined;
  return { name, value: words ? words.join('\r\n ') : foldWords(value, name.length + 2) };
}

/** `Name <user@example.org>` with the name quoted or encoded as it needs; only the address where there is no name. */
export function formatMailbox(display: string, address: string): string {
  assertHeaderText('From', display);
  assertHeaderText('From', address);
  const name = display.trim();
  if (name === '') return address;
  if (needsEncoding(name)) return `${encodedWords(name, 10).join('\r\n ')} <${address}>`;
  if (/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+$/.test(name)) return `${name} <${address}>`;
  return `"${name.replace(/(["\\])/g, '\\$1')}" <${address}>`;
}

/** `Name: value` with its line end, ready for the wire. */
export function serializeHeaders(fields: readonly HeaderField[]): string {
  let text = '';
  for (const { name, value } of fields) text += `${name}: ${value}\r\n`;
  return text;
}

function needsEncoding(value: string): boolean {
  // What looks like an encoded word would be decoded by the reader: it must be encoded to arrive as written.

  return /[^\x20-\x7e\t]/.test(value) || value.includes('=?') || /\S{70,}/.test(value);
}

/** Base64 words (RFC 2047 §4.1), none of which splits a character; `used` columns are taken on the first line. */
function encodedWords(value: string, used: number): string[] {
  const words: string[] = [];
  const overhead = '=?UTF-8?B??='.length;
  let room = Math.floor((Math.min(MAX_ENCODED_WORD, MAX_LINE - used) - overhead) / 4) * 3;
  let chunk = '';
  let size = 0;
  for (const character of value) {
    const bytes = Buffer.byteLength(character);
    if (size + bytes > room) {
      words.push(chunk);
      chunk = '';
      size = 0;
      room = Math.floor((MAX_ENCODED_WORD - overhead) / 4) * 3;
    }
    chunk += character;
    size += bytes;
  }
  words.push(chunk);
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`);
}

/** Folds at spaces (RFC 5322 §2.2.3). */
function foldWords(value: string, used: number): string {
  if (value.length + used <= MAX_LINE) return value;
  const lines: string[] = [];
  let line = '';
  let room = MAX_LINE - used;
  for (const word of value.split(/(?= )/)) {
    if (line !== '' && line.length + word.length > room && word.trim() !== '') {
      lines.push(line);
      line = word;
      room = MAX_LINE;
    } else {
      line += word;
    }
  }
  lines.push(line);
  return lines.join('\r\n');
}
