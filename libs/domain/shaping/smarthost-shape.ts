import type { EgressSource } from '#domain/egress';
import { type ProviderShape, type TrafficShaping, shapeOf } from './traffic-shaping.js';

/** How a relay is driven unless its source says otherwise: it is ours or we pay for it, and it says when it has enough. */
const RELAY = { connections: { start: 5, min: 1, max: 20 }, messagesPerConnection: 100, ratePerSecond: Number.POSITIVE_INFINITY } as const;
/** What SES grants new accounts outside its sandbox. */
const SES = { connections: { start: 5, min: 1, max: 10 }, messagesPerConnection: 100, ratePerSecond: 14 } as const;

/** The shape of a smarthost's lane; undefined for a source that is none. */
export function smarthostShape(shaping: TrafficShaping, provider: string, source: EgressSource | undefined): ProviderShape | undefined {
  if (!source?.smarthost) return undefined;
  const { connections, ratePerSecond, messagesPerConnection } = source.smarthost.limits;
  const usual = { ...shapeOf(shaping, provider), ...(shaping.providers[provider] ?? (provider === 'amazon-ses' ? SES : RELAY)) };
  return {
    ...usual,
    ...(connections !== undefined && { connections: { start: Math.min(usual.connections.start, connections), min: 1, max: connections } }),
    ratePerSecond: ratePerSecond ?? usual.ratePerSecond,
    messagesPerConnection: messagesPerConnection ?? usual.messagesPerConnection,
  };
}
