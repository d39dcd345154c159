import type { DataSource } from 'typeorm';
import { type Clock, systemClock } from '#base/kernel';
import type { NextHopResolver } from '#net/dns';

/** Where the mail of a domain goes, rolled up: every domain with the same MX hosts is one site. */
export interface SiteOfDomain {
  readonly site: string;
  readonly provider: string;
}

const CONCURRENCY = 100;
/** Shorter than most MX records live: a domain that moved is noticed within the hour, and again when its mail leaves. */
const REMEMBER_MS = 3600_000;

/**
 * Sorts domains into sites, with PostgreSQL as the memory that all processes share. It never fails for DNS: a domain that
 * cannot be resolved now gets a site of its own, and the sender asks again when its mail is due.
 */
export class SiteDirectory {
  constructor(
    private readonly dataSource: DataSource,
    private readonly resolver: NextHopResolver,
    private readonly clock: Clock = systemClock,
  ) {}

  /** @param domains lower case; repeated ones cost nothing */
  async lookup(domains: readonly string[]): Promise<Map<string, SiteOfDomain>> {
    const wanted = [...new Set(domains)];
    const sites = await this.remembered(wanted);
    const missing = wanted.filter((domain) => !sites.has(domain));
    const found: [string, SiteOfDomain][] = [];
    await eachConcurrently(missing, CONCURRENCY, async (domain) => {
      const site = await this.resolve(domain);
      sites.set(domain, site ?? { site: `domain:${domain}`, provider: 'default' });
      if (site) found.push([domain, site]);
    });
    await this.remember(found);
    return sites;
  }

  private async remembered(domains: readonly string[]): Promise<Map<string, SiteOfDomain>> {
    const rows: { domain: string; site: string; provider: string }[] = await this.dataSource.query(
      'SELECT domain, site, provider FROM domain_sites WHERE domain = ANY($1::text[]) AND expires_at > $2',
      [domains, this.clock.now()],
    );
    return new Map(rows.map(({ domain, site, provider }) => [domain, { site, provider }]));
  }

  /** Undefined when DNS has no answer, for now or for good: which of the two decides what becomes of the mail later. */
  private async resolve(domain: string): Promise<SiteOfDomain | undefined> {
    try {
      const { site, provider } = await this.resolver.resolve(domain);
      return { site, provider };
    } catch {
      return undefined;
    }
  }

  private async remember(found: readonly (readonly [string, SiteOfDomain])[]): Promise<void> {
    if (found.length === 0) return;
    // In one order, so that two freezes that learn the same domains at once do not lock each other out.
    const rows = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
    await this.dataSource.query(
      `INSERT INTO domain_sites (domain, site, provider, expires_at)
       SELECT domain, site, provider, $4 FROM unnest($1::text[], $2::text[], $3::text[]) AS found (domain, site, provider)
       ON CONFLICT (domain) DO UPDATE SET site = excluded.site, provider = excluded.provider, expires_at = excluded.expires_at`,
      [
        rows.map(([domain]) => domain),
        rows.map(([, { site }]) => site),
        rows.map(([, { provider }]) => provider),
        new Date(this.clock.now().getTime() + REMEMBER_MS),
      ],
    );
  }
}

async function eachConcurrently<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const run = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, run));
}
