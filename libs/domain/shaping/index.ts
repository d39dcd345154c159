import { LaneDecisionEntity } from './lane-decision.entity.js';
import { ConnectionShareEntity } from './connection-share.entity.js';
import { WarmupDecisionEntity, WarmupPlanEntity } from './warmup-plan.entity.js';
import { TokenLimitEntity } from './token-limit.entity.js';

export { type LaneVerdict, type ReplyVerdict, classifyReply } from './classify-reply.js';
export { DecisionHistory, type RecordedDecision, forgetOldDecisions, readDecisions } from './decision-history.js';
export { ConnectionShares } from './connection-shares.js';
export type { DecisionFacts, DecisionKind, LaneDecision } from './lane-decision.js';
export { type LaneMood, LaneThrottle, type LaneThrottleOptions, type ThrottleReply } from './lane-throttle.js';
export { type GateVisitor, ProviderGate } from './provider-gate.js';
export { RateMeter } from './rate-meter.js';
export { type LaneAction, type ReplyFacts, type ReplyRule, matchesRule } from './reply-rules.js';
export { enhancedCodeOf } from './enhanced-code.js';
export { type LaneAnswer, LaneLimits, type LanePlace, explainUsedUp } from './lane-limits.js';
export { laneShape } from './lane-shape.js';
export { loopbackTrafficShaping } from './loopback-shaping.js';
export { smarthostShape } from './smarthost-shape.js';
export { ShapingFile, defaultTrafficShaping, loadShaping } from './shaping-file.js';
export { TokenBucket } from './token-bucket.js';
export { type BackoffShape, type ProviderShape, type TrafficShaping, shapeOf } from './traffic-shaping.js';

export { PgTokenLender, sweepTokenLimits } from './pg-token-lender.js';
export { RedisTokenLender, SplitTokenLender } from './redis-token-lender.js';
export { type Pass, type Refusal, SharedLimits, isRefusal } from './shared-limits.js';
export type { DailyVolume, SharedLimit, SharedRate } from './shared-limit.js';
export { type WarmupCounter, WarmupDirectory, turnWarmupDays } from './warmup-days.js';
export { type WarmupDecision, type WarmupPlan, WarmupPlans } from './warmup-plans.js';
export { type WarmupRamp, quotaOf, stepsOf } from './warmup-ramp.js';
export { warmupError } from './warmup.errors.js';
export { type WarmupDayCount, type WarmupThresholds, defaultThresholds } from './warmup.policy.js';
export { type WarmupPlanSettings, warmupPlanSchema } from './warmup.schema.js';
export type { TokenLender } from './token-lender.js';

export const shapingEntities = [LaneDecisionEntity, TokenLimitEntity, ConnectionShareEntity, WarmupPlanEntity, WarmupDecisionEntity];
