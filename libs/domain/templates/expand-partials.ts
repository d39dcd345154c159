import { templateLimits } from './limits.js';
import { type ScanProblem, scanTags } from './scan-tags.js';
import type { TemplateField, TemplateProblem } from './template-problem.js';

/** Where a line of the expanded source was written. */
export interface LineOrigin {
  readonly field: TemplateField;
  readonly line: number;
}

export interface ExpandedSource {
  readonly text: string;
  /** Index 0 is line 1. A line that a partial shares with its surroundings belongs to the one it begins in. */
  readonly origins: readonly LineOrigin[];
}

/**
 * Puts the partials of the map in the place of `{{> name}}`, so that everything after sees one text. Only names of the map
 * exist; a partial that holds itself is refused.
 */
export function expandPartials(
  source: string,
  field: TemplateField,
  partials: ReadonlyMap<string, string>,
): { expanded: ExpandedSource; problem?: undefined } | { expanded?: undefined; problem: TemplateProblem } {
  const expansion = new Expansion(partials);
  const problem = expansion.append(source, field, []);
  return problem ? { problem } : { expanded: expansion.result() };
}

class Expansion {
  private readonly chunks: string[] = [];
  private readonly origins: LineOrigin[] = [];
  private characters = 0;
  private inclusions = 0;
  private atLineStart = true;

  constructor(private readonly partials: ReadonlyMap<string, string>) {}

  result(): ExpandedSource {
    return { text: this.chunks.join(''), origins: this.origins };
  }

  append(source: string, field: TemplateField, within: readonly string[]): TemplateProblem | undefined {
    const { tags, problem } = scanTags(source);
    if (problem) return { field, ...problem };
    let from = 0;
    let line = 1;
    for (const tag of tags) {
      if (tag.kind !== 'partial') continue;
      this.push(source.slice(from, tag.start), field, line);
      from = tag.end;
      line = tag.line;
      const refused = this.appendPartial(tag.inner, within);
      if (refused) return 'field' in refused ? refused : { field, line, ...refused };
    }
    this.push(source.slice(from), field, line);
    if (this.characters > templateLimits.sourceBytes)
      return { field, code: 'too_large', message: `with its partials the template is larger than ${templateLimits.sourceBytes / 1024} KB` };
    return undefined;
  }

  private appendPartial(name: string, within: readonly string[]): TemplateProblem | Omit<ScanProblem, 'line'> | undefined {
    const partial = this.partials.get(name);
    if (/\s/.test(name)) return { code: 'partial_arguments', message: `a partial takes no arguments: {{> ${name.split(/\s/)[0]}}}` };
    if (within.includes(name)) return { code: 'partial_recursion', message: `the partial "${name}" holds itself` };
    if (partial === undefined) return { code: 'unknown_partial', message: `there is no partial "${name}"` };
    if (within.length >= templateLimits.partialDepth)
      return { code: 'nesting_too_deep', message: `partials are nested deeper than ${templateLimits.partialDepth} levels` };
    if (++this.inclusions > templateLimits.partialInclusions || this.characters > templateLimits.sourceBytes)
      return { code: 'too_large', message: 'the partials make the template too large' };
    return this.append(partial, `partials.${name}`, [...within, name]);
  }

  private push(text: string, field: TemplateField, line: number): void {
    this.chunks.push(text);
    this.characters += text.length;
    if (text === '') return;
    if (this.atLineStart) this.origins.push({ field, line });
    for (let at = text.indexOf('\n'), next = line + 1; at >= 0 && at < text.length - 1; at = text.indexOf('\n', at + 1), next++)
      this.origins.push({ field, line: next });
    this.atLineStart = text.endsWith('\n');
  }
}
