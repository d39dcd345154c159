import { globalTags, internalHelpers } from './helper-table.js';
import { parseHandlebars } from './handlebars-ast.js';
import { type LinkTable, isLoop } from './link-table.js';
import { ScopeTracker } from './scope-tracker.js';
import type { TagMasks } from './tag-masks.js';
import type { TemplateWarning } from './template.types.js';
import { annotateCss, annotateUrl } from './url-tags.js';
import { type MarkupAttribute, decodeEntities, walkMarkup } from './walk-markup.js';

export interface RewrittenHtml {
  /** Handlebars again, each tag made safe for its place, tracked links as `{{chapar_link n}}`. */
  readonly html: string;
  /** Sentences about what cannot be compiled. */
  readonly problems: readonly { code: string; message: string }[];
  readonly warnings: readonly TemplateWarning[];
}

const LOADING_ATTRIBUTES = new Set(['src', 'background', 'poster', 'data', 'cite', 'srcset', 'xlink:href', 'action', 'href']);
const GLOBAL_ADDRESS = new RegExp(`^\\{\\{~?\\s*(?:${globalTags.unsubscribe}|${globalTags.webView})\\s*~?\\}\\}$`);

/** Puts the tags back into compiled HTML, each by the rules of the place where it stands, and takes the links out. */
export function rewriteHtml(masked: string, masks: TagMasks, links: LinkTable): RewrittenHtml {
  const rewriter = new HtmlRewriter(collapseIndentation(masked), masks, links);
  return rewriter.rewrite();
}

/** MJML indents its output deeply. Line breaks stay: they part words, and keep lines short. */
function collapseIndentation(html: string): string {
  if (/<(?:pre|textarea)\b|white-space:\s*(?:pre|break-spaces)/i.test(html)) return html;
  const lines = html.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').join('\n');
}

class HtmlRewriter {
  private readonly edits: { start: number; end: number; text: string }[] = [];
  private readonly problems: { code: string; message: string }[] = [];
  private readonly warnings: TemplateWarning[] = [];
  private readonly scopes: ScopeTracker;

  constructor(
    private readonly masked: string,
    private readonly masks: TagMasks,
    private readonly links: LinkTable,
  ) {
    this.scopes = new ScopeTracker(masks.find(masked));
  }

  rewrite(): RewrittenHtml {
    walkMarkup(this.masked, {
      attribute: (attribute) => this.attribute(attribute),
      text: (start, end, element) => this.text(start, end, element),
      comment: (start, end) => this.edits.push({ start, end, text: '' }),
    });
    const { problems, warnings } = this;
    return { html: this.apply(), problems, warnings };
  }

  private apply(): string {
    let html = '';
    let from = 0;
    const pushUntouched = (until: number): void => {
      const between = this.masked.slice(from, until);
      for (const { tag } of this.masks.find(between))
        this.problems.push({
          code: 'tag_misplaced',
          message: `${tag.text} stands inside an HTML tag: a merge tag belongs in text or in a quoted attribute value`,
        });
      html += between;
    };
    for (const edit of this.edits) {
      pushUntouched(edit.start);
      html += edit.text;
      from = edit.end;
    }
    pushUntouched(this.masked.length);
    return html;
  }

  private text(start: number, end: number, element: string): void {
    const text = this.masked.slice(start, end);
    if (!this.masks.has(text)) return;
    const restored = this.masks.restore(text);
    this.edits.push({ start, end, text: element === 'style' ? annotateCss(restored) : restored });
  }

  private attribute(attribute: MarkupAttribute): void {
    const { start, end, name } = attribute;
    const raw = this.masked.slice(start, end);
    const source = this.masks.restore(raw);
    const isDynamic = source !== raw;
    if (isDynamic && !this.isWhole(attribute, source)) return;
    if (name === 'href' && isLinkElement(attribute.element)) return this.link(attribute, source, isDynamic);
    if (!isDynamic) return;
    const text = name === 'style' ? annotateCss(source) : LOADING_ATTRIBUTES.has(name) ? annotateUrl(source) : source;
    this.edits.push({ start, end, text });
  }

  /** Whether the tags of a value can be rendered by themselves: quoted, and no block that begins or ends elsewhere. */
  private isWhole({ element, name, isQuoted }: MarkupAttribute, source: string): boolean {
    const where = `the attribute ${name} of <${element}>`;
    if (!isQuoted) {
      this.problems.push({ code: 'attribute_not_quoted', message: `${where} holds a merge tag and needs quotes` });
      return false;
    }
    try {
      parseHandlebars(source);
      return true;
    } catch {
      this.problems.push({ code: 'tag_misplaced', message: `a block in ${where} begins or ends outside of it: ${source.slice(0, 100)}` });
      return false;
    }
  }

  private link({ start, end, isInConditional }: MarkupAttribute, source: string, isDynamic: boolean): void {
    const target = decodeEntities(source).trim();
    if (GLOBAL_ADDRESS.test(target)) return void this.edits.push({ start, end, text: target });
    if (isDynamic && new RegExp(`\\b(?:${globalTags.unsubscribe}|${globalTags.webView})\\b`).test(target))
      return void this.problems.push({
        code: 'address_misplaced',
        message: `unsubscribe_url and web_view_url are whole addresses, with nothing around them: ${target.slice(0, 100)}`,
      });
    const isTracked = isDynamic ? /^(?:https?:\/\/|\{\{)/i.test(target) : isWebAddress(target);
    if (!isTracked) {
      this.warnAboutUntracked(target);
      if (isDynamic) this.edits.push({ start, end, text: annotateUrl(source) });
      return;
    }
    if (/^http:/i.test(target))
      this.warnings.push({ code: 'insecure_link', message: `this link is not encrypted: ${target.slice(0, 200)}` });
    const within = isDynamic ? this.scopes.around(start) : [];
    if (within === undefined || within.filter(isLoop).length > 1)
      return void this.problems.push({
        code: 'link_in_nested_loop',
        message: `a link with merge tags cannot stand in a loop inside a loop, or after {{else each}}: ${target.slice(0, 100)}`,
      });
    const position = this.links.add({ url: target, isDynamic, isInConditional, within });
    if (position === undefined) return void this.problems.push({ code: 'too_many_links', message: 'there are too many links' });
    this.edits.push({ start, end, text: `{{${internalHelpers.link} ${position}${within.some(isLoop) ? ' true' : ''}}}` });
  }

  private warnAboutUntracked(target: string): void {
    if (target === '' || target.startsWith('#') || /^(?!https?:)[a-z][a-z\d+.-]*:/i.test(target)) return;
    this.warnings.push({
      code: 'link_not_absolute',
      message: `this link leads nowhere from a mail, it needs https:// and a host: ${target.slice(0, 200)}`,
    });
  }
}

/** Links proper, and the VML shapes that Outlook makes clickable. */
const isLinkElement = (element: string): boolean => element === 'a' || element === 'area' || element.startsWith('v:');

const isWebAddress = (target: string): boolean => /^https?:\/\//i.test(target) && URL.canParse(target);
