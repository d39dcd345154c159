import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { decodeEntities, walkMarkup } from './walk-markup.js';

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
/** What stands in them is markup to some readers and text to others, so it could hide from every check. */
const HIDING_ELEMENTS = new Set(['noscript', 'noembed', 'noframes', 'xmp', 'plaintext', 'listing', 'template', 'textarea', 'select']);
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

/** What could run, load or steer something in a mail program or in the preview; no mail needs it. @param by who wrote the markup */
export function findRefusedMarkup(markup: string, by: 'author' | 'mjml'): MarkupProblem[] {
  const problems: MarkupProblem[] = [];
  const refuse = (offset: number, code: string, message: string): void => void problems.push({ offset, code, message });
  walkMarkup(markup, {
    element(name, offset) {
      const problem = elementProblem(name, by);
      if (problem) refuse(offset, ...problem);
    },
    attribute({ element, name, start, end }) {
      const problem = attributeProblem(element, name, decodeEntities(markup.slice(start, end)));
      if (problem) refuse(start, ...problem);
    },
    cdata: (offset) => refuse(offset, 'element_not_allowed', 'CDATA sections do not work in mail and are not allowed'),
    text(start, end, element) {
      if (element === 'style' && RUNNING_CSS.test(markup.slice(start, end))) refuse(start, 'script', 'this style could run a program');
    },
  });
  return problems;
}

/** The same in finished HTML as browsers read it (WHATWG, 13.2), which may be another tree than its text suggests. */
export function findRefusedElements(html: string): Omit<MarkupProblem, 'offset'>[] {
  const problems: Omit<MarkupProblem, 'offset'>[] = [];
  const add = (problem: Problem | undefined): void => {
    if (problem) problems.push({ code: problem[0], message: problem[1] });
  };
  const visit = (node: DefaultTreeAdapterTypes.ParentNode): void => {
    for (const child of node.childNodes) {
      if (!('tagName' in child)) continue;
      add(elementProblem(child.tagName, 'author'));
      for (const { name, value } of child.attrs) add(attributeProblem(child.tagName, name, value));
      visit('content' in child ? child.content : child);
    }
  };
  visit(parse(html, { scriptingEnabled: false }));
  return problems;
}

type Problem = readonly [code: string, message: string];

/** MJML itself writes `noscript`, for Outlook, around nothing of the author's. */
function elementProblem(name: string, by: 'author' | 'mjml'): Problem | undefined {
  if (name === 'mj-include') return ['include', 'mj-include is not allowed: save the piece as a partial and write {{> name}}'];
  if (REFUSED_ELEMENTS.has(name) || (by === 'author' && HIDING_ELEMENTS.has(name)))
    return ['element_not_allowed', `<${name}> does not work in mail and is not allowed`];
  return undefined;
}

/** @param value with its character references resolved */
function attributeProblem(element: string, name: string, value: string): Problem | undefined {
  if (/^on[a-z]/.test(name)) return ['script', `the event attribute "${name}" is not allowed: mail programs run no scripts`];
  if (name === 'srcdoc') return ['script', 'srcdoc is not allowed'];
  // Browsers skip white space and control characters inside a scheme.
  const address = value.replace(/[\u0000-\u0020\u007f]+/g, '').toLowerCase();
  if (ADDRESS_ATTRIBUTES.has(name) && RUNNING_SCHEMES.test(address))
    return ['script', `an address must not begin with "${address.split(':')[0]}:"`];
  if (name === 'style' && RUNNING_CSS.test(value)) return ['script', 'this style could run a program'];
  if (element === 'meta' && name === 'http-equiv' && address === 'refresh')
    return ['script', 'a mail cannot lead its reader away by itself'];
  return undefined;
}
