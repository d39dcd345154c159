import ipaddr from 'ipaddr.js';
import { DnsFailure } from './dns-failure.js';
import type { DnsResolver } from './dns-resolver.js';
import { NextHopError, type NextHopHost, type NextHopResolver, type NextHops } from './next-hops.js';
import { DEFAULT_PROVIDER, providerOf, siteOf } from './site.js';

export interface StaticRoute {
  /** A domain, or `*` for all that have no route of their own. */
  readonly domain: string;
  readonly host: string;
  readonly port: number;
}

export interface MxResolverOptions {
  readonly dns: DnsResolver;
  readonly routes?: readonly StaticRoute[];
  readonly port?: number;
  /** Addresses that DNS may send us to; the default refuses everything that is not on the public internet. */
  readonly isAllowedAddress?: (address: string) => boolean;
  readonly now?: () => number;
  readonly random?: () => number;
}

const POSITIVE_TTL_MS = 5 * 60_000;
const NEGATIVE_TTL_MS = 60_000;
const MAX_CACHED = 100_000;
const MAX_HOSTS = 10;

interface CacheEntry {
  readonly result: Promise<NextHops>;
  expiresAt: number;
}

/** Next hops by static route, else by MX (RFC 5321 §5.1). Answers are kept for five minutes; equal questions share one look-up. */
export function createMxResolver(options: MxResolverOptions): NextHopResolver {
  const { dns, routes = [], port = 25, isAllowedAddress = isPublicAddress, now = Date.now, random = Math.random } = options;
  const cache = new Map<string, CacheEntry>();

  async function lookUp(domain: string): Promise<NextHops> {
    const exchanges = await mxHosts(dns, domain, random);
    const hosts: NextHopHost[] = [];
    const failures: unknown[] = [];
    for (const hostname of exchanges.slice(0, MAX_HOSTS)) {
      try {
        const addresses = (await addressesOf(dns, hostname)).filter(isAllowedAddress);
        if (addresses.length > 0) hosts.push({ hostname, addresses, port });
      } catch (error) {
        failures.push(error);
      }
    }
    if (hosts.length > 0) return { site: siteOf(exchanges), provider: providerOf(exchanges), hosts };
    if (failures.length > 0)
      throw new NextHopError(`the mail servers of ${domain} could not be looked up: ${(failures[0] as Error).message}`, false);
    throw new NextHopError(`the mail servers of ${domain} (${exchanges.join(', ')}) have no address on the public internet`, true);
  }

  return {
    async resolve(domain) {
      const route = routes.find((entry) => entry.domain === domain) ?? routes.find((entry) => entry.domain === '*');
      if (route) return routed(route);
      const known = cache.get(domain);
      if (known && known.expiresAt > now()) return known.result;
      const entry: CacheEntry = { result: lookUp(domain), expiresAt: now() + POSITIVE_TTL_MS };
      entry.result.catch(
        (error: unknown) => (entry.expiresAt = error instanceof NextHopError && error.permanent ? now() + NEGATIVE_TTL_MS : 0),
      );
      cache.delete(domain);
      cache.set(domain, entry);
      if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!);
      return entry.result;
    },
  };
}

function routed({ host, port }: StaticRoute): NextHops {
  return {
    site: `route:${host}:${port}`,
    provider: DEFAULT_PROVIDER,
    hosts: [{ hostname: host, addresses: ipaddr.isValid(host) ? [host] : [], port }],
  };
}

/** Names to try in order: by preference, equals shuffled; the domain itself where there is no MX. */
async function mxHosts(dns: DnsResolver, domain: string, random: () => number): Promise<string[]> {
  try {
    const records = await dns.resolveMx(domain);
    // RFC 7505: a single MX "." says that the domain takes no mail.
    if (records.length > 0 && records.every(({ exchange }) => exchange === '' || exchange === '.'))
      throw new NextHopError(`${domain} accepts no mail (null MX)`, true);
    const usable = records.filter(({ exchange }) => exchange !== '' && exchange !== '.');
    if (usable.length > 0) {
      return usable
        .map((record) => ({ ...record, order: random() }))
        .sort((a, b) => a.priority - b.priority || a.order - b.order)
        .map(({ exchange }) => exchange.toLowerCase().replace(/\.$/, ''));
    }
    if (!(await dns.nameExists(domain))) throw new NextHopError(`the domain ${domain} does not exist`, true);
    return [domain];
  } catch (error) {
    if (error instanceof DnsFailure) throw new NextHopError(`DNS does not answer for ${domain}: ${error.message}`, false, { cause: error });
    throw error;
  }
}

async function addressesOf(dns: DnsResolver, hostname: string): Promise<string[]> {
  // An MX that is an address is forbidden (RFC 5321 §5.1) but harmless when public.
  if (ipaddr.isValid(hostname)) return [hostname];
  const [four, six] = await Promise.all([dns.resolve4(hostname), dns.resolve6(hostname)]);
  return [...four, ...six];
}

/** Whether an address lies on the public internet: not loopback, private, link-local, multicast, or one of those mapped into IPv6. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}
