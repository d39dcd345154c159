import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** The API of this installation, typed by its own OpenAPI document. */
export const api = createClient<paths>({ baseUrl: location.origin, credentials: 'same-origin' });

interface Problem {
  readonly name?: string;
  readonly message?: string;
  readonly request_id?: string;
  readonly suggestion?: string;
  readonly errors?: readonly { field?: string; code?: string; message: string; line?: number }[];
}

/** What the API said against a request; status 0: nobody answered. */
export class ApiError extends Error {
  readonly code: string;
  readonly requestId: string | undefined;
  readonly suggestion: string | undefined;
  readonly details: NonNullable<Problem['errors']>;

  constructor(
    readonly status: number,
    problem: Problem,
  ) {
    super(problem.message ?? `HTTP ${status}`);
    this.code = problem.name ?? 'unknown';
    this.requestId = problem.request_id;
    this.suggestion = problem.suggestion;
    this.details = problem.errors ?? [];
  }
}

let onSignedOut: () => void = () => undefined;
/** @param listener is told whenever the API answers that nobody is signed in */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** The data of an answer. @throws ApiError */
export async function unwrap<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, { name: 'unreachable' });
  }
  if (answer.response.ok) return answer.data as T;
  const { status } = answer.response;
  const problem = (typeof answer.error === 'object' && answer.error !== null ? answer.error : {}) as Problem;
  if (status === 401 && problem.name !== 'sign_in_refused') onSignedOut();
  throw new ApiError(status, problem);
}
