import { IdempotencyKeyEntity, MessageBodyEntity, MessageEntity } from './message.entity.js';

export { GroupCommit, type GroupCommitOptions } from './group-commit.js';
export { type IdempotentRequest, sweepIdempotencyKeys } from './idempotency.js';
export {
  type AcceptOptions,
  type AcceptResult,
  type AcceptedMessage,
  type AcceptedMessages,
  MessageAcceptor,
  type MessageAcceptorOptions,
} from './message-acceptor.js';
export {
  type DsnRequest,
  type MessageDraft,
  type MessageOptions,
  type MessagePriority,
  type RawMessage,
  type Submission,
  messageLimits,
} from './message-draft.js';
export type { MessageRecipients } from './prepared-message.js';

export const messagesEntities = [MessageEntity, MessageBodyEntity, IdempotencyKeyEntity];
