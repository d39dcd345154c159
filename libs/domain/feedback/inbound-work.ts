import type { DataSource } from 'typeorm';
import type { RowId } from '#base/kernel';
import type { JobTransport, PeriodicWork } from '#platform/jobs';
import { inboundJob } from './inbound-job.js';
import type { InboundProcessor } from './inbound-processor.js';

const PAGE = 200;
const CONCURRENCY = 4;
const SWEEP_MS = 2_000;

/** Reads what waits, page by page in the order of arrival, until only such is left as has to wait longer. */
export async function drainInbound(dataSource: DataSource, processor: InboundProcessor, signal: AbortSignal): Promise<void> {
  let after: RowId = '0';
  while (!signal.aborted) {
    const page = (await dataSource.query(
      'SELECT id FROM inbound_messages WHERE processed_at IS NULL AND (due_at IS NULL OR due_at <= now()) AND id > $1 ORDER BY id LIMIT $2',
      [after, PAGE],
    )) as { id: RowId }[];
    if (page.length === 0) return;
    after = page.at(-1)!.id;
    const waiting = page.values();
    await Promise.all(
      Array.from({ length: CONCURRENCY }, async () => {
        for (const { id } of waiting) {
          if (signal.aborted) return;
          await processor.process(id);
        }
      }),
    );
  }
}

/** Incoming mail is read on a ticket, and by a sweep: for tickets that were lost and reports that came too early. */
export async function workOnInbound(
  jobs: JobTransport,
  periodic: PeriodicWork,
  dataSource: DataSource,
  processor: InboundProcessor,
): Promise<void> {
  await jobs.work(inboundJob, { concurrency: 1 }, (_ticket, { signal }) => drainInbound(dataSource, processor, signal));
  periodic.every('feedback.sweep', SWEEP_MS, (signal) => drainInbound(dataSource, processor, signal));
}
