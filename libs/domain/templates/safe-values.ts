import Handlebars from 'handlebars';
import { encodeQueryValue } from './value-helpers.js';

/** Text and quoted attributes: & < > " ' ` = become entities. */
export const escapeHtml = (text: string): string => Handlebars.Utils.escapeExpression(text);

const CONTROLS = /\r\n?|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** A value as it may stand in a body: line breaks as \n, no other control characters. */
export function cleanText(text: string): string {
  return text.replace(CONTROLS, (found) => (found.startsWith('\r') ? '\n' : ''));
}

/** What a header or a line of text may hold: no line breaks and no control or bidi-override characters. */
export function toHeaderText(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
}

const WEB_PROTOCOLS = new Set(['http:', 'https:']);

/**
 * A whole web address that came from data, normalised; undefined for everything that is not http or https
 * (`javascript:`, `data:`, a relative path, nonsense). Quotes and parentheses are encoded, so it may stand in CSS.
 */
export function safeWebUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!WEB_PROTOCOLS.has(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  // A bare origin stays bare, so that a template may go on with a path.
  const isBareOrigin = url.href === `${url.origin}/` && !text.trim().endsWith('/');
  return (isBareOrigin ? url.origin : url.href).replace(
    /['"()\\]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A piece of an address before its query: slashes stay, what would end the path or the attribute does not. */
export function safeUrlPath(text: string): string {
  return encodeURI(text.toWellFormed()).replace(/[?#'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A server's name or the beginning of one; empty for anything that is more than a name. */
export const safeHost = (text: string): string => (/^[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.?$/u.test(text) ? text : '');

/** What follows a server's name: a path, or letters that belong to its last label; no dot and no @, with which it would be another's. */
export function safeHostEnd(text: string): string {
  if (text.startsWith('/')) return safeUrlPath(text);
  return /^[\p{L}\p{N}-]*$/u.test(text) ? text : '';
}

export const safeUrlQuery = (text: string): string =>
  encodeQueryValue(text).replace(/['()]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);

/** A colour, a length, a word: nothing with which a value could end its declaration or load something. */
export function safeCss(text: string): string {
  return /^[\w#.,%+\- ]{0,100}$/.test(text) || /^(?:rgb|hsl)a?\([\d.,%/ ]{1,40}\)$/i.test(text) ? text : '';
}
