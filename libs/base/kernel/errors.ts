/** What went wrong, in the words every transport can map to an answer (HTTP status, SMTP/IMAP/POP3 code). */
export type ErrorKind = 'invalid' | 'unauthenticated' | 'forbidden' | 'not-found' | 'conflict' | 'limit' | 'unavailable' | 'internal';

/** Whether the same request may succeed if it is made again: never, later, or only after the caller changed something. */
export type RetryClass = 'never' | 'later' | 'after-fix';

/** One offending place in the input: `field` is a JSON path, `line` a 1-based line of a file. */
export interface ErrorDetail {
  field?: string;
  line?: number;
  code: string;
  message: string;
}

export interface ErrorDefinition {
  readonly kind: ErrorKind;
  readonly retry: RetryClass;
  /** What it means and what to do next; printed into docs/generated/errors.md. */
  readonly meaning: string;
}

const catalogue = new Map<string, ErrorDefinition>();

/**
 * The one error class of the product. It carries a catalogued code, so that the edge alone decides how it is said.
 * `message` is for people and may name the offending value; it never holds a secret.
 */
export class ChaparError extends Error {
  override readonly name = 'ChaparError';
  readonly kind: ErrorKind;
  readonly retry: RetryClass;
  readonly details: readonly ErrorDetail[];
  readonly suggestion: string | undefined;

  constructor(
    readonly code: string,
    message: string,
    options: { cause?: unknown; details?: readonly ErrorDetail[]; suggestion?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const definition = catalogue.get(code);
    if (definition === undefined) throw new TypeError(`error code ${code} is not in the catalogue`);
    this.kind = definition.kind;
    this.retry = definition.retry;
    this.details = options.details ?? [];
    this.suggestion = options.suggestion;
  }
}

/**
 * Adds a library's errors to the catalogue and returns the function that makes them.
 * Codes are unique over the whole product; a second definition of one throws when the module loads.
 */
export function defineErrors<const T extends Record<string, ErrorDefinition>>(definitions: T) {
  for (const [code, definition] of Object.entries(definitions)) {
    if (catalogue.has(code)) throw new TypeError(`error code ${code} is defined twice`);
    catalogue.set(code, definition);
  }
  return (code: keyof T & string, message: string, options?: ConstructorParameters<typeof ChaparError>[2]): ChaparError =>
    new ChaparError(code, message, options);
}

/** Every code defined so far, sorted: the source of docs/generated/errors.md. */
export function errorCatalogue(): readonly (readonly [string, ErrorDefinition])[] {
  return [...catalogue].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The message of anything thrown, for logs and for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
