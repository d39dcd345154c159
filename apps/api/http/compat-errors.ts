import { postmarkErrorCode } from '#domain/messages';

interface Problem {
  readonly statusCode: number;
  /** Ours, where the error is. */
  readonly code: string;
  readonly message: string;
  readonly request_id: string;
  readonly errors?: readonly { readonly field?: string; readonly message: string }[] | undefined;
}

/** An error as the service says it whose client asked; undefined for everybody else. */
export function compatError(url: string, problem: Problem): { readonly statusCode: number; readonly body: object } | undefined {
  const { statusCode, message, request_id, errors } = problem;
  if (url.startsWith('/compat/postmark/')) {
    // Postmark answers 422 for everything that is wrong with the message, also for a sender that is not allowed.
    const status = [400, 409].includes(statusCode) || problem.code.startsWith('sender_domain_') ? 422 : statusCode;
    return { statusCode: status, body: { ErrorCode: postmarkErrorCode(problem.code), Message: message, RequestId: request_id } };
  }
  if (url.startsWith('/compat/sendgrid/')) {
    const list = errors?.length ? errors : [{ message }];
    const body = { errors: list.map((one) => ({ message: one.message, field: one.field || null, help: null })), id: request_id };
    return { statusCode: statusCode === 422 ? 400 : statusCode, body };
  }
  if (url.startsWith('/compat/mailgun/')) return { statusCode: statusCode === 422 ? 400 : statusCode, body: { message, request_id } };
  return undefined;
}
