import { DkimRotation, DomainService } from '#domain/deliverability';
import { systemResolver } from '#net/dns';
import type { WorkerParts } from './worker-parts.js';

const ROTATION_MS = 10 * 60_000;

/** DKIM keys that are replaced: by schedule, and as DNS shows them. */
export function runDkimWork({ config, dataSource, logger, periodic, secrets }: WorkerParts): void {
  const rotation = new DkimRotation(dataSource, new DomainService(dataSource, secrets, config.hostname), secrets);
  const dns = systemResolver(config.dnsServers);
  periodic.every('dkim-rotation', ROTATION_MS, async () => {
    for (const domain of await rotation.beginDue()) logger.info({ domain }, 'new DKIM keys wait for their DNS records');
    for (const step of await rotation.advance(dns)) logger.info({ ...step }, 'a DKIM key changed its state');
  });
}
