import { type HeaderList, type MimePart, decodeBody, decodeBytes, decodeWords, readMime } from '#protocol/dsn';
import { type AttachmentFacts, describeAttachment } from './describe-attachment.js';
import { type HtmlFacts, type Link, emptyHtmlFacts, scanHtml } from './scan-html.js';
import { type SpamLimits, defaultSpamLimits } from './spam.types.js';
import { type Url, findUrls } from './urls.js';

/** What of a message the classifier and the rules look at. */
export interface MessageContent {
  readonly headers: HeaderList;
  /** The header as it came, at most 64 KB. */
  readonly rawHeader: string;
  readonly subject: string;
  /** What a reader sees: plain parts, and HTML without what it hides. */
  readonly text: string;
  /** The same, part by part. */
  readonly texts: readonly string[];
  readonly hasPlain: boolean;
  readonly hasHtml: boolean;
  readonly html: HtmlFacts;
  readonly urls: readonly Url[];
  readonly attachments: readonly AttachmentFacts[];
  readonly textParts: readonly TextPart[];
  readonly sizeBytes: number;
  /** Image parts. */
  readonly images: number;
  readonly partCount: number;
}

export interface TextPart {
  readonly type: 'plain' | 'html';
  /** As declared, lower case; '' when not. */
  readonly charset: string;
  readonly encoding: string;
  readonly characters: number;
  /** Bytes above 127 in what was decoded. */
  readonly hasHighBytes: boolean;
}

const MAX_RAW_HEADER = 64 * 1024;
const MAX_MESSAGES = 5;

/** Reads any bytes; never throws. */
export function readContent(raw: Buffer, limits: SpamLimits = defaultSpamLimits): MessageContent {
  const mime = {
    maxBytes: limits.maxBytes,
    maxDepth: limits.maxDepth,
    maxParts: limits.maxParts,
    maxHeaderBytes: 128 * 1024,
    maxHeaders: 1_000,
  };
  const root = readMime(raw, mime);
  const reader = new ContentReader(limits);
  reader.read(root, 0);
  const subject = root.headers.text('subject').slice(0, 1_000);
  const text = reader.texts.join('\n');
  return {
    headers: root.headers,
    rawHeader: raw.subarray(0, Math.min(raw.length - root.body.length, MAX_RAW_HEADER)).toString('latin1'),
    subject,
    text,
    texts: reader.texts,
    hasPlain: reader.textParts.some(({ type }) => type === 'plain'),
    hasHtml: reader.textParts.some(({ type }) => type === 'html'),
    html: reader.html,
    urls: findUrls(reader.html.links, text, limits.maxLinks),
    attachments: reader.attachments,
    textParts: reader.textParts,
    sizeBytes: raw.length,
    images: reader.images,
    partCount: reader.partCount,
  };
}

class ContentReader {
  readonly texts: string[] = [];
  readonly textParts: TextPart[] = [];
  readonly attachments: AttachmentFacts[] = [];
  html: HtmlFacts = emptyHtmlFacts;
  images = 0;
  partCount = 0;
  private characters = 0;
  private messages = 0;

  constructor(private readonly limits: SpamLimits) {}

  read(part: MimePart, depth: number): void {
    this.partCount++;
    if (part.children.length > 0) {
      for (const child of part.children) this.read(child, depth + 1);
      return;
    }
    const disposition = part.headers.raw('content-disposition');
    const fileName = fileNameOf(part);
    const isText = part.type === 'text/plain' || part.type === 'text/html';
    if (part.type === 'message/rfc822') this.readEnclosed(part, depth);
    else if (isText && !/^\s*attachment/i.test(disposition)) this.readText(part);
    if (part.type.startsWith('image/')) this.images++;
    if ((!isText || fileName !== '') && !part.type.startsWith('multipart/')) this.readAttachment(part, fileName);
  }

  /** A forwarded message says what its sender wants said. */
  private readEnclosed(part: MimePart, depth: number): void {
    if (++this.messages > MAX_MESSAGES || depth > this.limits.maxDepth) return;
    const { maxBytes, maxDepth, maxParts } = this.limits;
    const inner = readMime(decodeBody(part.body.subarray(0, maxBytes), part.headers.raw('content-transfer-encoding')), {
      maxBytes,
      maxDepth,
      maxParts: Math.max(1, maxParts - this.partCount),
      maxHeaderBytes: 64 * 1024,
      maxHeaders: 200,
    });
    this.read(inner, depth + 1);
  }

