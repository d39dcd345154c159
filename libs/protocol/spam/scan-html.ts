import { Parser } from 'htmlparser2';
import { countLetters } from './count-letters.js';
import { type Style, readStyle, rootStyle } from './html-style.js';

export interface Link {
  readonly href: string;
  /** What stands between the tags. */
  readonly label: string;
}

/** What of an HTML part the rules look at. */
export interface HtmlFacts {
  /** What a reader sees. */
  readonly visible: string;
  readonly title: string;
  readonly visibleLetters: number;
  /** Letters that styles hide: not displayed, or in the colour of their ground. */
  readonly hiddenLetters: number;
  /** Letters too small to read. */
  readonly tinyLetters: number;
  readonly images: number;
  readonly links: readonly Link[];
  readonly hasForm: boolean;
  readonly hasPasswordField: boolean;
  readonly hasScript: boolean;
  readonly hasFrame: boolean;
  readonly hasRefresh: boolean;
  /** Comments and empty tags inside words. */
  readonly splitWords: number;
  /** ASCII letters written as numeric references, which nothing needs. */
  readonly numericLetters: number;
}

export const emptyHtmlFacts: HtmlFacts = {
  visible: '',
  title: '',
  visibleLetters: 0,
  hiddenLetters: 0,
  tinyLetters: 0,
  images: 0,
  links: [],
  hasForm: false,
  hasPasswordField: false,
  hasScript: false,
  hasFrame: false,
  hasRefresh: false,
  splitWords: 0,
  numericLetters: 0,
};

const VOID = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'param', 'source', 'track', 'wbr']);
const BLOCK = new Set([
  'address',
  'article',
  'blockquote',
  'br',
  'center',
  'div',
  'dl',
  'dt',
  'h1',
  'h2',
  'h3',
  'h4',
  'hr',
  'li',
  'ol',
  'p',
  'section',
  'table',
  'td',
  'th',
  'tr',
  'ul',
]);
const UNSHOWN = new Set(['head', 'noscript', 'script', 'style', 'template', 'title']);
/** Deeper elements take the style of the one they are in. */
const MAX_DEPTH = 200;
const MAX_LABEL = 300;

interface Open {
  readonly name: string;
  readonly style: Style;
}

/** Reads HTML as far as it goes, in one pass; any text gives facts. */
export function scanHtml(html: string, maxLinks: number): HtmlFacts {
  const scan = new HtmlScan(maxLinks);
  const parser = new Parser(scan, { decodeEntities: true, lowerCaseTags: true, lowerCaseAttributeNames: true });
  parser.write(html);
  parser.end();
  return scan.facts(html);
}

class HtmlScan {
  private readonly stack: Open[] = [];
  private beyond = 0;
  private readonly shown: string[] = [];
  private title = '';
  private counts = { visible: 0, hidden: 0, tiny: 0, images: 0 };
  private readonly flags = { form: false, password: false, script: false, frame: false, refresh: false };
  private readonly links: Link[] = [];
  private label: { href: string; text: string } | undefined;
  private unshown = 0;

  constructor(private readonly maxLinks: number) {}

  onopentag(name: string, attributes: Record<string, string>): void {
    this.note(name, attributes);
    if (BLOCK.has(name)) this.shown.push('\n');
    if (UNSHOWN.has(name)) this.unshown++;
    if (VOID.has(name)) return;
    if (this.stack.length >= MAX_DEPTH) {
      this.beyond++;
      return;
    }
    this.stack.push({ name, style: readStyle(name, attributes, this.style()) });
  }

  onclosetag(name: string): void {
    if (BLOCK.has(name)) this.shown.push('\n');
    if (UNSHOWN.has(name)) this.unshown = Math.max(0, this.unshown - 1);
    if (name === 'a') this.endLink();
    if (VOID.has(name)) return;
    if (this.beyond > 0) this.beyond--;
    else if (this.stack.at(-1)?.name === name) this.stack.pop();
  }

  ontext(text: string): void {
    if (this.stack.at(-1)?.name === 'title') this.title = (this.title + text).slice(0, 300);
    if (this.unshown > 0) return;
    const { letters } = countLetters(text);
    if (this.label && this.label.text.length < MAX_LABEL) this.label.text += text;
    const { isHidden, isTiny } = this.style();
    if (isHidden) this.counts.hidden += letters;
    else if (isTiny) this.counts.tiny += letters;
    else {
      this.counts.visible += letters;
      this.shown.push(text);
    }
  }

  facts(html: string): HtmlFacts {
    this.endLink();
    return {
      visible: this.shown.join('').replace(/\n{2,}/g, '\n'),
      title: this.title.trim(),
      visibleLetters: this.counts.visible,
      hiddenLetters: this.counts.hidden,
      tinyLetters: this.counts.tiny,
      images: this.counts.images,
      links: this.links,
      hasForm: this.flags.form,
      hasPasswordField: this.flags.password,
      hasScript: this.flags.script,
      hasFrame: this.flags.frame,
      hasRefresh: this.flags.refresh,
      splitWords: html.match(/[A-Za-z]<!--[^<>]{0,80}-->[A-Za-z]|[A-Za-z]<(\w{1,10})><\/\1>[A-Za-z]/g)?.length ?? 0,
      numericLetters: html.match(/&#(?:x[46][1-9a-f]|x[57][0-9a]|6[5-9]|[78]\d|9[07-9]|1[01]\d|12[0-2]);/gi)?.length ?? 0,
    };
  }

  private note(name: string, attributes: Record<string, string>): void {
    const { flags } = this;
    if (name === 'img') this.counts.images += isPixel(attributes) ? 0 : 1;
    else if (name === 'form') flags.form = true;
    else if (name === 'script') flags.script = flags.script || !/json/i.test(attributes['type'] ?? '');
    else if (name === 'iframe' || name === 'object' || name === 'embed' || name === 'frame') flags.frame = true;
    else if (name === 'input') flags.password ||= /^password$/i.test(attributes['type'] ?? '');
    else if (name === 'meta') flags.refresh ||= /^refresh$/i.test(attributes['http-equiv'] ?? '');
    const { href } = attributes;
    if ((name !== 'a' && name !== 'area') || href === undefined) return;
    this.endLink();
    this.label = { href: href.slice(0, 4_000), text: '' };
    if (name === 'area') this.endLink();
  }

  private endLink(): void {
    const { label } = this;
    this.label = undefined;
    if (label && this.links.length < this.maxLinks) this.links.push({ href: label.href, label: label.text.replace(/\s+/g, ' ').trim() });
  }

  private style(): Style {
    return this.stack.at(-1)?.style ?? rootStyle;
  }
}

/** Images that count opens or keep a distance show nothing. */
function isPixel({ width, height }: Record<string, string>): boolean {
  return /^[012]$/.test(width?.trim() ?? '') || /^[012]$/.test(height?.trim() ?? '');
}
