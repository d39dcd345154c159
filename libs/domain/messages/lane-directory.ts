import type { DataSource } from 'typeorm';
import { type SiteDirectory, type SiteOfDomain, ensureLanes } from '#domain/sending';

const REMEMBER_MS = 60_000;
const MAX_KNOWN = 50_000;
/** An answer does not wait for a slow name server: the sender looks again when the mail's turn comes, and moves it. */
const DNS_PATIENCE_MS = 400;

/** Which lane the mail of a domain waits in; remembered for a minute. */
export class LaneDirectory {
  private readonly known = new Map<string, { readonly lane: number; readonly until: number }>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly sites: Pick<SiteDirectory, 'lookup'>,
  ) {}

  /** @param domains lower case */
  async lanesOf(domains: Iterable<string>): Promise<Map<string, number>> {
    const now = Date.now();
    const lanes = new Map<string, number>();
    const missing: string[] = [];
    for (const domain of domains) {
      if (lanes.has(domain)) continue;
      const known = this.known.get(domain);
      if (known && known.until > now) lanes.set(domain, known.lane);
      else missing.push(domain);
    }
    if (missing.length === 0) return lanes;
    const { sites, isSure } = await this.sitesOf([...new Set(missing)]);
    const laneOf = await ensureLanes(this.dataSource.manager, [...sites.values()]);
    if (this.known.size > MAX_KNOWN) this.known.clear();
    for (const [domain, { site }] of sites) {
      const lane = laneOf.get(site)!;
      lanes.set(domain, lane);
      if (isSure) this.known.set(domain, { lane, until: now + REMEMBER_MS });
    }
    return lanes;
  }

  private async sitesOf(domains: readonly string[]): Promise<{ sites: Map<string, SiteOfDomain>; isSure: boolean }> {
    const { promise: impatience, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, DNS_PATIENCE_MS, undefined);
    try {
      const sites = await Promise.race([this.sites.lookup(domains), impatience]);
      if (sites) return { sites, isSure: true };
      return { sites: new Map(domains.map((domain) => [domain, { site: `domain:${domain}`, provider: 'default' }])), isSure: false };
    } finally {
      clearTimeout(timer);
    }
  }
}
