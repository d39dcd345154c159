import { AttemptEntity } from './attempt.entity.js';
import { BatchEntity } from './batch.entity.js';
import { DeliveryEntity } from './delivery.entity.js';
import { DomainSiteEntity } from './domain-site.entity.js';
import { EgressSourceEntity } from './egress-source.entity.js';
import { LaneEntity } from './lane.entity.js';
import { MtaWorkerEntity } from './mta-worker.entity.js';

export { BATCH_SIZE, type EnqueueInput, enqueueDeliveries } from './enqueue-deliveries.js';
export { SendingControl } from './sending-control.js';
export { SiteDirectory, type SiteOfDomain } from './site-directory.js';

export const sendingEntities = [EgressSourceEntity, LaneEntity, BatchEntity, DomainSiteEntity, MtaWorkerEntity, DeliveryEntity, AttemptEntity];
