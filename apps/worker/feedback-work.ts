import { SuppressionService } from '#domain/audience';
import { InboundProcessor, SoftBounces, forgetExpiredSuppressions, forgetOldInbound, workOnInbound } from '#domain/feedback';
import { FolderBeacon, MailDelivery, MailMessages, MailRecipients } from '#domain/mailstore';
import { TrackingTokens, UnsubscribeService } from '#domain/tracking';
import { openBlobStore } from '#platform/blobs';
import { inboundFiltering, runFilteringWork } from './filtering-work.js';
import type { WorkerParts } from './worker-parts.js';

const DAY_MS = 24 * 3600_000;
const SOFT_BOUNCES_MS = 60_000;

/** Bounces, complaints and replies that the MX role took; and refusals that add up. */
export async function runFeedbackWork(parts: WorkerParts): Promise<void> {
  const { config, dataSource, logger, jobs, periodic, secrets } = parts;
  const blobs = openBlobStore(config.blobUrl, config.dataDir);
  const beacon = new FolderBeacon(dataSource);
  const mailboxes = new MailDelivery({
    messages: new MailMessages(dataSource, blobs, beacon),
    recipients: new MailRecipients(dataSource),
    blobs,
    hostname: config.hostname,
  });
  const filtering = inboundFiltering(parts, blobs);
  const processor = new InboundProcessor({
    dataSource,
    blobs,
    tokens: new TrackingTokens(secrets.deriveKey('tracking')),
    suppressions: new SuppressionService(dataSource),
    unsubscribes: new UnsubscribeService(dataSource),
    logger,
    dmarc: config.dmarc,
    mailboxes,
    ...(filtering && { filtering }),
  });
  runFilteringWork(parts, blobs);
  await workOnInbound(jobs, periodic, dataSource, processor);
  const softBounces = new SoftBounces(dataSource);
  periodic.every('feedback.soft-bounces', SOFT_BOUNCES_MS, async () => {
    const suppressed = await softBounces.run();
    if (suppressed > 0) logger.info({ suppressed }, 'addresses were suppressed after repeated soft bounces');
  });
  periodic.every('feedback.retention', DAY_MS, async (signal) => {
    await forgetOldInbound(dataSource, config.inboundRetentionDays, signal);
    await forgetExpiredSuppressions(dataSource);
  });
}
