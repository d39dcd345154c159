import type { DeliveryEngineOptions } from '#domain/sending';
import { RetryPolicy, defaultTrafficShaping, loopbackTrafficShaping } from '#domain/sending';
import { createMxResolver, systemResolver } from '#net/dns';
import { sandboxNextHops } from '#net/provider-simulator';
import type { Config } from '#platform/config';

/** Where mail goes and how it is driven there, in sandbox and in live delivery. */
export function deliveryMode(config: Config): Pick<DeliveryEngineOptions, 'resolver' | 'shaping' | 'retry' | 'refusesSandbox'> {
  // The supervisor says which; a role started by hand without it stays on the safe side.
  if (config.delivery !== 'live') {
    const timeScale = config.simulatorTimeScale;
    return {
      resolver: sandboxNextHops({ basePort: config.simulatorPort }),
      shaping: loopbackTrafficShaping({ timeScale }),
      // Simulated servers that say "later" live faster too.
      retry: new RetryPolicy(undefined, timeScale),
    };
  }
  return {
    resolver: createMxResolver({ dns: systemResolver(config.dnsServers), routes: config.routes }),
    shaping: defaultTrafficShaping,
    refusesSandbox: true,
  };
}
