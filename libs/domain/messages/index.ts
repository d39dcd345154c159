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
export { type LastEvent, MessageDirectory, type MessageDetail, type MessageSummary, type PageQuery } from './message-directory.js';
export type { MessageRecipients } from './prepared-message.js';
export { type MailgunForm, fromMailgun } from './compat/mailgun.js';
export {
  fromPostmark,
  type PostmarkEmail,
  type PostmarkTemplateEmail,
  postmarkAccepted,
  postmarkEmailSchema,
  postmarkErrorCode,
  postmarkMessage,
  postmarkMessageDetails,
  postmarkTemplateSchema,
} from './compat/postmark.js';
export { fromSendGrid, isSendGridRehearsal, type SendGridMail, sendgridMailSchema } from './compat/sendgrid.js';
export { type SubmittedMail, type Submitter, SubmissionIntake } from './submission/submission-intake.js';
export { attachmentFetcher } from './wire/fetch-attachment.js';
export { parseSchedule } from './wire/parse-schedule.js';
export { presentEmail, presentEmailDetail } from './wire/present-email.js';
export { type LifeEvent, presentLife } from './wire/present-life.js';
export { MAX_BATCH, type SendEmailRequest, rescheduleSchema, sendEmailSchema } from './wire/send-email.schema.js';
export { type AttachmentFetch, time, toDraft } from './wire/to-draft.js';

export const messagesEntities = [MessageEntity, MessageBodyEntity, IdempotencyKeyEntity];
