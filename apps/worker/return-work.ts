import { nextHopsFor } from '#domain/deliverability';
import { ReturnReports, SiteDirectory } from '#domain/sending';
import { openBlobStore } from '#platform/blobs';
import type { WorkerParts } from './worker-parts.js';

const RETURNS_MS = 15_000;

/** Reports to those who submitted mail by SMTP. */
export function runReturnWork({ config, dataSource, logger, periodic }: WorkerParts): void {
  const reports = new ReturnReports({
    dataSource,
    sites: new SiteDirectory(dataSource, nextHopsFor(config)),
    blobs: openBlobStore(config.blobUrl, config.dataDir),
    hostname: config.hostname,
    delayedAfterMs: config.delayWarningHours * 3600_000,
  });
  periodic.every('return-reports', RETURNS_MS, async () => {
    const queued = await reports.run();
    if (queued > 0) logger.info({ queued }, 'delivery reports were queued');
  });
}
