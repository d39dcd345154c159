import { Parser } from 'htmlparser2';
import { templateLimits } from './limits.js';
import type { MarkupProblem } from './refused-markup.js';
import type { Tag } from './scan-tags.js';
import type { TagMasks } from './tag-masks.js';

/** What the compiler adds to the author's MJML. */
export interface HeadAdditions {
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
  /** Masked and escaped. */
  readonly title: string;
  readonly preheader: string;
}

export interface ArrangedMjml {
  readonly mjml: string;
  readonly problems: readonly MarkupProblem[];
  readonly warnings: readonly MarkupProblem[];
}

/** Elements whose content MJML takes as it is; everywhere else it drops text. */
const ENDING = new Set(
  'mj-text mj-button mj-table mj-raw mj-title mj-preview mj-style mj-navbar-link mj-social-element mj-accordion-title mj-accordion-text'.split(
    ' ',
  ),
);
/** Elements in which a block tag may stand between children: MJML knows mj-raw there. */
const HOLDS_RAW = new Set('mj-body mj-wrapper mj-section mj-group mj-column mj-hero'.split(' '));

interface Element {
  readonly name: string;
  readonly start: number;
}

interface Edit {
  readonly at: number;
  readonly until: number;
  readonly text: string;
}

/**
 * Makes masked MJML with Handlebars in it into MJML that keeps it: block tags between elements are wrapped in mj-raw,
 * and language, direction, title and preview text are put where MJML expects them.
 */
export function arrangeMjml(masked: string, masks: TagMasks, additions: HeadAdditions): ArrangedMjml {
  const arranger = new Arranger(masked, masks);
  arranger.parse();
  arranger.addHead(additions);
  return { mjml: applyEdits(masked, arranger.edits), problems: arranger.problems, warnings: arranger.warnings };
}

class Arranger {
  readonly edits: Edit[] = [];
  readonly problems: MarkupProblem[] = [];
  readonly warnings: MarkupProblem[] = [];
  private readonly stack: Element[] = [];
  private readonly open: { tag: Tag; place: string }[] = [];
  private readonly words: { start: number; end: number; tag: Tag }[];
  private nextWord = 0;
  private depth = 0;
  private ending: (Element & { depth: number }) | undefined;
  private root: { start: number; end: number; attributes: string } | undefined;
  private headOpenEnd: number | undefined;
  private headClose: number | undefined;

  constructor(
    private readonly masked: string,
    private readonly masks: TagMasks,
  ) {
    this.words = masks.find(masked);
  }

  /** Walks as mjml-parser-xml does, with the same parser and options. */
  parse(): void {
    const parser = new Parser(
      {
        onopentag: (name, attributes) => this.openTag(name, attributes, parser.startIndex, parser.endIndex),
        onclosetag: (name, isImplied) => this.closeTag(name, isImplied, parser.startIndex),
        ontext: (text) => this.text(text, parser.startIndex, parser.endIndex + 1),
        oncomment: () => {
          if (!this.ending) this.place(parser.endIndex + 1, `comment ${parser.startIndex}`);
        },
      },
      { recognizeCDATA: true, decodeEntities: false, recognizeSelfClosing: true, lowerCaseAttributeNames: false },
    );
    parser.write(this.masked);
    parser.end();
    if (this.root === undefined) this.problem(0, 'mjml', 'the template is one <mjml> element');
    this.place(this.masked.length, 'outside');
  }

  addHead({ language, direction, title, preheader }: HeadAdditions): void {
    if (!this.root) return;
    const { start, end, attributes } = this.root;
    const atEnd = preheader === '' ? '' : `<mj-preview>${preheader}</mj-preview>`;
    const atStart = `<mj-title>${title}</mj-title><mj-attributes>${defaults(language, direction)}</mj-attributes>`;
    const rootTag = `<mjml lang="${language}" dir="${direction}"${attributes}>`;
    if (this.headOpenEnd === undefined || this.headClose === undefined) {
      this.edits.push({ at: start, until: end, text: `${rootTag}<mj-head>${atStart}${atEnd}</mj-head>` });
      return;
    }
    this.edits.push({ at: start, until: end, text: rootTag });
    this.edits.push({ at: this.headOpenEnd, until: this.headOpenEnd, text: atStart });
    this.edits.push({ at: this.headClose, until: this.headClose, text: atEnd });
  }

