import { sweepIdempotencyKeys } from '#domain/messages';
import type { WorkerParts } from './worker-parts.js';

const HOUR_MS = 3600_000;

/** Keys of requests are forgotten when their day is over. */
export function runMessageWork({ dataSource, periodic }: Pick<WorkerParts, 'dataSource' | 'periodic'>): void {
  periodic.every('messages.keys', HOUR_MS, async () => void (await sweepIdempotencyKeys(dataSource)));
}
