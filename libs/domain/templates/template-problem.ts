import type { ChaparError, ErrorDetail } from '#base/kernel';
import { templateError } from './templates.errors.js';

/** The parts of a template that an author writes, as error details name them; a partial is `partials.<name>`. */
export type TemplateField = 'subject' | 'preheader' | 'source' | 'textSource' | `partials.${string}`;

/** Something an author has to mend. Offsets become lines where the source map is known. */
export interface TemplateProblem {
  readonly field: TemplateField;
  readonly line?: number;
  readonly code: string;
  readonly message: string;
}

/** One `template_invalid` that carries every problem found; the message is the first of them. */
export function invalidTemplate(problems: readonly TemplateProblem[]): ChaparError {
  const [first] = problems;
  const details: ErrorDetail[] = problems.map(({ field, line, code, message }) => ({ field, line, code, message }));
  const where = first?.line === undefined ? '' : `${first.field === 'source' ? '' : `${first.field}, `}line ${first.line}: `;
  return templateError('template_invalid', `${where}${first?.message ?? 'the template is invalid'}`, { details });
}
