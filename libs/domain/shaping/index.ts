import { LaneDecisionEntity } from './lane-decision.entity.js';

export { type ReplyFacts, type LaneVerdict, type ReplyVerdict, classifyReply, enhancedCodeOf } from './classify-reply.js';
export { DecisionHistory, type RecordedDecision, forgetOldDecisions, readDecisions } from './decision-history.js';
export type { DecisionFacts, DecisionKind, LaneDecision } from './lane-decision.js';
export { type LaneMood, LaneThrottle, type LaneThrottleOptions, type ThrottleReply } from './lane-throttle.js';
export { type GateVisitor, ProviderGate } from './provider-gate.js';
export { RateMeter } from './rate-meter.js';
export type { LaneAction, ReplyRule } from './reply-rules.js';
export { smarthostShape } from './smarthost-shape.js';
export { TokenBucket } from './token-bucket.js';
export {
  type BackoffShape,
  type ProviderShape,
  type TrafficShaping,
  defaultTrafficShaping,
  loopbackTrafficShaping,
  shapeOf,
} from './traffic-shaping.js';

export const shapingEntities = [LaneDecisionEntity];
