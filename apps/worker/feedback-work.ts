import { SuppressionService } from '#domain/audience';
import { InboundProcessor, workOnInbound } from '#domain/feedback';
import { TrackingTokens, UnsubscribeService } from '#domain/tracking';
import { openBlobStore } from '#platform/blobs';
import type { WorkerParts } from './worker-parts.js';

/** Bounces, complaints and replies that the MX role took. */
export async function runFeedbackWork({ config, dataSource, logger, jobs, periodic, secrets }: WorkerParts): Promise<void> {
  const processor = new InboundProcessor(
    dataSource,
    openBlobStore(config.blobUrl, config.dataDir),
    new TrackingTokens(secrets.deriveKey('tracking')),
    new SuppressionService(dataSource),
    new UnsubscribeService(dataSource),
    logger,
  );
  await workOnInbound(jobs, periodic, dataSource, processor);
}
