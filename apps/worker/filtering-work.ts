import { InboundFiltering } from '#domain/feedback';
import { MessageFilter, SpamTraining, forgetFiltering, learnFromMoves } from '#domain/filtering';
import { parseScannerAddress } from '#net/mail-scanners';
import type { BlobStore } from '#platform/blobs';
import type { Config } from '#platform/config';
import type { WorkerParts } from './worker-parts.js';

const LEARN_MS = 5_000;
const DAY_MS = 24 * 3600_000;

/** The judgement of incoming mail; undefined when nobody wants one. */
export function inboundFiltering({ config, dataSource, logger }: WorkerParts, blobs: BlobStore): InboundFiltering | undefined {
  if (config.spam === 'off') return undefined;
  const filter = new MessageFilter({
    training: new SpamTraining(dataSource),
    scanners: scannersOf(config),
    mode: config.spam,
    hostname: config.hostname,
    logger,
  });
  return new InboundFiltering({ dataSource, blobs, filter, logger });
}

/** Learning from what people moved, and forgetting. */
export function runFilteringWork({ dataSource, logger, periodic }: WorkerParts, blobs: BlobStore): void {
  periodic.every('filtering.learn', LEARN_MS, async (signal) => {
    const learnt = await learnFromMoves(dataSource, blobs, logger, signal);
    if (learnt > 0) logger.info({ learnt }, 'the filter learnt from what people decided');
  });
  periodic.every('filtering.retention', DAY_MS, (signal) => forgetFiltering(dataSource, signal));
}

function scannersOf({ clamav, rspamd, spamd, scannerTimeoutSeconds, scannerFailure }: Config) {
  const address = (text: string | undefined) => (text === undefined ? undefined : parseScannerAddress(text));
  return {
    clamav: address(clamav),
    rspamd: address(rspamd),
    spamd: address(spamd),
    timeoutMs: scannerTimeoutSeconds * 1000,
    whenUnavailable: scannerFailure,
  };
}
