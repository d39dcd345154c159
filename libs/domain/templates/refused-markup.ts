import { type MarkupAttribute, decodeEntities, walkMarkup } from './walk-markup.js';

export interface MarkupProblem {
  readonly offset: number;
  readonly code: string;
  readonly message: string;
}

const REFUSED_ELEMENTS = new Set([
  'script',
  'iframe',
  'frame',
  'frameset',
  'object',
  'embed',
  'applet',
  'base',
  'form',
  'svg',
  'math',
  'mj-include',
]);
const ADDRESS_ATTRIBUTES = new Set([
  'href',
  'src',
  'background',
  'background-url',
  'poster',
  'action',
  'formaction',
  'xlink:href',
  'data',
  'cite',
  'srcset',
  'inner-src',
]);
const RUNNING_SCHEMES = /^(?:javascript|vbscript|livescript|data:text|data:application|data:image\/svg|file|blob):?/;
const RUNNING_CSS = /expression\s*\(|javascript:|vbscript:|-moz-binding|behavior\s*:/i;

/** What could run, load or steer something in a mail program or in the preview; no mail needs it. */
export function findRefusedMarkup(markup: string): MarkupProblem[] {
  const problems: MarkupProblem[] = [];
  const refuse = (offset: number, code: string, message: string): void => void problems.push({ offset, code, message });
  walkMarkup(markup, {
    element(name, offset) {
      if (name === 'mj-include') refuse(offset, 'include', 'mj-include is not allowed: save the piece as a partial and write {{> name}}');
      else if (REFUSED_ELEMENTS.has(name)) refuse(offset, 'element_not_allowed', `<${name}> does not work in mail and is not allowed`);
    },
    attribute(attribute) {
      const value = markup.slice(attribute.start, attribute.end);
      const problem = attributeProblem(attribute, value);
      if (problem) refuse(attribute.start, ...problem);
    },
    text(start, end, element) {
      if (element === 'style' && RUNNING_CSS.test(markup.slice(start, end))) refuse(start, 'script', 'this style could run a program');
    },
  });
  return problems;
}

function attributeProblem({ element, name }: MarkupAttribute, value: string): [code: string, message: string] | undefined {
  if (/^on[a-z]/.test(name)) return ['script', `the event attribute "${name}" is not allowed: mail programs run no scripts`];
  if (name === 'srcdoc') return ['script', 'srcdoc is not allowed'];
  // Browsers skip white space and control characters inside a scheme.

  const address = decodeEntities(value)
    .replace(/[\u0000-\u0020\u007f]+/g, '')
    .toLowerCase();
  if (ADDRESS_ATTRIBUTES.has(name) && RUNNING_SCHEMES.test(address))
    return ['script', `an address must not begin with "${address.split(':')[0]}:"`];
  if (name === 'style' && RUNNING_CSS.test(decodeEntities(value))) return ['script', 'this style could run a program'];
  if (element === 'meta' && name === 'http-equiv' && address === 'refresh')
    return ['script', 'a mail cannot lead its reader away by itself'];
  return undefined;
}
