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
  from(issues: readonly StandardSchemaV1.Issue[]): ChaparError {
    const details = issues.map((issue) => {
      const field = (issue.path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment)).join('.');
      return { field, code: 'invalid', message: `${field === '' ? 'the body' : field}: ${issue.message}` };
    });
    return requestError('validation_error', `The request cannot be used: ${details.map((detail) => detail.message).join('; ')}.`, {
      details,
    });
  },
};
