import type { MessageDetail, MessageSummary } from '../message-directory.js';

/** A message as Resend's API shows it in lists. */
export function presentEmail(message: MessageSummary) {
  const { recipients } = message;
  return {
    object: 'email',
    id: message.id,
    message_id: message.messageId,
    from: message.sender,
    to: recipients.to,
    cc: orNull(recipients.cc),
    bcc: orNull(recipients.bcc),
    reply_to: orNull(message.replyTo),
    subject: message.subject,
    created_at: message.createdAt,
    scheduled_at: message.scheduledAt,
    last_event: message.lastEvent,
    topic_id: message.topicId,
    stream: message.stream,
  };
}

export function presentEmailDetail(message: MessageDetail) {
  return { ...presentEmail(message), html: message.html, text: message.text, tags: message.tags, metadata: message.metadata };
}

/** Resend says null where there is nobody. */
function orNull(list: readonly string[]): readonly string[] | null {
  return list.length === 0 ? null : list;
}
