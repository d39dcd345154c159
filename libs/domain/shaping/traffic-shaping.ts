import type { ReplyRule } from './reply-rules.js';

/** How one provider wants to be treated, per egress source. */
export interface ProviderShape {
  /** Open connections to one site: where to begin, and between which bounds success and refusals move it. */
  readonly connections: { readonly start: number; readonly min: number; readonly max: number };
  /** Open connections to all sites of the provider together. */
  readonly providerConnections?: number;
  /** Then QUIT and connect anew. */
  readonly messagesPerConnection: number;
  /** Messages per second to one site from a warm address; Infinity for no limit. */
  readonly ratePerSecond: number;
  /** Messages per second to all sites of the provider together; this and the next four are kept by all processes together. */
  readonly providerRatePerSecond?: number;
  /** Messages a day (UTC) to one site, and to all sites of the provider. */
  readonly perDay?: number;
  readonly providerPerDay?: number;
  /** Of one signing domain, from all sources together, to the provider, or to a site of none: messages per second, and a day. */
  readonly domainRatePerSecond?: number;
  readonly domainPerDay?: number;
  /** Connections failing in a row before the site is left alone for a while. */
  readonly deadAfterFailures: number;
  /** Never in the clear: the provider offers TLS always and treats plain text worse. */
  readonly requiresTls?: boolean;
}

/** How a lane backs off and comes back. */
export interface BackoffShape {
  /** Leaving a dead or refusing site alone, longer each time. */
  readonly suspendLadderMs: readonly number[];
  /** A lowered rate stays that low for so long, then creeps up. */
  readonly rateHoldMs: number;
  /** Share of itself by which a lowered rate grows in `creepEveryMs`. */
  readonly creepShare: number;
  readonly creepEveryMs: number;
  /** Refusals that arrive together on several connections lower the rate once. */
  readonly oneReductionPerMs: number;
  /** Wait before connecting again after a failure that is not yet enough to leave the site alone; times the failures in a row. */
  readonly reconnectMs: number;
}

/** What of a shape is to be otherwise. */
export type ShapeOverride = Partial<Omit<ProviderShape, 'connections'>> & { readonly connections?: Partial<ProviderShape['connections']> };

export interface SourceOverrides {
  readonly all: ShapeOverride;
  readonly providers: Readonly<Record<string, ShapeOverride>>;
  readonly sites: Readonly<Record<string, ShapeOverride>>;
}

export interface TrafficShaping {
  readonly providers: Readonly<Record<string, ProviderShape>> & { readonly default: ProviderShape };
  readonly backoff: BackoffShape;
  /** What a user wants otherwise at one site, and from one source. */
  readonly sites?: Readonly<Record<string, ShapeOverride>>;
  readonly sources?: Readonly<Record<string, SourceOverrides>>;
  /** In the order of looking: the first that matches decides what the lane does. */
  readonly rules: readonly ReplyRule[];
  /** Multiplies the durations that reply rules prescribe. */
  readonly ruleTimeScale: number;
}

const MINUTE = 60_000;

export const defaultBackoff: BackoffShape = {
  suspendLadderMs: [5, 15, 30, 60, 120, 240].map((minutes) => minutes * MINUTE),
  rateHoldMs: 10 * MINUTE,
  creepShare: 0.05,
  creepEveryMs: MINUTE,
  oneReductionPerMs: 5_000,
  reconnectMs: 1_000,
};

export function shapeOf(shaping: TrafficShaping, provider: string): ProviderShape {
  return shaping.providers[provider] ?? shaping.providers.default;
}
