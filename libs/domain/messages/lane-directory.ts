import type { DataSource } from 'typeorm';
import type { MailClass } from '#base/contracts';
import {
  type LaneRef,
  type SiteDirectory,
  type SiteOfDomain,
  avoidedLanes,
  ensureLanes,
  laneKey,
  pickLane,
  sourcesFor,
} from '#domain/sending';

const REMEMBER_MS = 60_000;
/** Sources that are drained or added take effect that soon; what was queued meanwhile is moved. */
const REMEMBER_SOURCES_MS = 5_000;
const MAX_KNOWN = 50_000;
/** An answer does not wait for a slow name server: the sender looks again when the mail's turn comes, and moves it. */
const DNS_PATIENCE_MS = 400;

/** Who sends what to whom, as far as the choice of a lane goes. */
export interface LaneRequest {
  readonly workspaceId: string;
  readonly class: MailClass;
  readonly email: string;
  /** Of the address, lower case. */
  readonly domain: string;
}

type Sources = Awaited<ReturnType<typeof sourcesFor>>;

/** Which lane a recipient's mail waits in; what leads there is remembered for a moment. */
export class LaneDirectory {
  private readonly siteOf = new Map<string, { readonly site: SiteOfDomain; readonly until: number }>();
  private readonly laneOf = new Map<string, number>();
  private readonly sourcesOf = new Map<
    string,
    { readonly sources: Sources; readonly avoided: ReadonlySet<string>; readonly until: number }
  >();

  constructor(
    private readonly dataSource: DataSource,
    private readonly sites: Pick<SiteDirectory, 'lookup'>,
  ) {}

  /** @returns ids of lanes, in the order of the requests */
  async lanesOf(requests: readonly LaneRequest[]): Promise<number[]> {
    const siteOf = await this.sitesOf(new Set(requests.map(({ domain }) => domain)));
    const refs: LaneRef[] = [];
    for (const { workspaceId, class: mailClass, email, domain } of requests) {
      const { sources, avoided } = await this.sourcesFor(workspaceId, mailClass);
      refs.push(pickLane(sources, siteOf.get(domain)!, email.toLowerCase(), avoided));
    }
    const missing = refs.filter((ref) => !this.laneOf.has(laneKey(ref)));
    if (missing.length > 0) {
      if (this.laneOf.size > MAX_KNOWN) this.laneOf.clear();
      const found = await ensureLanes(this.dataSource.manager, refs);
      for (const [key, id] of found) this.laneOf.set(key, id);
    }
    return refs.map((ref) => this.laneOf.get(laneKey(ref))!);
  }

  private async sourcesFor(workspaceId: string, mailClass: MailClass): Promise<{ sources: Sources; avoided: ReadonlySet<string> }> {
    const key = `${workspaceId} ${mailClass}`;
    const known = this.sourcesOf.get(key);
    if (known && known.until > Date.now()) return known;
    const sources = await sourcesFor(this.dataSource.manager, workspaceId, mailClass);
    const fresh = { sources, avoided: await avoidedLanes(this.dataSource.manager, sources), until: Date.now() + REMEMBER_SOURCES_MS };
    if (this.sourcesOf.size > MAX_KNOWN) this.sourcesOf.clear();
    this.sourcesOf.set(key, fresh);
    return fresh;
  }

  private async sitesOf(domains: ReadonlySet<string>): Promise<Map<string, SiteOfDomain>> {
    const now = Date.now();
    const sites = new Map<string, SiteOfDomain>();
    const missing: string[] = [];
    for (const domain of domains) {
      const known = this.siteOf.get(domain);
      if (known && known.until > now) sites.set(domain, known.site);
      else missing.push(domain);
    }
    if (missing.length === 0) return sites;
    const found = await this.lookUp(missing);
    if (this.siteOf.size > MAX_KNOWN) this.siteOf.clear();
    for (const domain of missing) {
      const site = found?.get(domain);
      sites.set(domain, site ?? { site: `domain:${domain}`, provider: 'default' });
      if (site) this.siteOf.set(domain, { site, until: now + REMEMBER_MS });
    }
    return sites;
  }

  /** Undefined when DNS takes too long. */
  private async lookUp(domains: readonly string[]): Promise<Map<string, SiteOfDomain> | undefined> {
    const { promise: impatience, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, DNS_PATIENCE_MS, undefined);
    try {
      return await Promise.race([this.sites.lookup(domains), impatience]);
    } finally {
      clearTimeout(timer);
    }
  }
}
