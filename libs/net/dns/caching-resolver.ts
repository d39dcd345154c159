import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';
import { DnsCache } from './dns-cache.js';
import { DnsFailure } from './dns-failure.js';
import { type DnsRecord, type DnsRecordData, type DnsReply, type DnsType, RCODE, plainName } from './dns-message.js';
import type { CachingResolver, DnsAnswer } from './dns-resolver.js';
import type { DnsServer, DnsTransport } from './dns-transport.js';

export interface CachingResolverOptions {
  readonly transport: DnsTransport;
  /** Whether "this was validated" may be believed of a server. The default believes none. */
  readonly trustsAd?: (server: DnsServer) => boolean;
  readonly maxCacheBytes?: number;
  readonly now?: () => number;
}

const MAX_CACHE_BYTES = 32 * 1024 * 1024;
/** What the objects of an answer take in memory besides its bytes, roughly. */
const ENTRY_BYTES = 300;
const MAX_TTL_SECONDS = 86_400;
/** RFC 2308 §5 finds one to three hours sensible. */
const MAX_NEGATIVE_TTL_SECONDS = 3_600;
/** Failures are remembered for a moment too, or a dead server is asked by everybody (RFC 9520 §3.2: 1 s to 5 min). */
const FAILURE_TTL_MS = 5_000;
const MAX_ALIASES = 16;

type AnyAnswer = DnsAnswer<DnsRecordData[DnsType]>;
type Remembered = AnyAnswer | DnsFailure;

/** Asks through `transport` and remembers: answers for their TTL, absence by RFC 2308; equal questions share one query. */
export function createCachingResolver(options: CachingResolverOptions): CachingResolver {
  const { transport, trustsAd = () => false, now = Date.now } = options;
  const cache = new DnsCache<Remembered>(options.maxCacheBytes ?? MAX_CACHE_BYTES, now);
  const underWay = new Map<string, Promise<AnyAnswer>>();
  const stats = { hits: 0, queries: 0, failures: 0 };

  async function query(name: string, type: DnsType, depth: number): Promise<AnyAnswer> {
    stats.queries++;
    const { reply, server } = await transport.ask(name, type);
    const answer = read(reply, name, type, now(), trustsAd(server));
    // Some forwarders leave the end of a chain of aliases to us.
    if (answer.records.length > 0 || answer.name === name || !answer.exists || type === 'CNAME') return answer;
    if (depth >= MAX_ALIASES) throw new DnsFailure(`${name} leads through more than ${MAX_ALIASES} aliases`);
    const rest = await query(answer.name, type, depth + 1);
    return { ...rest, isAuthentic: rest.isAuthentic && answer.isAuthentic, expiresAt: Math.min(rest.expiresAt, answer.expiresAt) };
  }

  async function askAndRemember(key: string, name: string, type: DnsType): Promise<AnyAnswer> {
    try {
      const answer = await query(name, type, 0);
      cache.set(key, answer, answer.expiresAt, ENTRY_BYTES + answer.sizeBytes);
      return answer;
    } catch (error) {
      stats.failures++;
      if (error instanceof DnsFailure) cache.set(key, error, now() + FAILURE_TTL_MS, ENTRY_BYTES);
      throw error;
    } finally {
      underWay.delete(key);
    }
  }

  async function lookup(rawName: string, type: DnsType): Promise<AnyAnswer> {
    const name = queryName(rawName);
    if (name === undefined) return { ...NOWHERE, name: plainName(rawName) };
    const key = `${type} ${name}`;
    const known = cache.find(key);
    if (known) {
      stats.hits++;
      if (known instanceof DnsFailure) throw known;
      return known;
    }
    let asking = underWay.get(key);
    if (!asking) underWay.set(key, (asking = askAndRemember(key, name, type)));
    return asking;
  }

  const records = async <K extends DnsType>(name: string, type: K) => (await lookup(name, type)).records as readonly DnsRecordData[K][];
  return {
    lookup: lookup as CachingResolver['lookup'],
    resolveMx: (name) => records(name, 'MX'),
    resolve4: (name) => records(name, 'A'),
    resolve6: (name) => records(name, 'AAAA'),
    resolveTxt: (name) => records(name, 'TXT'),
    resolvePtr: async (address) => (ipaddr.isValid(address) ? records(reverseName(address), 'PTR') : []),
    nameExists: async (name) => (await lookup(name, 'NS')).exists,
    stats: () => ({ ...stats, cached: cache.size }),
  };
}

/** A name that cannot be asked for (RFC 1035 §2.3.4) has no records, for good. */
const NOWHERE = { records: [], exists: false, isAuthentic: false, expiresAt: Number.POSITIVE_INFINITY, sizeBytes: 0 } as const;

function read(reply: DnsReply, name: string, type: DnsType, now: number, isTrusted: boolean): AnyAnswer {
  const { end, ttlSeconds: aliasTtl, hasAlias } = followAliases(reply.answers, name, type);
  const found = reply.answers.filter((record) => record.name === end && record.type === type);
  const ttlSeconds = found.reduce((least, record) => Math.min(least, record.ttlSeconds), aliasTtl);
  const absentFor = Math.min(reply.negativeTtlSeconds ?? 0, MAX_NEGATIVE_TTL_SECONDS, aliasTtl);
  return {
    records: found.map((record) => record.data as DnsRecordData[DnsType]),
    name: end,
    // The code is about the end of the chain (RFC 6604 §3).
    exists: reply.rcode !== RCODE.NXDOMAIN,
    isAuthentic: reply.isAuthentic && isTrusted,
    expiresAt: now + 1000 * (found.length > 0 ? ttlSeconds : hasAlias && reply.rcode === RCODE.NOERROR ? aliasTtl : absentFor),
    sizeBytes: reply.sizeBytes,
  };
}

function followAliases(answers: readonly DnsRecord[], name: string, type: DnsType): { end: string; ttlSeconds: number; hasAlias: boolean } {
  const seen = new Set([name]);
  let end = name;
  let ttlSeconds = MAX_TTL_SECONDS;
  while (type !== 'CNAME') {
    const alias = answers.find((record) => record.type === 'CNAME' && record.name === end);
    if (!alias) break;
    end = alias.data as string;
    ttlSeconds = Math.min(ttlSeconds, alias.ttlSeconds);
    if (seen.has(end) || seen.size > MAX_ALIASES) throw new DnsFailure(`the aliases of ${name} lead in a circle`);
    seen.add(end);
  }
  return { end, ttlSeconds, hasAlias: end !== name };
}

function queryName(raw: string): string | undefined {
  let name = plainName(raw.trim());
  if (/[^\u0000-\u007f]/.test(name)) name = domainToASCII(name);
  if (name.length > 253 || !/^[\u0021-\u007e]+$/.test(name)) return undefined;
  return name.split('.').every((label) => label.length > 0 && label.length <= 63) ? name : undefined;
}

function reverseName(address: string): string {
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return `${parsed.toByteArray().reverse().join('.')}.in-addr.arpa`;
  const nibbles = Buffer.from(parsed.toByteArray()).toString('hex');
  return `${[...nibbles].reverse().join('.')}.ip6.arpa`;
}
