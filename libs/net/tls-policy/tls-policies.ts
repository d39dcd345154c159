import { type DnsLookup, DnsFailure, type NextHopHost, type NextHops, type TlsaRecord } from '#net/dns';
import { formatTlsa, usableRecords } from './dane.js';
import { type StsState, type MtaSts, type StoredStsPolicy } from './mta-sts.js';
import { policyLines, policyNames } from './mta-sts-policy.js';
import { parseTlsRptRecord } from './tls-rpt-record.js';
import type { TlsFailure } from './tls-failure.js';

/**
 * How well a session with a host must be protected, weakest first.
 * - opportunistic: TLS where it works, whoever answers
 * - required: TLS, whoever answers
 * - verified: TLS with a certificate that the usual authorities vouch for (RFC 8461 §4.2)
 * - dane: TLS with a certificate that DNSSEC vouches for (RFC 7672)
 */
export type TlsLevel = 'opportunistic' | 'required' | 'verified' | 'dane';

export interface HostTlsPolicy {
  readonly level: TlsLevel;
  /** For people. */
  readonly why: string;
  readonly dane?: { readonly tlsa: readonly TlsaRecord[]; readonly names: readonly string[] };
  /** The host must not be used at all, because of this. */
  readonly refusal?: TlsFailure;
  /** Not enforced but reported (MTA-STS in testing mode): the certificate, and that the policy does not name the host. */
  readonly isTested?: boolean;
  readonly testedFailure?: TlsFailure;
}

/** The policy that applies, as reports name it: RFC 8460 §4.4. */
export interface AppliedPolicy {
  readonly type: 'sts' | 'tlsa' | 'no-policy-found';
  readonly strings: readonly string[];
  readonly mxHosts: readonly string[];
}

export interface DomainTlsPolicy {
  readonly domain: string;
  readonly ofHost: ReadonlyMap<string, HostTlsPolicy>;
  /** What reports of sessions with the host go under. */
  appliedTo(hostname: string): AppliedPolicy;
  /** Where the domain wants reports (RFC 8460 §3); empty when it wants none. */
  readonly reportTo: readonly string[];
  /** What went wrong on the way to the policy itself. */
  readonly failure?: TlsFailure;
}

export interface TlsPoliciesOptions {
  readonly dns: DnsLookup;
  readonly sts: Pick<MtaSts, 'policyOf'>;
  readonly now?: () => number;
}

/** Look-ups behind a decision are cached below; this saves the thinking. */
const DECISION_MS = 60_000;

/** Decides how each mail server of a domain must be spoken to: DANE first, then MTA-STS (RFC 8461 §2), else whatever works. */
export class TlsPolicies {
  private readonly decisions = new WeakMap<NextHops, Map<string, { readonly policy: Promise<DomainTlsPolicy>; readonly until: number }>>();
  private readonly now: () => number;

  constructor(private readonly options: TlsPoliciesOptions) {
    this.now = options.now ?? Date.now;
  }

  /** Throws only what the store of MTA-STS policies throws. */
  of(domain: string, hops: NextHops): Promise<DomainTlsPolicy> {
    let known = this.decisions.get(hops);
    if (!known) this.decisions.set(hops, (known = new Map()));
    const decided = known.get(domain);
    if (decided && decided.until > this.now()) return decided.policy;
    const policy = this.decide(domain, hops);
    known.set(domain, { policy, until: this.now() + DECISION_MS });
    policy.catch(() => known.delete(domain));
    return policy;
  }

  private async decide(domain: string, hops: NextHops): Promise<DomainTlsPolicy> {
    if (!hops.mx) return noPolicy(domain, hops);
    const isAuthentic = hops.mx.isAuthentic;
    const [sts, reportTo, ...tlsa] = await Promise.all([
      this.options.sts.policyOf(domain),
      this.reportTo(domain),
      ...hops.hosts.map((host) => (isAuthentic && host.isAuthentic ? this.tlsaOf(host) : undefined)),
    ]);
    const ofHost = new Map(hops.hosts.map((host, i) => [host.hostname, hostPolicy(domain, host, tlsa[i], sts)]));
    return {
      domain,
      ofHost,
      reportTo,
      appliedTo: (hostname) => applied(ofHost.get(hostname), sts.policy),
      ...(sts.failure && { failure: sts.failure }),
    };
  }

