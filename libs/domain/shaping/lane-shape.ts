import { applyShape } from './shaping-file.js';
import { type ProviderShape, type TrafficShaping, shapeOf } from './traffic-shaping.js';

/** The shape of one lane: of its provider, with what a user wants otherwise: what names more of the lane goes over what names less. */
export function laneShape(
  shaping: TrafficShaping,
  lane: { readonly provider: string; readonly site: string; readonly source: string | undefined },
  usual: ProviderShape = shapeOf(shaping, lane.provider),
): ProviderShape {
  const own = lane.source === undefined ? undefined : shaping.sources?.[lane.source];
  const overrides = [shaping.sites?.[lane.site], own?.all, own?.providers[lane.provider], own?.sites[lane.site]];
  return overrides.reduce<ProviderShape>((shape, override) => applyShape(shape, override), usual);
}
