import ipaddr from 'ipaddr.js';
import { type AddressPolicy, orderAddresses, shuffleEqual } from './address-order.js';
import { DnsFailure } from './dns-failure.js';
import { plainName } from './dns-message.js';
import type { DnsAnswer, DnsLookup } from './dns-resolver.js';
import { NextHopError, type NextHopHost, type NextHopResolver, type NextHops } from './next-hops.js';
import { DEFAULT_PROVIDER, providerOf, siteOf } from './site.js';

export interface StaticRoute {
  /** A domain, or `*` for all that have no route of their own. */
  readonly domain: string;
  readonly host: string;
  readonly port: number;
}

export interface MxResolverOptions {
  readonly dns: DnsLookup;
  readonly routes?: readonly StaticRoute[];
  readonly port?: number;
  /** `prefer-v4` unless told otherwise: receivers judge IPv6 senders by reverse names and signatures alone, and harder. */
  readonly addressPolicy?: AddressPolicy;
  /** Names of this machine: mail is never handed on to ourselves, nor to hosts that are worse than we are (RFC 5321 §5.1). */
  readonly ownHostnames?: readonly string[];
  /** Whether this machine is where the mail of the domain ends: then handing it to ourselves is delivery, not a loop. */
  readonly servesDomain?: (domain: string) => Promise<boolean>;
  /** Addresses that DNS may send us to; the default refuses everything that is not on the public internet. */
  readonly isAllowedAddress?: (address: string) => boolean;
  readonly now?: () => number;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/** A batch of mail is one use of an answer, even of one that says it must not be kept. */
const LEAST_TTL_MS = 5_000;
const MOST_TTL_MS = 3_600_000;
const MAX_CACHED = 50_000;
/** More MX records than this are no mail system but an attack or a mistake. */
const MAX_HOSTS = 10;

interface Exchange {
  readonly hostname: string;
  readonly preference: number;
}

/** Hosts of a domain as DNS names them, and until when. */
interface Exchanges {
  readonly list: readonly Exchange[];
  readonly isAuthentic: boolean;
  readonly isImplicit: boolean;
  readonly expiresAt: number;
}

/** Next hops by static route, else by MX (RFC 5321 §5.1), kept as long as the answers behind them hold. */
export function createMxResolver(options: MxResolverOptions): NextHopResolver {
  const { dns, routes = [], port = 25, addressPolicy = 'prefer-v4' } = options;
  const { isAllowedAddress = isPublicAddress, now = Date.now, random = Math.random } = options;
  const { servesDomain = () => Promise.resolve(false) } = options;
  const own = new Set((options.ownHostnames ?? []).map(plainName));
  const cache = new Map<string, { readonly result: Promise<NextHops>; expiresAt: number }>();

  async function lookUp(domain: string): Promise<{ hops: NextHops; expiresAt: number }> {
    const exchanges = await temporary(domain, mailExchanges(dns, domain));
    const shuffled = shuffleEqual(exchanges.list, random);
    const isLocal = shuffled.some(({ hostname }) => own.has(hostname)) && (await servesDomain(domain));
    const usable = (isLocal ? shuffled : withoutOurselves(domain, shuffled, own)).slice(0, MAX_HOSTS);
    const found = await Promise.allSettled(usable.map((exchange) => addressesOf(dns, exchange.hostname)));
    const hosts: NextHopHost[] = [];
    let expiresAt = exchanges.expiresAt;
    let failure: Error | undefined;
    let hasPrivate = false;
    let hasOtherFamily = false;
    for (const [i, answer] of found.entries()) {
      if (answer.status === 'rejected') {
        failure ??= answer.reason as Error;
        expiresAt = 0;
        continue;
      }
      const { addresses, canonicalName, isAuthentic } = answer.value;
      expiresAt = Math.min(expiresAt, answer.value.expiresAt);
      const allowed = addresses.filter(isAllowedAddress);
      const ordered = orderAddresses(allowed, addressPolicy, random);
      hasPrivate ||= addresses.length > allowed.length;
      hasOtherFamily ||= allowed.length > ordered.length;
      const { hostname, preference } = usable[i]!;
      if (ordered.length > 0)
        hosts.push({ hostname, addresses: ordered, port, preference, isAuthentic, ...(canonicalName !== hostname && { canonicalName }) });
    }
    if (hosts.length === 0) throw unreachable(domain, usable, failure, hasPrivate, hasOtherFamily && addressPolicy);
    // The roll-up is over all names, so that a host that fails to resolve now makes no other site.
    const names = exchanges.list.map(({ hostname }) => hostname);
    const { isAuthentic, isImplicit } = exchanges;
    return { hops: { site: siteOf(names), provider: providerOf(names), hosts, mx: { isAuthentic, isImplicit } }, expiresAt };
  }

  return {
    async resolve(domain) {
      const route = routes.find((entry) => entry.domain === domain) ?? routes.find((entry) => entry.domain === '*');
      if (route) return routed(route);
      const known = cache.get(domain);
      if (known && known.expiresAt > now()) return known.result;
      const looking = lookUp(domain);
      const entry = { result: looking.then(({ hops }) => hops), expiresAt: Number.POSITIVE_INFINITY };
      const keepUntil = (expiresAt: number) => (entry.expiresAt = Math.min(Math.max(expiresAt, now() + LEAST_TTL_MS), now() + MOST_TTL_MS));
      // Failures are remembered by the resolver below, and absence for its own time: here only for a moment.
      looking.then(
        ({ expiresAt }) => keepUntil(expiresAt),
        () => keepUntil(0),
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

/** The MX records of a domain, at the end of its aliases (RFC 5321 §5.1), or the domain itself where there are none. */
async function mailExchanges(dns: DnsLookup, domain: string): Promise<Exchanges> {
  const answer = await dns.lookup(domain, 'MX');
  const { isAuthentic, expiresAt } = answer;
  if (!answer.exists) throw new NextHopError(`the domain ${domain} does not exist`, true);
  if (answer.records.length === 0) {
    return { list: [{ hostname: answer.name, preference: 0 }], isAuthentic, isImplicit: true, expiresAt };
  }
  const named = answer.records.filter(({ exchange }) => exchange !== '');
  // RFC 7505: a single MX "." says that the domain takes no mail.
  if (named.length === 0) throw new NextHopError(`${domain} accepts no mail (null MX)`, true);
  const list = named
    .map(({ exchange, priority }) => ({ hostname: exchange, preference: priority }))
    .filter(({ hostname }) => isHostname(hostname));
  if (list.length === 0) throw new NextHopError(`the MX records of ${domain} name no host`, true);
  return { list, isAuthentic, isImplicit: false, expiresAt };
}

/** RFC 5321 §5.1: a host that finds itself in the list must not use itself, nor what is no better. */
function withoutOurselves(domain: string, list: readonly Exchange[], own: ReadonlySet<string>): readonly Exchange[] {
  const ourselves = list.filter(({ hostname }) => own.has(hostname));
  if (ourselves.length === 0) return list;
  const ourPreference = Math.min(...ourselves.map(({ preference }) => preference));
  const better = list.filter(({ preference }) => preference < ourPreference);
  if (better.length === 0)
    throw new NextHopError(`the best mail server of ${domain} is this machine (${ourselves[0]!.hostname}): its mail would loop`, true);
  return better;
}

interface HostAddresses {
  readonly addresses: readonly string[];
  readonly canonicalName: string;
  readonly isAuthentic: boolean;
  readonly expiresAt: number;
}

async function addressesOf(dns: DnsLookup, hostname: string): Promise<HostAddresses> {
  // An MX that is an address is forbidden (RFC 5321 §5.1) but harmless when public.
  if (ipaddr.isValid(hostname))
    return { addresses: [hostname], canonicalName: hostname, isAuthentic: false, expiresAt: Number.POSITIVE_INFINITY };
  const [four, six] = await Promise.allSettled([dns.lookup(hostname, 'A'), dns.lookup(hostname, 'AAAA')]);
  const answers = [four, six].flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value as DnsAnswer<string>] : []));
  const addresses = answers.flatMap(({ records }) => records);
  // A server that answers for one family and fails for the other is as good as its answer; without one it failed.
  const failed = [four, six].find((answer) => answer.status === 'rejected');
  if (addresses.length === 0 && failed) throw failed.reason;
  return {
    addresses,
    canonicalName: answers.find(({ records }) => records.length > 0)?.name ?? hostname,
    isAuthentic: !failed && answers.every((answer) => answer.isAuthentic),
    expiresAt: failed ? 0 : Math.min(...answers.map(({ expiresAt }) => expiresAt)),
  };
}

function unreachable(
  domain: string,
  tried: readonly Exchange[],
  failure: Error | undefined,
  hasPrivate: boolean,
  otherFamilyPolicy: AddressPolicy | false,
): NextHopError {
  const names = tried.map(({ hostname }) => hostname).join(', ');
  if (failure)
    return new NextHopError(`the mail servers of ${domain} could not be looked up: ${failure.message}`, false, { cause: failure });
  // Ours to change, so not for good.
  if (otherFamilyPolicy)
    return new NextHopError(
      `the mail servers of ${domain} (${names}) have no address that the policy "${otherFamilyPolicy}" allows`,
      false,
    );
  if (hasPrivate) return new NextHopError(`the mail servers of ${domain} (${names}) have no address on the public internet`, true);
  return new NextHopError(`the mail servers of ${domain} (${names}) have no address`, true);
}

async function temporary<T>(domain: string, looking: Promise<T>): Promise<T> {
  try {
    return await looking;
  } catch (error) {
    if (error instanceof DnsFailure) throw new NextHopError(`DNS does not answer for ${domain}: ${error.message}`, false, { cause: error });
    throw error;
  }
}

function isHostname(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
}

/** Whether an address lies on the public internet: not loopback, private, link-local, multicast, or one of those mapped into IPv6. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  // IPv4-compatible addresses (::7f00:1, RFC 4291 §2.5.5.1) are deprecated, and lead to the IPv4 one where they work at all.
  const isCompatible = parsed.kind() === 'ipv6' && (parsed as ipaddr.IPv6).parts.slice(0, 6).every((part) => part === 0);
  return parsed.range() === 'unicast' && !isCompatible;
}
