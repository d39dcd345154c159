import { DkimKeyEntity, DomainEntity } from './domain.entity.js';

export { type SecretSealer, SigningKeys, type SigningKeySet } from './dkim-keys.js';
export { type DkimKeyState, DkimRotation, type RotationSchedule, type RotationStep, rotationLimits } from './dkim-rotation.js';
export { type DnsRecord, DomainService, type RecordCheck, type RecordLookup, SANDBOX_DOMAIN } from './domain.service.js';
export { nextHopsFor } from './next-hops.js';
export type { DomainEntity, DomainStatus } from './domain.entity.js';

export const deliverabilityEntities = [DomainEntity, DkimKeyEntity];
