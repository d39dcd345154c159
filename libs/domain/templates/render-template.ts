import { encodeQpSegment } from '#protocol/mime';
import { type PartProgram, compilePart } from './program.js';
import { type Output, RenderContext, type StaticText, TextOutput } from './render-context.js';
import { findLink } from './link-table.js';
import { linkProgramSource } from './link-program.js';
import { safeWebUrl } from './safe-values.js';
import type { CompiledTemplate, MergeData, MessageUrls, PreparedTemplate, PreviewedMessage } from './template.types.js';
import { templateError } from './templates.errors.js';
import { isMissing } from './value-helpers.js';

type PartName = 'subject' | 'preheader' | 'html' | 'text';

/** A version's parts as programs, and its dynamic link targets, compiled when first needed. */
class TemplatePrograms {
  readonly subject: PartProgram;
  readonly preheader: PartProgram;
  readonly html: PartProgram;
  readonly text: PartProgram;
  private readonly targets = new Map<number, PartProgram>();

  constructor(readonly compiled: CompiledTemplate) {
    this.subject = compilePart(compiled.subject, 'header');
    this.preheader = compilePart(compiled.preheader, 'header');
    this.html = compilePart(compiled.html, 'html');
    this.text = compilePart(compiled.text, 'text');
  }

  run(part: PartName, data: MergeData, urls: MessageUrls, onMissing: (name: string) => void, output: Output): void {
    this[part].run(new RenderContext(this.compiled, data, urls, onMissing, output));
  }

  /** Calls back for every missing value of the link targets, which no part shows. */
  checkTargets(data: MergeData, onMissing: (name: string) => void): void {
    for (const link of this.compiled.links) {
      if (!link.isDynamic) continue;
      let program = this.targets.get(link.position);
      if (!program) this.targets.set(link.position, (program = compilePart(linkProgramSource(link), 'address')));
      program.run(new RenderContext(this.compiled, data, noUrls, onMissing, new TextOutput()));
    }
  }
}

const noUrls: MessageUrls = { link: () => '', openPixel: () => undefined, unsubscribe: () => '', webView: () => '' };

/** Parses a version once and encodes what never changes; see `PreparedTemplate`. Keep the result: it is what makes sending cheap. */
export function prepareTemplate(compiled: CompiledTemplate): PreparedTemplate {
  const programs = new TemplatePrograms(compiled);
  for (const part of [programs.html, programs.text]) for (const piece of part.statics) piece.encoded = encodeQpSegment(piece.text);
  const onMissing = missingPolicy(compiled);
  return {
    render(data, urls) {
      if (compiled.missingValues === 'strict') programs.checkTargets(data, onMissing);
      const text = (part: PartName): string => {
        const output = new TextOutput();
        programs.run(part, data, urls, onMissing, output);
        return output.toString();
      };
      const bytes = (part: PartName): Buffer[] => {
        const output = new QuotedPrintableOutput();
        programs.run(part, data, urls, onMissing, output);
        return output.buffers();
      };
      return { subject: text('subject').trim(), preheader: text('preheader').trim(), html: bytes('html'), text: bytes('text') };
    },
  };
}

/** Joins neighbouring dynamic pieces before it encodes them; static ones are passed on as they are. */
class QuotedPrintableOutput implements Output {
  private readonly list: Buffer[] = [];
  private pending = '';

  static(piece: StaticText): void {
    this.flush();
    this.list.push(piece.encoded!);
  }

  dynamic(text: string): void {
    this.pending += text;
  }

  buffers(): Buffer[] {
    this.flush();
    return this.list;
  }

  private flush(): void {
    if (this.pending === '') return;
    this.list.push(encodeQpSegment(this.pending));
    this.pending = '';
  }
}

function missingPolicy(compiled: CompiledTemplate): (name: string) => void {
  if (compiled.missingValues === 'empty') return () => undefined;
  return (name) => {
    throw templateError('merge_value_missing', `{{${name}}} has no value for this contact`, {
      details: [{ field: name, code: 'merge_value_missing', message: `{{${name}}} has no value` }],
    });
  };
}

/**
 * The same message as `PreparedTemplate.render` sends, as plain strings. Without `urls`, links lead where they lead
 * in the end and nothing is tracked.
 */
export function renderPreview(compiled: CompiledTemplate, data: MergeData, urls?: MessageUrls): PreviewedMessage {
  return preparePreview(compiled)(data, urls);
}

/** `renderPreview` of many contacts: the template is parsed once. */
export function preparePreview(compiled: CompiledTemplate): (data: MergeData, urls?: MessageUrls) => PreviewedMessage {
  const programs = new TemplatePrograms(compiled);
  return (data, urls) => preview(programs, data, urls);
}

function preview(programs: TemplatePrograms, data: MergeData, urls: MessageUrls | undefined): PreviewedMessage {
  const { compiled } = programs;
  const onMissing = missingPolicy(compiled);
  const addresses = urls ?? {
    ...noUrls,
    link: (position) => renderLink(compiled, position, data) ?? '#',
    unsubscribe: () => '#',
    webView: () => '#',
  };
  if (compiled.missingValues === 'strict') programs.checkTargets(data, onMissing);
  const part = (name: PartName): string => {
    const output = new TextOutput();
    programs.run(name, data, addresses, onMissing, output);
    return output.toString();
  };
  return { subject: part('subject').trim(), preheader: part('preheader').trim(), html: part('html'), text: part('text') };
}

/** Where a link leads for one contact; undefined if there is no such link, or if its address is not an http or https one. */
export function renderLink(compiled: CompiledTemplate, position: number, data: MergeData): string | undefined {
  const found = findLink(compiled.links, position);
  if (!found) return undefined;
  const { link, round } = found;
  if (!link.isDynamic) return link.url; // the compiler takes no other than http and https for links
  const output = new TextOutput();
  compilePart(linkProgramSource(link), 'address').run(new RenderContext(compiled, data, noUrls, () => undefined, output, round));
  return safeWebUrl(output.toString().trim());
}

/** The tags that have no value for this contact and no fallback, each once. */
export function findMissing(compiled: CompiledTemplate, data: MergeData): string[] {
  const missing = new Set<string>();
  const collect = (name: string): void => void missing.add(name);
  const programs = new TemplatePrograms(compiled);
  for (const part of ['subject', 'preheader', 'html', 'text'] as const) programs.run(part, data, noUrls, collect, new TextOutput());
  programs.checkTargets(data, collect);
  return [...missing].filter((name) => !isMissing(name)).sort();
}
