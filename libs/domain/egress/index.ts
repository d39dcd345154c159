import { EgressPoolEntity, EgressPoolMemberEntity } from './egress-pool.entity.js';
import { EgressSourceEntity } from './egress-source.entity.js';

export { type Candidate, chooseSource } from './choose-source.js';
export {
  EgressDirectory,
  type EgressDirectoryOptions,
  type EgressPath,
  type EgressSource,
  type FixedTls,
  type Smarthost,
} from './egress-directory.js';
export { EgressPoolEntity, EgressPoolMemberEntity } from './egress-pool.entity.js';
export { EgressPools, type PoolView, type StreamView, readPool } from './egress-pools.js';
export { EgressSourceEntity } from './egress-source.entity.js';
export { EgressSources, type SourceOptions, type SourceView, readSource } from './egress-sources.js';
export { egressError } from './egress.errors.js';
export {
  type PoolMembers,
  type ProxySettings,
  type SmarthostSettings,
  type SourceChange,
  type SourceState,
  type Stream,
  egressName,
  poolMembersSchema,
  sourceChangeSchema,
  sourceStates,
  streams,
} from './egress.schema.js';
export { isLocalAddress } from './local-addresses.js';
export {
  DEFAULT_POOL,
  type PoolMember,
  type SmarthostSite,
  isSmarthostSite,
  memberOfSource,
  membersOfPool,
  membersOfStream,
  smarthostSite,
  streamOf,
  takers,
} from './pool-members.js';
export { SES_CONFIGURATION_SET, sesEndpoint, sesSmtpPassword } from './ses.js';

export const egressEntities = [EgressSourceEntity, EgressPoolEntity, EgressPoolMemberEntity];
