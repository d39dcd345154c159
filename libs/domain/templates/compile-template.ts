import { arrangeMjml } from './arrange-mjml.js';
import { type MjmlError, compileMjml } from './compile-mjml.js';
import { type ExpandedSource, expandPartials } from './expand-partials.js';
import { internalHelpers } from './helper-table.js';
import { parseHandlebars } from './handlebars-ast.js';
import { templateLimits } from './limits.js';
import { LinkTable } from './link-table.js';
import { linkProgramSource } from './link-program.js';
import { mergeFields } from './merge-fields.js';
import { hasUnsubscribe, textFromHtml, trackTextLinks, unsubscribeFooter } from './plain-text.js';
import { type MarkupProblem, findRefusedElements, findRefusedMarkup } from './refused-markup.js';
import { type RewrittenHtml, rewriteHtml } from './rewrite-html.js';
import { escapeHtml } from './safe-values.js';
import { TagMasks } from './tag-masks.js';
import { type TemplateField, type TemplateProblem, invalidTemplate } from './template-problem.js';
import type { CompileResult, CompiledTemplate, TemplateInput, TemplateWarning } from './template.types.js';
import { validateTags } from './validate-tags.js';

/** Gmail shows no more of a message than this. */
const GMAIL_CLIP_BYTES = 102 * 1024;

/**
 * Author's text to a template that can be stored and sent.
 * @throws ChaparError `template_invalid`; its details name field and line
 */
export async function compileTemplate(input: TemplateInput): Promise<CompileResult> {
  const expanded = check(input);
  const links = new LinkTable();
  const { html: bodyHtml, warnings } = await compileHtml(input, expanded, links);
  const body = withWayOut(input, bodyHtml, warnings);
  const text = plainTextOf(input, body, links, warnings);
  const html = insertBeforeBodyEnd(body, `{{${internalHelpers.pixel}}}`);
  const subject = input.subject.trim();
  const preheader = input.preheader.trim();
  if (Buffer.byteLength(html) > GMAIL_CLIP_BYTES)
    warnings.push({
      code: 'html_over_102_kb',
      message: `the HTML has ${Math.ceil(Buffer.byteLength(html) / 1024)} KB: Gmail cuts it off after 102 KB`,
    });
  const sources = [subject, preheader, html, text, ...links.links().map(linkProgramSource)];
  const compiled: CompiledTemplate = {
    format: 1,
    subject,
    preheader,
    html,
    text,
    links: links.links(),
    fields: mergeFields(sources.map(parseHandlebars)),
    missingValues: input.missingValues,
    direction: input.direction,
    language: input.language,
    sender: input.sender ?? { name: '', postal_address: '' },
  };
  return { compiled, warnings };
}

/** Everything that can be refused before MJML runs. */
function check(input: TemplateInput): ExpandedSource {
  for (const field of ['subject', 'preheader', 'source'] as const)
    if (typeof input[field] !== 'string') throw invalidTemplate([{ field, code: 'not_text', message: `${field} is not a text` }]);
  const problems: TemplateProblem[] = [];
  if (
    Buffer.byteLength(input.source) > templateLimits.sourceBytes ||
    Buffer.byteLength(input.textSource ?? '') > templateLimits.sourceBytes
  )
    throw invalidTemplate([
      { field: 'source', code: 'too_large', message: `a template has at most ${templateLimits.sourceBytes / 1024} KB` },
    ]);
  if (!/^[a-z]{2,3}(?:-[a-z\d]{2,8})*$/i.test(input.language))
    problems.push({ field: 'source', code: 'language', message: `"${input.language.slice(0, 40)}" is not a language tag` });
  checkLine(input.subject, 'subject', templateLimits.subjectCharacters, problems);
  checkLine(input.preheader, 'preheader', templateLimits.preheaderCharacters, problems);
  if (input.textSource) problems.push(...validateTags(input.textSource).map((problem) => ({ field: 'textSource' as const, ...problem })));
  const { expanded, problem } = expandPartials(normalizeLines(input.source), 'source', input.partials);
  if (problem) throw invalidTemplate([...problems, problem]);
  const at = locate(expanded);
  problems.push(...validateTags(expanded.text).map(({ line, ...rest }) => ({ ...at(line), ...rest })));
  if (problems.length > 0) throw invalidTemplate(problems);
  return expanded;
}