  private openTag(name: string, attributes: Record<string, string>, start: number, end: number): void {
    if (++this.depth === templateLimits.elementNesting + 1)
      this.problem(start, 'nesting_too_deep', `elements are nested deeper than ${templateLimits.elementNesting} levels`);
    if (this.ending) {
      if (ENDING.has(name)) this.ending.depth++;
      return;
    }
    this.place(end + 1, `attribute ${start}`);
    if (name === 'mjml' && !this.root) {
      const owa = attributes.owa === 'desktop' ? ' owa="desktop"' : '';
      this.root = { start, end: end + 1, attributes: owa };
    }
    if (name === 'mj-head' && this.headOpenEnd === undefined && this.masked[end - 1] !== '/') this.headOpenEnd = end + 1;
    if (name === 'mj-image' && attributes.alt === undefined)
      this.warnings.push({
        offset: start,
        code: 'image_without_alt',
        message: 'this picture has no alt text for readers who do not see it',
      });
    this.stack.push({ name, start });
    if (ENDING.has(name)) this.ending = { name, start, depth: 1 };
  }

  private closeTag(name: string, isImplied: boolean, start: number): void {
    this.depth--;
    if (this.ending) {
      if (!ENDING.has(name) || --this.ending.depth > 0) return;
      this.place(start, `content ${this.ending.start}`);
      this.ending = undefined;
    }
    const element = this.stack.pop();
    // A self-closing tag is "implied" too, at its own offset.
    if (isImplied && element && element.start !== start && /^mj/.test(name)) this.problem(element.start, 'mjml', `<${name}> is not closed`);
    if (name === 'mj-head' && this.headOpenEnd !== undefined && this.headClose === undefined) this.headClose = start;
  }

  private text(text: string, start: number, end: number): void {
    if (this.ending) return;
    const parent = this.stack.at(-1);
    if (this.masks.restore(text, () => '').trim() !== '')
      this.warnings.push({
        offset: start,
        code: 'mjml',
        message: `text directly inside <${parent?.name ?? 'mjml'}> is not shown: put it into mj-text`,
      });
    while (this.words[this.nextWord] && this.words[this.nextWord]!.start < end) {
      const word = this.words[this.nextWord]!;
      if (word.tag.kind === 'value')
        this.problem(
          word.start,
          'tag_misplaced',
          `${word.tag.text} stands directly inside <${parent?.name ?? 'mjml'}>: put it into mj-text`,
        );
      else if (!parent || !HOLDS_RAW.has(parent.name))
        this.problem(word.start, 'tag_misplaced', `${word.tag.text} cannot stand directly inside <${parent?.name ?? 'mjml'}>`);
      else this.edits.push({ at: word.start, until: word.end, text: `<mj-raw>${this.masked.slice(word.start, word.end)}</mj-raw>` });
      this.balance(word.tag, word.start, `between ${parent?.start ?? 0}`);
      this.nextWord++;
    }
  }

  /** All words up to `until` stand in one place: a block that begins there has to end there. */
  private place(until: number, place: string): void {
    for (let word = this.words[this.nextWord]; word && word.start < until; word = this.words[++this.nextWord]) {
      if (place === 'outside') this.problem(word.start, 'tag_misplaced', `${word.tag.text} stands outside the template`);
      this.balance(word.tag, word.start, place);
    }
  }

  private balance(tag: Tag, offset: number, place: string): void {
    if (tag.kind === 'open') this.open.push({ tag, place });
    else if (tag.kind === 'else' || tag.kind === 'close') {
      const opener = tag.kind === 'close' ? this.open.pop() : this.open.at(-1);
      if (opener && opener.place !== place)
        this.problem(
          offset,
          'tag_misplaced',
          `${tag.text} belongs to ${opener.tag.text} in line ${opener.tag.line} and has to stand under the same element`,
        );
    }
  }

  private problem(offset: number, code: string, message: string): void {
    this.problems.push({ offset, code, message });
  }
}

/** What a right-to-left mail needs and MJML does not do by itself; what an element says itself wins. */
function defaults(language: string, direction: 'ltr' | 'rtl'): string {
  const isPersian = /^fa\b/i.test(language);
  const fonts = isPersian ? 'Vazirmatn, Tahoma, Arial, sans-serif' : 'Helvetica, Arial, sans-serif';
  const all = `<mj-all font-family="${fonts}" />`;
  if (direction === 'ltr') return all;
  const rightAligned = ['mj-text', 'mj-table'].map((name) => `<${name} align="right" />`);
  const reversed = ['mj-section', 'mj-column', 'mj-group'].map((name) => `<${name} direction="rtl" />`);
  return [all, ...rightAligned, ...reversed].join('');
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = '';
  let from = 0;
  for (const edit of [...edits].sort((a, b) => a.at - b.at || a.until - b.until)) {
    result += text.slice(from, edit.at) + edit.text;
    from = edit.until;
  }
  return result + text.slice(from);
}
