import { Tokenizer } from 'htmlparser2';

export interface MarkupAttribute {
  /** Lower case. */
  readonly element: string;
  /** Lower case. */
  readonly name: string;
  /** Offsets of the value, without its quotes. */
  readonly start: number;
  readonly end: number;
  readonly isQuoted: boolean;
  readonly isInConditional: boolean;
}

export interface MarkupVisitor {
  element?(name: string, offset: number): void;
  attribute?(attribute: MarkupAttribute): void;
  /** @param element the raw-text element it stands in (`style`, `title`), or empty */
  text?(start: number, end: number, element: string): void;
  /** A comment that no client reads as markup. Offsets include `<!--` and `-->`. */
  comment?(start: number, end: number): void;
  /** A CDATA section: readers of HTML end it at the next `>`, readers of XML at `]]>`. */
  cdata?(offset: number): void;
}

const RAW_TEXT = new Set(['style', 'title', 'script', 'textarea']);
const COMMENT_OPENING = '<!--'.length;

/** Visits HTML (or MJML) in document order, with offsets into `html`; Outlook's conditional comments are visited as the markup they are to Outlook. */
export function walkMarkup(html: string, visitor: MarkupVisitor, base = 0, isInConditional = false): void {
  let element = '';
  let rawText = '';
  let name = '';
  let start = -1;
  let end = -1;
  const endOfOpenTag = (): void => {
    rawText = RAW_TEXT.has(element) ? element : '';
  };
  const tokenizer = new Tokenizer(
    { decodeEntities: false, xmlMode: false },
    {
      onopentagname(from, to) {
        element = html.slice(from, to).toLowerCase();
        visitor.element?.(element, base + from);
      },
      onattribname(from, to) {
        name = html.slice(from, to).toLowerCase();
        start = -1;
      },
      onattribdata(from, to) {
        if (start < 0) start = from;
        end = to;
      },
      onattribend(quote, at) {
        const isEmpty = start < 0;
        visitor.attribute?.({
          element,
          name,
          start: base + (isEmpty ? at : start),
          end: base + (isEmpty ? at : end),
          isQuoted: quote >= 2,
          isInConditional,
        });
      },
      onopentagend: endOfOpenTag,
      onselfclosingtag: () => undefined,
      onclosetag: () => {
        rawText = '';
      },
      ontext: (from, to) => visitor.text?.(base + from, base + to, rawText),
      oncomment(from, to, offset) {
        if (!html.startsWith('<!--', from - COMMENT_OPENING)) return; // <![endif]> and the like stay
        const data = html.slice(from, to - offset);
        const conditional = /^\[if[^\]]*\]>(?!<!)/.exec(data);
        const inner = conditional && data.slice(conditional[0].length).replace(/<!\[endif\]$/i, '');
        if (conditional && inner) walkMarkup(inner, visitor, base + from + conditional[0].length, true);
        else if (!/^\[if|^\s*<!\[endif/i.test(data)) visitor.comment?.(base + from - COMMENT_OPENING, base + to + 1);
      },
      onattribentity: () => undefined,
      oncdata: (from) => visitor.cdata?.(base + from),
      ondeclaration: () => undefined,
      onend: () => undefined,
      onprocessinginstruction: () => undefined,
      ontextentity: () => undefined,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
}

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  colon: ':',
  tab: '\t',
  newline: '\n',
};

/** Character references as addresses hold them: the numeric ones and the few named ones that matter there. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,7}));?/gi, (whole, decimal?: string, hex?: string, named?: string) => {
    if (named !== undefined) return ENTITIES[named.toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
}
