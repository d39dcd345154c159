import { SigningKeys } from '#domain/deliverability';
import { TlsReporter, sweepStsPolicies } from '#domain/sending';
import { createMxResolver, systemResolver } from '#net/dns';
import type { WorkerParts } from './worker-parts.js';

const HOUR_MS = 3600_000;

/** Tells domains that ask for it how their mail servers' TLS was yesterday. In sandbox delivery there is nobody to tell. */
export function runTlsReportWork({ config, dataSource, logger, periodic, secrets }: WorkerParts): void {
  if (config.delivery !== 'live') return;
  const dns = systemResolver(config.dnsServers);
  const reporter = new TlsReporter({
    dataSource,
    dns,
    resolver: createMxResolver({ dns, routes: config.routes, addressPolicy: config.addressPolicy }),
    keys: new SigningKeys(dataSource, secrets),
    hostname: config.hostname,
    logger,
  });
  periodic.every('tls-reports', HOUR_MS, async (signal) => {
    const sent = await reporter.run(signal);
    if (sent > 0) logger.info({ sent }, 'TLS reports sent');
    await sweepStsPolicies(dataSource);
  });
}
