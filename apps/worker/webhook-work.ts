import { systemClock } from '#base/kernel';
import { WebhookDispatcher } from '#domain/webhooks';
import { systemResolver } from '#net/dns';
import type { WorkerParts } from './worker-parts.js';

const ROUND_MS = 500;
const DAY_MS = 24 * 3600_000;
/** What was delivered or given up stays in the log for so long. */
const KEPT_MS = 30 * DAY_MS;

/** Tells webhooks what happened. */
export function runWebhookWork({ config, dataSource, logger, periodic, secrets }: WorkerParts): void {
  const dispatcher = new WebhookDispatcher({
    dataSource,
    secrets,
    dns: systemResolver(config.dnsServers),
    rules: { allowsPrivate: config.webhooksAllowPrivate, ownHosts: [new URL(config.publicUrl).hostname] },
    clock: systemClock,
    logger,
  });
  periodic.every('webhooks', ROUND_MS, async (signal) => void (await dispatcher.dispatchDue(signal)));
  periodic.every('webhooks.forget', DAY_MS, () => dispatcher.forget(new Date(Date.now() - KEPT_MS)));
}
