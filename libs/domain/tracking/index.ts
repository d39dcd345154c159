export { type ActorPolicyOptions, defaultActorPolicy } from './actor.policy.js';
export { type CounterIncrement, type CounterValues, counterTotal, incrementCounters, readCounters } from './counters.js';
export { CounterEntity } from './counter.entity.js';
export { EngagementService, type EngagementOptions, type Hit } from './engagement.service.js';
export { EngagementEntity } from './engagement.entity.js';
export { EventEntity } from './event.entity.js';
export { EventRecorder, type TrackedEvent } from './event-recorder.js';
export { type PreferenceChange, type PreferenceTopic, type Preferences, PreferenceService } from './preference.service.js';
export { TrackingTokens, type TokenClaim, type TokenKind } from './tracking-tokens.js';
export { FEEDBACK_LOOP_LOCAL_PART, TrackingUrls, addressPrefixes, trackingPaths } from './tracking-urls.js';
export { type UnsubscribeFacts, type UnsubscribeRequest, UnsubscribeService } from './unsubscribe.service.js';
import { CounterEntity } from './counter.entity.js';
import { EngagementEntity } from './engagement.entity.js';
import { EventEntity } from './event.entity.js';

export const trackingEntities = [EventEntity, EngagementEntity, CounterEntity];