  private readText(part: MimePart): void {
    const room = this.limits.maxTextCharacters - this.characters;
    if (room <= 0) return;
    const encoding = part.headers.raw('content-transfer-encoding').trim().toLowerCase().slice(0, 40);
    // Six bytes of quoted-printable may be one character of two bytes.
    const bytes = decodeBody(part.body.subarray(0, room * 8), encoding);
    const charset = (part.params.get('charset') ?? '').trim().toLowerCase().slice(0, 40);
    const text = decodeBytes(bytes.subarray(0, room * 4), charset === '' ? undefined : charset).slice(0, room);
    this.characters += text.length;
    const type = part.type === 'text/html' || looksLikeHtml(text) ? 'html' : 'plain';
    this.textParts.push({ type, charset, encoding, characters: text.length, hasHighBytes: bytes.some((byte) => byte > 127) });
    if (type === 'plain') {
      this.texts.push(text);
      return;
    }
    const facts = scanHtml(text, this.limits.maxLinks);
    this.html = this.textParts.filter((one) => one.type === 'html').length > 1 ? joined(this.html, facts) : facts;
    this.texts.push(facts.visible);
  }

  private readAttachment(part: MimePart, fileName: string): void {
    if (this.attachments.length >= this.limits.maxAttachments) return;
    const { maxAttachmentBytes } = this.limits;
    const encoding = part.headers.raw('content-transfer-encoding');
    // Base64 with line ends takes 78 bytes for 57.
    const head = decodeBody(part.body.subarray(0, Math.ceil(maxAttachmentBytes * 1.4)), encoding).subarray(0, maxAttachmentBytes);
    this.attachments.push(describeAttachment(fileName, part.type, head, part.body.length));
  }
}

/** Some say text/plain, or nothing, and send HTML: programs show it as such. */
function looksLikeHtml(text: string): boolean {
  return /^\s{0,200}(?:<!doctype html|<html[\s>])/i.test(text.slice(0, 400));
}

function joined(one: HtmlFacts, other: HtmlFacts): HtmlFacts {
  return {
    visible: '',
    title: one.title || other.title,
    visibleLetters: one.visibleLetters + other.visibleLetters,
    hiddenLetters: one.hiddenLetters + other.hiddenLetters,
    tinyLetters: one.tinyLetters + other.tinyLetters,
    images: one.images + other.images,
    links: [...one.links, ...other.links].slice(0, 1_000) as Link[],
    hasForm: one.hasForm || other.hasForm,
    hasPasswordField: one.hasPasswordField || other.hasPasswordField,
    hasScript: one.hasScript || other.hasScript,
    hasFrame: one.hasFrame || other.hasFrame,
    hasRefresh: one.hasRefresh || other.hasRefresh,
    splitWords: one.splitWords + other.splitWords,
    numericLetters: one.numericLetters + other.numericLetters,
  };
}

const DISPOSITION_NAME = /filename(\*\d{0,2}\*?)?\s{0,3}=\s{0,3}(?:"((?:[^"\\]|\\.){1,500})"|([^\s;"]{1,500}))/gi;

/** RFC 2183 §2.3, RFC 2231 §3 and §4, and the `name` of RFC 2045; what mail programs would show. '' without one. */
export function fileNameOf(part: MimePart): string {
  let name = '';
  for (const [, star, quoted, token] of part.headers.raw('content-disposition').slice(0, 4_000).matchAll(DISPOSITION_NAME))
    name += decodeExtended(quoted?.replace(/\\(.)/g, '$1') ?? token!, star);
  const shown = name || decodeExtended(part.params.get('name') ?? '', undefined);
  return decodeWords(shown).slice(0, 500);
}

function decodeExtended(value: string, star: string | undefined): string {
  if (star === undefined || !star.endsWith('*')) return value;
  const [, charset, rest] = /^([\w.:-]{0,60})'[^']{0,40}'(.*)$/.exec(value) ?? [undefined, '', value];
  const bytes = Buffer.from(
    rest!.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  return decodeBytes(bytes, charset || undefined);
}
