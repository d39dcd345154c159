import type { DailyVolume, SharedLimit } from './shared-limit.js';
import { type Pass, type Refusal, type SharedLimits, isRefusal } from './shared-limits.js';
import type { ProviderShape } from './traffic-shaping.js';

/** Which lane it is, and by which names people know it. */
export interface LanePlace {
  readonly sourceId: number;
  readonly source: string;
  readonly site: string;
  /** `default` for a site of no known provider. */
  readonly provider: string;
}

/** What a message under a limit may do. */
export type LaneAnswer =
  Pass | (Refusal & { /** Whether the whole lane waits, or only mail of this signing domain. */ readonly isOfLane: boolean });

const FREE: Pass = { spend: () => undefined, release: () => undefined };

/** The shared limits that one lane's mail is under: those of its source and place, those of each signing domain, and warm-up plans. */
export class LaneLimits {
  private readonly fixed: readonly SharedLimit[];
  private readonly ofDomain = new Map<string, readonly SharedLimit[]>();

  /**
   * @param shared absent: nothing is limited beyond the lane
   * @param plans the lane's warm-up volumes as they are now
   */
  constructor(
    private readonly place: LanePlace,
    private readonly shape: ProviderShape,
    private readonly shared: SharedLimits | undefined,
    private readonly plans: () => readonly DailyVolume[] = () => [],
  ) {
    this.fixed = limitsOfPlace(place, shape);
  }

  /** @param domain that signs the message; none: it is under the lane's limits alone */
  take(domain: string | undefined): LaneAnswer {
    if (!this.shared) return FREE;
    const ofLane = [...this.fixed, ...this.plans()];
    const ofDomain = domain === undefined ? [] : this.limitsOf(domain);
    if (ofLane.length + ofDomain.length === 0) return FREE;
    const answer = this.shared.take([...ofLane, ...ofDomain]);
    return isRefusal(answer) ? { ...answer, isOfLane: !ofDomain.includes(answer.limit) } : answer;
  }

  private limitsOf(domain: string): readonly SharedLimit[] {
    let limits = this.ofDomain.get(domain);
    if (!limits) this.ofDomain.set(domain, (limits = limitsOfDomain(domain, this.place, this.shape)));
    return limits;
  }
}

function limitsOfPlace({ sourceId, source, site, provider }: LanePlace, shape: ProviderShape): SharedLimit[] {
  const by = `source:${sourceId}`;
  const isKnown = provider !== 'default';
  return [
    ...(isKnown ? rateOf(`${by} provider:${provider}`, `${source} to ${provider}`, shape.providerRatePerSecond) : []),
    ...(isKnown ? volumeOf(`${by} provider:${provider}`, `${source} to ${provider}`, shape.providerPerDay) : []),
    ...volumeOf(`${by} site:${site}`, `${source} to ${isKnown ? `${provider} (${site})` : site}`, shape.perDay),
  ];
}

/** A provider judges a domain over all of its sites. */
function limitsOfDomain(domain: string, { site, provider }: LanePlace, shape: ProviderShape): SharedLimit[] {
  const there = provider === 'default' ? `site:${site}` : `provider:${provider}`;
  const label = `${domain} to ${provider === 'default' ? site : provider}`;
  return [
    ...rateOf(`dkim:${domain} ${there}`, label, shape.domainRatePerSecond),
    ...volumeOf(`dkim:${domain} ${there}`, label, shape.domainPerDay),
  ];
}

function rateOf(key: string, label: string, perSecond = Number.POSITIVE_INFINITY): SharedLimit[] {
  return Number.isFinite(perSecond) ? [{ kind: 'rate', key: `rate ${key}`, label, perSecond }] : [];
}

function volumeOf(key: string, label: string, perDay = Number.POSITIVE_INFINITY): SharedLimit[] {
  return Number.isFinite(perDay) ? [{ kind: 'daily', key: `day ${key}`, label, perDay }] : [];
}

/** In a sentence for people: whose volume is used up, and when it goes on. */
export function explainUsedUp({ limit }: Refusal, now: number, until: number): string {
  const amount = limit.kind === 'daily' ? `${limit.perDay} a day` : `${limit.perSecond}/s`;
  const what = limit.kind === 'daily' && limit.why !== undefined ? limit.why : `${limit.label}: the limit is ${amount}`;
  return `${what}; used up at ${minute(now)} UTC, goes on at ${minute(until)} UTC`;
}

function minute(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}
