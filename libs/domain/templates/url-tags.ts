import { internalHelpers } from './helper-table.js';
import { calleeOf, isCall, parseHandlebars } from './handlebars-ast.js';
import { type Tag, scanTags } from './scan-tags.js';

/** What stands before a tag inside an address. */
interface Position {
  readonly isBegun: boolean;
  readonly isInQuery: boolean;
}

/**
 * Gives each value tag of an address the helper that makes it safe where it stands: alone at the beginning it has to be
 * a whole http or https address, before `?` it is a piece of a path, after it a value of a query.
 */
export function annotateUrl(source: string): string {
  const { tags } = scanTags(source);
  const outer: Position[] = [];
  let position: Position = { isBegun: false, isInQuery: false };
  let from = 0;
  let result = '';
  for (const tag of tags) {
    const text = source.slice(from, tag.start);
    position = after(position, text);
    result += text;
    from = tag.end;
    if (tag.kind === 'value') {
      result += wrapTag(tag, helperAt(position));
      position = { ...position, isBegun: true };
    } else {
      result += tag.text;
      if (tag.kind === 'open') outer.push(position);
      else if (tag.kind === 'else') position = outer.at(-1) ?? position;
      else if (tag.kind === 'close') outer.pop();
    }
  }
  return result + source.slice(from);
}

function after(position: Position, text: string): Position {
  return { isBegun: position.isBegun || text.trim() !== '', isInQuery: position.isInQuery || /[?#]/.test(text) };
}

function helperAt({ isBegun, isInQuery }: Position): string {
  if (!isBegun) return internalHelpers.url;
  return isInQuery ? internalHelpers.query : internalHelpers.path;
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

/** `{{x}}` to `{{helper x}}`, `{{default x "y"}}` to `{{helper (default x "y")}}`. What is encoded already stays as it is. */
function wrapTag(tag: Tag, helper: string): string {
  const [statement] = parseHandlebars(`{{${tag.inner}}}`).body as hbs.AST.MustacheStatement[];
  if (statement === undefined) return tag.text;
  const isHelperCall = isCall(statement);
  if (isHelperCall && calleeOf(statement) === 'url_encode' && helper !== internalHelpers.css) return tag.text;
  const before = tag.text.startsWith('{{~') ? '{{~' : '{{';
  const behind = tag.text.endsWith('~}}') ? '~}}' : '}}';
  return `${before}${helper} ${isHelperCall ? `(${tag.inner})` : tag.inner}${behind}`;
}
