import { ChaparError, messageOf } from '#base/kernel';

/** How a command ended, for scripts. */
export const ExitCode = { ok: 0, failed: 1, misused: 2 } as const;

/** An error in plain words: what happened and what to do; a trace only for what is a defect of ours. */
export function describeError(error: unknown): string {
  if (error instanceof ChaparError) return [error.message, ...(error.suggestion ? [error.suggestion] : [])].join('\n');
  const trace = error instanceof Error && error.stack !== undefined ? `\n${error.stack.split('\n').slice(1).join('\n')}` : '';
  return `Something went wrong that Chapar did not foresee: ${messageOf(error)}${trace}`;
}

/** The same for `--json`. */
export function errorAsJson(error: unknown): object {
  if (!(error instanceof ChaparError)) return { error: { code: 'internal', message: messageOf(error) } };
  const { code, message, suggestion, details } = error;
  return { error: { code, message, ...(suggestion ? { suggestion } : {}), ...(details.length > 0 ? { details } : {}) } };
}
