import { internalHelpers } from './helper-table.js';
import { calleeOf, isCall, parseHandlebars } from './handlebars-ast.js';
import { type Tag, scanTags } from './scan-tags.js';
import { decodeEntities } from './walk-markup.js';

/**
 * Gives each value tag of an address the helper that makes it safe where it stands: alone at the beginning it has to be
 * a whole http or https address, in the host it may only be a piece of a name, before `?` it is a piece of a path, after
 * it a value of a query. So data never decides whose server an address leads to, unless it is the whole address.
 */
export function annotateUrl(source: string): string {
  const { tags } = scanTags(source);
  const blocks: { readonly before: readonly string[]; ends: string[] }[] = [];
  let places: readonly string[] = [START];
  let from = 0;
  let result = '';
  for (const tag of tags) {
    const text = source.slice(from, tag.start);
    places = advance(places, decodeEntities(text));
    result += text;
    from = tag.end;
    if (tag.kind === 'value') {
      result += wrapTag(tag, helperAt(places));
      // A value that is the whole address so far may be a bare origin.
      places = [...new Set(places.map((place) => (place === START ? HOST : placeAfter(`${place}x`))))];
      continue;
    }
    result += tag.text;
    if (tag.kind === 'open') blocks.push({ before: places, ends: [] });
    else if (tag.kind === 'else') {
      blocks.at(-1)?.ends.push(...places);
      places = blocks.at(-1)?.before ?? places;
    } else if (tag.kind === 'close') {
      const block = blocks.pop();
      // Which branch is taken is known when the mail is rendered: every one of them counts.
      places = [...new Set([...places, ...(block?.ends ?? []), ...(block?.before ?? [])])];
    }
  }
  return result + source.slice(from);
}

/** The shortest addresses that end where a tag may stand; each stands for all that are like it. */
const START = '';
const EMPTY_HOST = 'https://';
const HOST = 'https://x';
const PATH = 'https://x/';
const QUERY = 'https://x/?';
const OTHER = 'x:';

function advance(places: readonly string[], text: string): readonly string[] {
  if (text === '') return places;
  return [...new Set(places.map((place) => placeAfter(place + text)))];
}

function placeAfter(address: string): string {
  // Browsers skip white space here and take \ for /.
  const text = address.replace(/[\u0000-\u0020]+/g, '').replaceAll('\\', '/');
  if (text === '') return START;
  if (/[?#]/.test(text)) return QUERY;
  const web = /^(?:https?:)?(\/\/+)?([^/]*)(\/?)/i.exec(text)!;
  const [, slashes, host, end] = web;
  if (slashes !== undefined) return end ? PATH : host ? HOST : EMPTY_HOST;
  if (/^https?:\/?$/i.test(text)) return EMPTY_HOST;
  if (/^https?:/i.test(text)) return end ? PATH : HOST;
  return OTHER;
}

/** Where a tag may stand in several places, the strictest decides. */
function helperAt(places: readonly string[]): string {
  if (places.includes(START)) return internalHelpers.url;
  if (places.includes(EMPTY_HOST)) return internalHelpers.host;
  if (places.includes(HOST)) return internalHelpers.hostEnd;
  return places.includes(PATH) || places.includes(OTHER) ? internalHelpers.path : internalHelpers.query;
}

/** The same for style attributes and style sheets: an address after `url(`, a harmless word elsewhere. */
export function annotateCss(source: string): string {
  let from = 0;
  let result = '';
  for (const tag of scanTags(source).tags) {
    const text = source.slice(from, tag.start);
    const helper = /url\(\s*(?:['"]|&quot;|&#39;)?$/i.test(text) ? internalHelpers.url : internalHelpers.css;
    result += text + (tag.kind === 'value' ? wrapTag(tag, helper) : tag.text);
    from = tag.end;
  }
  return result + source.slice(from);
}

const ENCODED: ReadonlySet<string> = new Set([internalHelpers.url, internalHelpers.path, internalHelpers.query]);

/** `{{x}}` to `{{helper x}}`, `{{default x "y"}}` to `{{helper (default x "y")}}`. What is encoded already stays as it is. */
function wrapTag(tag: Tag, helper: string): string {
  const [statement] = parseHandlebars(`{{${tag.inner}}}`).body as hbs.AST.MustacheStatement[];
  if (statement === undefined) return tag.text;
  const isHelperCall = isCall(statement);
  if (isHelperCall && calleeOf(statement) === 'url_encode' && ENCODED.has(helper)) return tag.text;
  const before = tag.text.startsWith('{{~') ? '{{~' : '{{';
  const behind = tag.text.endsWith('~}}') ? '~}}' : '}}';
  return `${before}${helper} ${isHelperCall ? `(${tag.inner})` : tag.inner}${behind}`;
}
