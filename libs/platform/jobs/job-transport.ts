import type * as z from 'zod';
import { defineErrors } from '#base/kernel';

export const jobError = defineErrors({
  job_payload_invalid: {
    kind: 'internal',
    retry: 'never',
    meaning: 'A job was queued with a payload that its own schema refuses. This is a defect; the message names the job.',
  },
});

/** A kind of work: its name, unique over the product, and the shape of its ticket. */
export interface JobDefinition<T extends object = object> {
  readonly name: string;
  readonly schema: z.ZodType<T>;
}

export function defineJob<T extends object>(name: string, schema: z.ZodType<T>): JobDefinition<T> {
  return { name, schema };
}

export interface EnqueueOptions {
  /** While a ticket with this key waits, another one is not added. */
  readonly key?: string;
  readonly startAfter?: Date;
}

export type JobHandler<T extends object> = (payload: T, context: { readonly signal: AbortSignal }) => Promise<void>;

/**
 * Carries tickets to workers, at least once. A ticket is small and idempotent and names rows of PostgreSQL, which alone
 * is the truth: losing every ticket loses nothing, because each lib's sweeper writes them anew.
 */
export interface JobTransport {
  enqueue<T extends object>(job: JobDefinition<T>, payload: T, options?: EnqueueOptions): Promise<void>;
  /** Starts working. A handler that throws is run again later, with growing pauses. */
  work<T extends object>(job: JobDefinition<T>, options: { readonly concurrency: number }, handler: JobHandler<T>): Promise<void>;
  /** Stops taking tickets and waits for those in hand. */
  close(options: { readonly drainMs: number }): Promise<void>;
}

/** @throws ChaparError `job_payload_invalid` */
export function checkPayload<T extends object>(job: JobDefinition<T>, payload: unknown): T {
  const parsed = job.schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw jobError(
    'job_payload_invalid',
    `A ${job.name} ticket is malformed: ${parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}`,
  );
}

/** A failed ticket is tried this often, after 1, 2, 4 … seconds; then the sweeper of its library takes over. */
export const RETRY_LIMIT = 8;
