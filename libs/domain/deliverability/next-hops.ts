import { type NextHopResolver, createMxResolver, systemResolver } from '#net/dns';
import { sandboxNextHops } from '#net/provider-simulator';
import type { Config } from '#platform/config';

/** Where mail may go: in sandbox delivery to the built-in simulator and nowhere else, whatever routes are configured. */
export function nextHopsFor(config: Pick<Config, 'delivery' | 'simulatorPort' | 'dnsServers' | 'routes'>): NextHopResolver {
  if (config.delivery !== 'live') return sandboxNextHops({ basePort: config.simulatorPort });
  return createMxResolver({ dns: systemResolver(config.dnsServers), routes: config.routes });
}
