import { defaultTrafficShaping } from './shaping-file.js';
import { type ProviderShape, type TrafficShaping, defaultBackoff } from './traffic-shaping.js';

const MINUTE = 60_000;

/** For next hops that are ours (the simulator, benches, a smarthost): wide limits, and backing off in seconds. */
export function loopbackTrafficShaping(
  more: { readonly timeScale?: number; readonly shape?: Partial<ProviderShape> } = {},
): TrafficShaping {
  const timeScale = more.timeScale ?? 60;
  return {
    providers: {
      default: {
        connections: { start: 8, min: 1, max: 20 },
        messagesPerConnection: 1000,
        ratePerSecond: Number.POSITIVE_INFINITY,
        deadAfterFailures: 5,
        ...more.shape,
      },
    },
    rules: defaultTrafficShaping().rules,
    backoff: {
      suspendLadderMs: defaultBackoff.suspendLadderMs.map((ms) => ms / timeScale),
      rateHoldMs: defaultBackoff.rateHoldMs / timeScale,
      creepShare: 0.05,
      creepEveryMs: MINUTE / timeScale,
      oneReductionPerMs: Math.max(200, 5_000 / timeScale),
      reconnectMs: 200,
    },
    ruleTimeScale: 1 / timeScale,
  };
}
