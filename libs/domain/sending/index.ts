import { AttemptEntity } from './attempt.entity.js';
import { BatchEntity } from './batch.entity.js';
import { DeliveryEntity } from './delivery.entity.js';
import { DomainSiteEntity } from './domain-site.entity.js';
import { egressEntities } from '#domain/egress';
import { shapingEntities } from '#domain/shaping';
import { LaneEntity } from './lane.entity.js';
import { MtaWorkerEntity } from './mta-worker.entity.js';
import { QueueOrderEntity } from './queue-order.entity.js';
import { ReturnReportEntity } from './return-report.entity.js';
import { StsPolicyEntity } from './sts-policy.entity.js';
import { TlsReportEntity } from './tls-report.entity.js';
import { TlsSessionEntity } from './tls-session.entity.js';

export type { AttemptTls } from './attempt-tls.js';
export type { TlsSessionNote } from './connect-next-hop.js';
export { DeliveryEngine, type DeliveryEngineOptions, type EngineStats } from './delivery-engine.js';
export { QUEUE_CHANNEL } from './channels.js';
export { BATCH_SIZE, type EnqueueInput, enqueueDeliveries } from './enqueue-deliveries.js';
export { type LaneRef, avoidedLanes, ensureLanes, laneKey, pickLane, sourcesFor } from './lane-assignment.js';
export { type Moved, avoidLane, moveStranded } from './move-mail.js';
export { WarmupControl } from './warmup-control.js';
export { EgressControl } from './egress-control.js';
export { formatDate, messageIdOf } from './message-builder.js';
export { type MessageSpool, type SlotKind, type SpoolBlobs, fillSlots } from './message-spool.js';
export { type SettledBatch, settleWholeBatches } from './settle-batches.js';
export {
  type MessageTrace,
  type QueuePlace,
  type TracedAttempt,
  type TracedEvent,
  type TracedInbound,
  traceMessage,
} from './message-trace.js';
export type { SigningKeySource } from './message-sources.js';
export { QueueAdmin, type QueueChange, type MoveTarget, type SuspendOptions } from './queue-admin.js';
export type { OperatorScope, QueueSelection } from './queue-selection.js';
export { type QueueFilter, type QueueOrder } from './queue-orders.js';
export type { LaneDetails, LaneView } from './queue-view.js';
export { RetryPolicy, type RetrySchedule, retrySchedules } from './retry-schedule.policy.js';
export { ReturnReports, type ReturnReportsOptions } from './return-reports.js';
export { SendingControl } from './sending-control.js';
export { SiteDirectory, type SiteOfDomain } from './site-directory.js';
export { stsPolicyStore, sweepStsPolicies } from './sts-policies.js';
export { TlsReporter, type TlsReporterOptions } from './tls-reporter.js';
export { TlsSessionCounter } from './tls-session-counter.js';

export type { TlsGuard } from './ways-out.js';

export const sendingEntities = [
  ...egressEntities,
  ...shapingEntities,
  LaneEntity,
  BatchEntity,
  DomainSiteEntity,
  MtaWorkerEntity,
  DeliveryEntity,
  AttemptEntity,
  QueueOrderEntity,
  StsPolicyEntity,
  TlsSessionEntity,
  TlsReportEntity,
  ReturnReportEntity,
];
