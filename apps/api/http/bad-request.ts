import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type ChaparError, defineErrors } from '#base/kernel';

const requestError = defineErrors({
  validation_error: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The request has fields that are missing, unknown or not of the right form. Each detail names one.',
  },
});

/** What the schema of a route found wrong, as one of our errors. */
export const BadRequest = {
  /** @param at where in the body: `[2]` */
  from(issues: readonly StandardSchemaV1.Issue[], at = ''): ChaparError {
    const details = issues.map((issue) => {
      const path = (issue.path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment));
      const field = (at === '' ? path : [at, ...path]).join('.');
      return { field, code: codeOf(issue), message: `${field === '' ? 'the body' : field}: ${issue.message}` };
    });
    return requestError('validation_error', `The request cannot be used: ${details.map((detail) => detail.message).join('; ')}.`, {
      details,
    });
  },
};

/** Zod says more than the standard asks for. */
function codeOf(issue: StandardSchemaV1.Issue): string {
  const { code, input } = issue as { code?: string; input?: unknown };
  if (code === 'unrecognized_keys') return 'unknown_field';
  return (code === 'invalid_type' || code === 'invalid_union') &&
    input === undefined &&
    /received undefined|Invalid input$/.test(issue.message)
    ? 'missing'
    : 'invalid';
}
