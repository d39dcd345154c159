import { type DnsLookup, DnsFailure } from '#net/dns';
import { type MtaStsFetch, MtaStsFetchError } from './fetch-mta-sts.js';
import { type MtaStsPolicy, parseMtaStsRecord } from './mta-sts-policy.js';
import type { TlsFailure } from './tls-failure.js';

/** A policy as it was fetched, with the id under which it was announced. */
export interface StoredStsPolicy extends MtaStsPolicy {
  readonly id: string;
  readonly fetchedAt: Date;
}

/** Policies outlive processes: an attacker who blocks DNS or HTTPS later must not undo them (RFC 8461 §10.2). */
export interface MtaStsStore {
  find(domain: string): Promise<StoredStsPolicy | undefined>;
  save(domain: string, policy: StoredStsPolicy): Promise<void>;
}

export interface MtaStsOptions {
  readonly dns: DnsLookup;
  readonly fetch: MtaStsFetch;
  readonly store: MtaStsStore;
  readonly now?: () => number;
}

/** What is known about a domain: the policy that holds, and what went wrong while asking for a newer one. */
export interface StsState {
  readonly policy?: StoredStsPolicy;
  readonly failure?: TlsFailure;
}

/** RFC 8461 §3.3: after a failure wait five minutes at least. */
const FAILED_FETCH_REST_MS = 5 * 60_000;
/** RFC 8461 §5.1 wants policies refreshed while they hold; ids may stay the same. */
const REFRESH_AFTER_MS = 86_400_000;
const MAX_REMEMBERED_FAILURES = 20_000;

/** MTA-STS policies by domain: fetched when announced, kept for `max_age`, refreshed daily. */
export class MtaSts {
  private readonly failures = new Map<string, { readonly id: string; readonly until: number; readonly failure: TlsFailure }>();
  private readonly fetching = new Map<string, Promise<StsState>>();
  private readonly now: () => number;

  constructor(private readonly options: MtaStsOptions) {
    this.now = options.now ?? Date.now;
  }

  /** Throws only what the store throws: nothing that the domain does or fails to do. */
  async policyOf(domain: string): Promise<StsState> {
    const [stored, id] = await Promise.all([this.stored(domain), this.announcedId(domain)]);
    const kept: StsState = stored ? { policy: stored } : {};
    // A record that is gone or cannot be read does not end a policy (RFC 8461 §5.1).
    if (id === undefined) return kept;
    if (stored?.id === id) {
      if (this.now() - stored.fetchedAt.getTime() > REFRESH_AFTER_MS) this.fetch(domain, id, kept).catch(() => undefined);
      return kept;
    }
    return this.fetch(domain, id, kept);
  }

  private async stored(domain: string): Promise<StoredStsPolicy | undefined> {
    const policy = await this.options.store.find(domain);
    return policy && policy.fetchedAt.getTime() + policy.maxAgeSeconds * 1000 > this.now() ? policy : undefined;
  }

  private async announcedId(domain: string): Promise<string | undefined> {
    try {
      return parseMtaStsRecord((await this.options.dns.lookup(`_mta-sts.${domain}`, 'TXT')).records);
    } catch (error) {
      if (error instanceof DnsFailure) return undefined;
      throw error;
    }
  }

  private fetch(domain: string, id: string, kept: StsState): Promise<StsState> {
    const failed = this.failures.get(domain);
    if (failed && failed.id === id && failed.until > this.now()) return Promise.resolve({ ...kept, failure: failed.failure });
    let fetching = this.fetching.get(domain);
    if (!fetching) {
      fetching = this.fetchNow(domain, id, kept).finally(() => this.fetching.delete(domain));
      this.fetching.set(domain, fetching);
    }
    return fetching;
  }

  private async fetchNow(domain: string, id: string, kept: StsState): Promise<StsState> {
    try {
      const policy: StoredStsPolicy = { ...(await this.options.fetch(domain)), id, fetchedAt: new Date(this.now()) };
      this.failures.delete(domain);
      await this.options.store.save(domain, policy);
      return { policy };
    } catch (error) {
      if (!(error instanceof MtaStsFetchError)) throw error;
      const { failure } = error;
      this.failures.delete(domain);
      this.failures.set(domain, { id, until: this.now() + FAILED_FETCH_REST_MS, failure });
      if (this.failures.size > MAX_REMEMBERED_FAILURES) this.failures.delete(this.failures.keys().next().value!);
      return { ...kept, failure };
    }
  }
}

/** Policies in memory, for one process. */
export function memoryStsStore(): MtaStsStore {
  const policies = new Map<string, StoredStsPolicy>();
  return {
    find: (domain) => Promise.resolve(policies.get(domain)),
    save: (domain, policy) => Promise.resolve(void policies.set(domain, policy)),
  };
}
