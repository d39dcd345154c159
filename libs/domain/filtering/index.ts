import { QuarantinedMessageEntity } from './quarantined-message.entity.js';
import { SpamMoveEntity, SpamTokenEntity, SpamTotalsEntity, SpamTrainingEntity } from './spam-training.entity.js';

export {
  type FilterAction,
  type FilterMode,
  type FilterResult,
  MessageFilter,
  type ReceivedMail,
  type Scanners,
  filterModes,
} from './message-filter.js';
export {
  type HeldMessage,
  MAX_DECIDED,
  Quarantine,
  type QuarantineCause,
  type QuarantineQuery,
  type QuarantineState,
  type QuarantinedMessage,
  type ReleaseRoute,
  holdMessage,
} from './quarantine.js';
export { forgetFiltering } from './retention.js';
export { learnFromMoves, rememberMove } from './spam-moves.js';
export { SpamTraining, type TrainingChange, type TrainingKind } from './spam-training.js';

export const filteringEntities = [SpamTokenEntity, SpamTotalsEntity, SpamTrainingEntity, SpamMoveEntity, QuarantinedMessageEntity];
