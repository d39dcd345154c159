import { convert } from 'html-to-text';
import { globalTags, internalHelpers } from './helper-table.js';
import { parseHandlebars } from './handlebars-ast.js';
import type { LinkTable } from './link-table.js';
import { scanTags } from './scan-tags.js';
import { TagMasks } from './tag-masks.js';

interface HtmlNode {
  readonly name: string;
  readonly attribs?: Record<string, string>;
  readonly parent: HtmlNode | null;
}

/** The plain-text part of compiled HTML: tags stay in place, links follow their words in angle brackets (RFC 3986 appendix C). */
export function textFromHtml(html: string): string | undefined {
  const masks = new TagMasks(html);
  const text = convertHtml(masks.mask(html).text);
  const restored = tidy(masks.restore(text));
  try {
    parseHandlebars(restored);
    return restored;
  } catch {
    // A block began in something that has no text, such as an attribute of a picture.
    return undefined;
  }
}

/** The plain-text part of HTML that is no template. */
export function plainTextOf(html: string): string {
  return tidy(convertHtml(html));
}

function convertHtml(html: string): string {
  return convert(html, {
    wordwrap: false,
    limits: { maxInputLength: 4 * 1024 * 1024 },
    selectors: [
      { selector: 'head', format: 'skip' },
      { selector: 'div[style*="display:none"]', format: 'skip' },
      { selector: 'a', options: { linkBrackets: ['<', '>'], hideLinkHrefIfSameAsText: true } },
      { selector: 'img', format: 'inlineString', options: { string: '' } },
      { selector: 'img[alt]', format: 'imageAlt' },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
      { selector: 'table', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
      { selector: 'tr', format: 'row' },
      { selector: 'td', format: 'cell' },
      { selector: 'th', format: 'cell' },
      { selector: 'ul', options: { itemPrefix: '• ' } },
      { selector: 'hr', options: { length: 24 } },
    ],
    formatters: {
      imageAlt(element, _walk, builder) {
        const alt = (element as { attribs?: Record<string, string> }).attribs?.alt;
        if (alt) builder.addInline(alt);
      },
      // A row of MJML's layout is a piece of content; a row of a data table is a line.
      row(element, walk, builder) {
        let table = element.parent as HtmlNode | null;
        while (table && table.name !== 'table') table = table.parent;
        const lineBreaks = table?.attribs?.role === 'presentation' ? 2 : 1;
        builder.openBlock({ leadingLineBreaks: lineBreaks });
        walk(element.children, builder);
        builder.closeBlock({ trailingLineBreaks: lineBreaks });
      },
      // Layout tables put whole blocks into cells; a data table has its cells side by side.
      cell(element, walk, builder) {
        walk(element.children, builder);
        builder.addInline(' ');
      },
    },
  });
}

function tidy(text: string): string {
  const lines = text.split('\n').map((line) => line.trimEnd());
  return lines
    .filter((line, index) => line !== '' || (index > 0 && lines[index - 1] !== ''))
    .join('\n')
    .trim();
}

/** Web addresses that an author wrote into the plain-text part become tracked links; one that a tag is part of stays as it is. */
export function trackTextLinks(text: string, links: LinkTable): string {
  let from = 0;
  let result = '';
  for (const tag of scanTags(text).tags) {
    result += trackAddresses(text.slice(from, tag.start), links, true) + tag.text;
    from = tag.end;
  }
  return result + trackAddresses(text.slice(from), links, false);
}

const SENTENCE_END = new Set('.,;:!?،؛؟');

function trackAddresses(text: string, links: LinkTable, isBeforeTag: boolean): string {
  return text.replace(/https?:\/\/[^\s<>"'{}()[\]]+/gi, (address, offset: number) => {
    if (isBeforeTag && offset + address.length === text.length) return address;
    let { length } = address;
    while (SENTENCE_END.has(address[length - 1]!)) length--;
    const url = address.slice(0, length);
    const position = URL.canParse(url) ? links.addForText(url) : undefined;
    return position === undefined ? address : `{{${internalHelpers.link} ${position}}}${address.slice(length)}`;
  });
}

const unsubscribeTexts: Record<string, { sentence: string; link: string }> = {
  en: { sentence: 'You receive this mail because you subscribed.', link: 'Unsubscribe' },
  fa: { sentence: 'این نامه را دریافت می‌کنید چون مشترک ما هستید.', link: 'لغو اشتراک' },
};

export const hasUnsubscribe = (source: string): boolean => new RegExp(`\\{\\{[^}]*\\b${globalTags.unsubscribe}\\b`).test(source);

/** What is added where an author forgot the way out. It shows only if the message has an address for it. */
export function unsubscribeFooter(language: string, direction: string): { html: string; text: string } {
  const { sentence, link } = unsubscribeTexts[/^fa\b/i.test(language) ? 'fa' : 'en']!;
  const tag = `{{${globalTags.unsubscribe}}}`;
  const style = 'padding:16px;text-align:center;font-family:Tahoma,Arial,sans-serif;font-size:12px;line-height:20px;color:#666666';
  const html = `<div dir="${direction}" style="${style}">${sentence} <a href="${tag}" style="color:#666666">${link}</a></div>`;
  const text = `${sentence}\n${link}: ${tag}`;
  return { html: ifUnsubscribable(html), text: `\n\n--\n${ifUnsubscribable(text)}` };
}

const ifUnsubscribable = (text: string): string => `{{#if ${globalTags.unsubscribe}}}${text}{{/if}}`;
