import { getServers } from 'node:dns';
import { readFileSync } from 'node:fs';
import ipaddr from 'ipaddr.js';
import { createCachingResolver } from './caching-resolver.js';
import type { DnsRecordData, DnsType } from './dns-message.js';
import { type DnsServer, createDnsTransport } from './dns-transport.js';

/** Looks records up. A name or record that does not exist is an empty array; a server that fails throws DnsFailure. */
export interface DnsResolver {
  resolveMx(name: string): Promise<readonly { readonly exchange: string; readonly priority: number }[]>;
  resolve4(name: string): Promise<readonly string[]>;
  resolve6(name: string): Promise<readonly string[]>;
  resolveTxt(name: string): Promise<readonly (readonly string[])[]>;
  resolvePtr(address: string): Promise<readonly string[]>;
  /** Whether the name exists at all, whatever its records (RFC 8020: NXDOMAIN is not "no such record"). */
  nameExists(name: string): Promise<boolean>;
}

/** All that one look-up says. */
export interface DnsAnswer<T> {
  readonly records: readonly T[];
  /** Where the aliases (CNAME) of the name end; the name itself without any. Lower case. */
  readonly name: string;
  /** False for NXDOMAIN. */
  readonly exists: boolean;
  /** Validated by DNSSEC, says a resolver that is trusted to say so. */
  readonly isAuthentic: boolean;
  /** Ms since 1970 until which the answer holds. */
  readonly expiresAt: number;
  readonly sizeBytes: number;
}

export interface DnsLookup {
  /** @throws DnsFailure */
  lookup<K extends DnsType>(name: string, type: K): Promise<DnsAnswer<DnsRecordData[K]>>;
}

export interface CachingResolver extends DnsResolver, DnsLookup {
  /** Since the start; `cached` are the answers in memory. */
  stats(): { readonly hits: number; readonly queries: number; readonly failures: number; readonly cached: number };
}

/** The system's name servers, or the given ones (`address` or `address:port`), behind a cache of our own. */
export function systemResolver(servers: readonly string[] = []): CachingResolver {
  const isConfigured = servers.length > 0;
  const trusted = isConfigured || systemTrustsAd();
  return createCachingResolver({
    transport: createDnsTransport({ servers: (isConfigured ? servers : getServers()).map(toServer) }),
    // Only where nobody can sit between (RFC 7672 §2.1.1), and, as glibc does, not without somebody having said so:
    // a stub on loopback (systemd-resolved, Docker) may pass on what it never validated.
    trustsAd: ({ address }) => trusted && isLoopback(address),
  });
}

/** `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`. */
function toServer(text: string): DnsServer {
  const [, address = text, port = '53'] = /^\[(.+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+):(\d+)$/.exec(text) ?? [];
  return { address, port: Number(port) };
}

/** Whether resolv.conf(5) has `options trust-ad`. */
function systemTrustsAd(): boolean {
  try {
    return /^options\b.*\btrust-ad\b/m.test(readFileSync('/etc/resolv.conf', 'utf8'));
  } catch {
    return false;
  }
}

function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}