function checkLine(text: string, field: 'subject' | 'preheader', limit: number, problems: TemplateProblem[]): void {
  if (text.length > limit) problems.push({ field, code: 'too_long', message: `it is longer than ${limit} characters` });
  else if (/[\r\n]/.test(text)) problems.push({ field, code: 'line_break', message: 'it is one line' });
  else {
    problems.push(...validateTags(text).map((problem) => ({ field, ...problem })));
    if (/\{\{~?\s*>/.test(text)) problems.push({ field, code: 'partial_misplaced', message: 'partials belong in the body' });
  }
}

const normalizeLines = (text: string): string => text.replace(/\r\n?/g, '\n').replaceAll('\0', '').toWellFormed();

/** Turns a line of the expanded source into the place it was written. */
function locate(expanded: ExpandedSource): (line: number) => { field: TemplateField; line: number } {
  return (line) => expanded.origins[line - 1] ?? { field: 'source', line };
}

async function compileHtml(
  input: TemplateInput,
  expanded: ExpandedSource,
  links: LinkTable,
): Promise<{ html: string; warnings: TemplateWarning[] }> {
  const masks = new TagMasks(expanded.text, input.subject, input.preheader);
  const masked = masks.mask(expanded.text);
  const at = locate(expanded);
  const lineAt = lineFinder(masked.text);
  const place = ({ offset, ...rest }: MarkupProblem) => ({ ...at(masked.lines[lineAt(offset) - 1] ?? 1), ...rest });

  const arranged = arrangeMjml(masked.text, masks, {
    language: input.language,
    direction: input.direction,
    title: masks.mask(input.subject.trim(), escapeHtml).text,
    preheader: masks.mask(input.preheader.trim(), escapeHtml).text,
  });
  const problems = [...findRefusedMarkup(masked.text, 'author'), ...arranged.problems].map(place);
  if (problems.length > 0) throw invalidTemplate(problems);

  const result = await compileMjml(arranged.mjml);
  const errors = result.errors.filter((error) => !isAboutTag(error, masks));
  if (errors.length > 0) throw invalidTemplate(errors.map((error) => mjmlProblem(error, masks, (line) => at(masked.lines[line - 1] ?? 1))));

  const rewritten: RewrittenHtml = rewriteHtml(result.html, masks, links);
  // What MJML made is looked at again: it must not turn something harmless into something that is not.
  const refused = [...rewritten.problems, ...findRefusedMarkup(rewritten.html, 'mjml'), ...findRefusedElements(rewritten.html)];
  if (refused.length > 0) throw invalidTemplate(refused.map(({ code, message }) => ({ field: 'source', code, message })));
  const warnings = arranged.warnings.map(({ offset, code, message }) => ({
    code: code as TemplateWarning['code'],
    message,
    line: place({ offset, code, message }).line,
  }));
  return { html: rewritten.html, warnings: [...warnings, ...rewritten.warnings] };
}

/** MJML checks colours by pattern; a tag in the place of one is made safe when it is rendered. */
const isAboutTag = (error: MjmlError, masks: TagMasks): boolean => masks.has(error.message) && /type Color/i.test(error.message);

function mjmlProblem(
  { line, message }: MjmlError,
  masks: TagMasks,
  at: (line: number) => { field: TemplateField; line: number },
): TemplateProblem {
  const text = masks.restore(message);
  return line > 0 ? { ...at(line), code: 'mjml', message: text } : { field: 'source', code: 'mjml', message: text };
}

function lineFinder(text: string): (offset: number) => number {
  return (offset) => {
    let line = 1;
    for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
    return line;
  };
}

function withWayOut(input: TemplateInput, html: string, warnings: TemplateWarning[]): string {
  if (hasUnsubscribe(html)) return html;
  warnings.push({
    code: 'unsubscribe_link_added',
    message: 'the template has no {{unsubscribe_url}}: a footer with it is added to mail that people can unsubscribe from',
  });
  return insertBeforeBodyEnd(html, unsubscribeFooter(input.language, input.direction).html);
}

function plainTextOf(input: TemplateInput, html: string, links: LinkTable, warnings: TemplateWarning[]): string {
  const footer = unsubscribeFooter(input.language, input.direction).text;
  if (input.textSource) {
    const text = trackTextLinks(normalizeLines(input.textSource), links);
    return hasUnsubscribe(text) ? text : text + footer;
  }
  const text = textFromHtml(html);
  if (text !== undefined) return hasUnsubscribe(text) ? text : text + footer;
  warnings.push({
    code: 'plain_text_incomplete',
    message: 'no plain-text part can be made from this HTML: write one, or the mail only points to its web view',
  });
  return `${input.preheader.trim() || input.subject.trim()}\n\n{{web_view_url}}${footer}`;
}

function insertBeforeBodyEnd(html: string, addition: string): string {
  const at = html.lastIndexOf('</body>');
  return at < 0 ? html + addition : html.slice(0, at) + addition + html.slice(at);
}
