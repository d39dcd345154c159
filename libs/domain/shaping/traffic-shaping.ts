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

export interface TrafficShaping {
  readonly providers: Readonly<Record<string, ProviderShape>> & { readonly default: ProviderShape };
  readonly backoff: BackoffShape;
  /** Multiplies the durations that reply rules prescribe. */
  readonly ruleTimeScale: number;
}

const shape = (
  start: number,
  min: number,
  max: number,
  messagesPerConnection: number,
  ratePerSecond: number,
  deadAfterFailures: number,
): ProviderShape => ({
  connections: { start, min, max },
  messagesPerConnection,
  ratePerSecond,
  deadAfterFailures,
});

const MINUTE = 60_000;

/** Public limits of large providers, and what experienced operators begin with where a provider publishes none. */
export const defaultTrafficShaping: TrafficShaping = {
  providers: {
    default: shape(2, 1, 10, 100, 5, 3),
    google: { ...shape(5, 1, 20, 50, 20, 5), providerConnections: 20, requiresTls: true },
    yahoo: { ...shape(10, 1, 50, 20, 20, 10), providerConnections: 50 },
    'yahoo-japan': shape(2, 1, 2, 20, 10, 5),
    'outlook-consumer': { ...shape(5, 1, 10, 50, 10, 5), providerConnections: 10 },
    // Every customer has an MX host of its own: five for one, forty for all of them.
    microsoft365: { ...shape(5, 1, 10, 50, 20, 10), providerConnections: 40 },
    icloud: { ...shape(5, 1, 10, 5, 5, 5), providerConnections: 10 },
    gmx: { ...shape(4, 1, 4, 20, 5, 5), requiresTls: true },
    orange: { ...shape(2, 1, 2, 100, 2, 5), requiresTls: true },
    comcast: { ...shape(10, 1, 25, 1000, 10, 24), requiresTls: true },
    mimecast: shape(5, 1, 10, 100, 5, 10),
    barracuda: shape(5, 1, 10, 15, 5, 10),
  },
  backoff: {
    suspendLadderMs: [5, 15, 30, 60, 120, 240].map((minutes) => minutes * MINUTE),
    rateHoldMs: 10 * MINUTE,
    creepShare: 0.05,
    creepEveryMs: MINUTE,
    oneReductionPerMs: 5_000,
    reconnectMs: 1_000,
  },
  ruleTimeScale: 1,
};

/** For next hops that are ours (the simulator, benches, a smarthost): wide limits, and backing off in seconds. */
export function loopbackTrafficShaping(
  more: { readonly timeScale?: number; readonly shape?: Partial<ProviderShape> } = {},
): TrafficShaping {
  const timeScale = more.timeScale ?? 60;
  return {
    providers: { default: { ...shape(8, 1, 20, 1000, Number.POSITIVE_INFINITY, 5), ...more.shape } },
    backoff: {
      suspendLadderMs: defaultTrafficShaping.backoff.suspendLadderMs.map((ms) => ms / timeScale),
      rateHoldMs: defaultTrafficShaping.backoff.rateHoldMs / timeScale,
      creepShare: 0.05,
      creepEveryMs: MINUTE / timeScale,
      oneReductionPerMs: Math.max(200, 5_000 / timeScale),
      reconnectMs: 200,
    },
    ruleTimeScale: 1 / timeScale,
  };
}

export function shapeOf(shaping: TrafficShaping, provider: string): ProviderShape {
  return shaping.providers[provider] ?? shaping.providers.default;
}