  /** The TLSA records of a host: at the end of its aliases first, else at its own name (RFC 7672 §2.2.2, RFC 7671 §7). */
  private async tlsaOf(host: NextHopHost): Promise<HostTlsa | undefined> {
    const bases = host.canonicalName === undefined ? [host.hostname] : [host.canonicalName, host.hostname];
    for (const base of bases) {
      try {
        const answer = await this.options.dns.lookup(`_${host.port}._tcp.${base}`, 'TLSA');
        if (answer.isAuthentic && answer.records.length > 0) return { base, records: answer.records };
      } catch (error) {
        if (!(error instanceof DnsFailure)) throw error;
        // Perhaps somebody suppresses them: RFC 7672 §2.1.2 forbids to go on without.
        return { base, records: [], failure: { type: 'dnssec-invalid', reason: `the TLSA records of ${base}: ${error.message}` } };
      }
    }
    return undefined;
  }

  private async reportTo(domain: string): Promise<readonly string[]> {
    try {
      return parseTlsRptRecord((await this.options.dns.lookup(`_smtp._tls.${domain}`, 'TXT')).records);
    } catch (error) {
      if (error instanceof DnsFailure) return [];
      throw error;
    }
  }
}

interface HostTlsa {
  readonly base: string;
  readonly records: readonly TlsaRecord[];
  readonly failure?: TlsFailure;
}

function hostPolicy(domain: string, host: NextHopHost, tlsa: HostTlsa | undefined, { policy }: StsState): HostTlsPolicy {
  if (tlsa?.failure) return { level: 'dane', why: 'DNSSEC protects the host', refusal: tlsa.failure };
  if (tlsa) {
    const usable = usableRecords(tlsa.records);
    // RFC 7672 §2.2: records that nobody can use still say that there is TLS.
    if (usable.length === 0) return { level: 'required', why: 'DANE: there are TLSA records, none of which mail can use' };
    const names = [...new Set([tlsa.base, host.hostname, domain])];
    return { level: 'dane', why: `DANE: TLSA records at _${host.port}._tcp.${tlsa.base}`, dane: { tlsa: usable, names } };
  }
  if (!policy || policy.mode === 'none') return { level: 'opportunistic', why: 'no policy' };
  const mismatch: TlsFailure | undefined = policyNames(policy, host.hostname)
    ? undefined
    : { type: 'validation-failure', reason: `the MTA-STS policy of ${domain} does not name ${host.hostname}` };
  if (policy.mode === 'testing')
    return {
      level: 'opportunistic',
      why: `MTA-STS: policy ${policy.id} in testing`,
      isTested: true,
      ...(mismatch && { testedFailure: mismatch }),
    };
  return { level: 'verified', why: `MTA-STS: policy ${policy.id} is enforced`, ...(mismatch && { refusal: mismatch }) };
}

function applied(host: HostTlsPolicy | undefined, sts: StoredStsPolicy | undefined): AppliedPolicy {
  if (host?.dane) return { type: 'tlsa', strings: host.dane.tlsa.map(formatTlsa), mxHosts: [] };
  if (host?.level === 'dane') return { type: 'tlsa', strings: [], mxHosts: [] };
  if (sts && sts.mode !== 'none') return { type: 'sts', strings: policyLines(sts), mxHosts: sts.mx };
  return { type: 'no-policy-found', strings: [], mxHosts: [] };
}

function noPolicy(domain: string, hops: NextHops): DomainTlsPolicy {
  const none: HostTlsPolicy = { level: 'opportunistic', why: 'a route of our own' };
  return {
    domain,
    ofHost: new Map(hops.hosts.map(({ hostname }) => [hostname, none])),
    reportTo: [],
    appliedTo: () => ({ type: 'no-policy-found', strings: [], mxHosts: [] }),
  };
}
