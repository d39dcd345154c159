import type { DataSource } from 'typeorm';
import type { Logger } from '#base/kernel';
import { EgressDirectory } from '#domain/egress';
import { type DeliveryEngineOptions, RetryPolicy, TlsSessionCounter, stsPolicyStore } from '#domain/sending';
import { ShapingFile, loopbackTrafficShaping } from '#domain/shaping';
import { type DnsLookup, createMxResolver, systemResolver } from '#net/dns';
import { sandboxNextHops } from '#net/provider-simulator';
import { MtaSts, TlsPolicies, mtaStsFetcher } from '#net/tls-policy';
import type { Config } from '#platform/config';
import type { SecretBox } from '#platform/secrets';

export interface DeliveryMode {
  readonly options: Pick<DeliveryEngineOptions, 'resolver' | 'shaping' | 'shapingFile' | 'retry' | 'refusesSandbox' | 'tls' | 'egress'>;
  /** After the engine has stopped. */
  readonly close: () => Promise<void>;
}

/** Where mail goes and how it is driven there, in sandbox and in live delivery. */
export function deliveryMode(config: Config, dataSource: DataSource, logger: Logger, secrets: SecretBox): DeliveryMode {
  // The supervisor says which; a role started by hand without it stays on the safe side.
  return config.delivery === 'live' ? liveDelivery(config, dataSource, logger, secrets) : sandboxDelivery(config);
}

function sandboxDelivery(config: Config): DeliveryMode {
  const timeScale = config.simulatorTimeScale;
  return {
    options: {
      resolver: sandboxNextHops({ basePort: config.simulatorPort }),
      shaping: loopbackTrafficShaping({ timeScale }),
      // Simulated servers that say "later" live faster too.
      retry: new RetryPolicy(undefined, timeScale),
    },
    close: () => Promise.resolve(),
  };
}

function liveDelivery(config: Config, dataSource: DataSource, logger: Logger, secrets: SecretBox): DeliveryMode {
  const dns = systemResolver(config.dnsServers);
  const sts = new MtaSts({ dns, fetch: mtaStsFetcher({ dns }), store: stsPolicyStore(dataSource) });
  const sessions = new TlsSessionCounter(dataSource, logger);
  return {
    options: {
      resolver: createMxResolver({
        dns,
        routes: config.routes,
        addressPolicy: config.addressPolicy,
        ownHostnames: [config.hostname],
        servesDomain: (domain) => servesDomain(dataSource, domain),
      }),
      shapingFile: new ShapingFile(config.shapingFile, logger),
      refusesSandbox: true,
      egress: new EgressDirectory({ dataSource, secrets, logger, addressesOf: (hostname) => addressesOf(dns, hostname) }),
      tls: { policies: new TlsPolicies({ dns, sts }), onSession: sessions.note },
    },
    close: () => sessions.flush(),
  };
}

/** Mail to our own sending domains and return paths ends at our own MX. */
async function servesDomain(dataSource: DataSource, domain: string): Promise<boolean> {
  const rows: unknown[] = await dataSource.query('SELECT FROM domains WHERE name = $1 OR return_path_host = $1 LIMIT 1', [domain]);
  return rows.length > 0;
}

/** Of a smarthost; one that DNS does not know is left to the system, which may have it in a file. */
async function addressesOf(dns: DnsLookup, hostname: string): Promise<readonly string[]> {
  const answers = await Promise.allSettled([dns.lookup(hostname, 'A'), dns.lookup(hostname, 'AAAA')]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value.records : []));
}
