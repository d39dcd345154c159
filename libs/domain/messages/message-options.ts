import { MailClass } from '#base/contracts';
import type { DraftProblems } from './draft-problems.js';
import { type MessageOptions, type MessagePriority, messageLimits } from './message-draft.js';
import type { PreparedMessage } from './prepared-message.js';

const classOf: Readonly<Record<MessagePriority, MailClass>> = {
  high: MailClass.oneTimeCode,
  normal: MailClass.transactional,
  low: MailClass.bulk,
};

const DAY_MS = 24 * 3600_000;
/** Everything but a code is worth three days of trying. */
export const LIFETIME_MS = 3 * DAY_MS;
/** A code that comes an hour late is of no use any more. */
const lifetimeMs: Readonly<Record<MailClass, number>> = {
  [MailClass.oneTimeCode]: 3600_000,
  [MailClass.transactional]: LIFETIME_MS,
  [MailClass.bulk]: LIFETIME_MS,
};
const MINUTE_MS = 60_000;
const DEFAULT_STREAM = 'transactional';

export type PreparedOptions = Pick<PreparedMessage, 'class' | 'stream' | 'topicId' | 'tags' | 'metadata' | 'scheduledAt' | 'expiresAt'>;

/** What a sender wants done with a message, checked and with what is left out filled in. */
export function prepareOptions(options: MessageOptions, now: Date, problems: DraftProblems): PreparedOptions {
  const { tags = [], metadata = {}, priority = 'normal', stream = DEFAULT_STREAM, topicId = null } = options;
  if (tags.length > messageLimits.tags) problems.add('tags', 'too_many', `more than ${messageLimits.tags}`);
  for (const [i, { name, value }] of tags.entries()) {
    // As Resend allows, so that a tag can stand in headers and URLs.
    if (!/^[A-Za-z0-9_-]{1,256}$/.test(name)) problems.add(`tags[${i}].name`, 'invalid', 'has 1 to 256 letters, digits, _ and -');
    if (!/^[A-Za-z0-9_-]{0,256}$/.test(value)) problems.add(`tags[${i}].value`, 'invalid', 'has up to 256 letters, digits, _ and -');
  }
  const entries = Object.entries(metadata);
  if (entries.length > messageLimits.metadataEntries) problems.add('metadata', 'too_many', `more than ${messageLimits.metadataEntries}`);
  for (const [name, value] of entries) {
    problems.headerText(`metadata.${name.slice(0, 50)}`, name, 100);
    if (value.length > messageLimits.valueCharacters) problems.add(`metadata.${name.slice(0, 50)}`, 'too_long', 'is too long');
    if (value.includes('\0')) problems.add(`metadata.${name.slice(0, 50)}`, 'control_character', 'holds a NUL');
  }
  if (!/^[A-Za-z0-9_.-]{1,60}$/.test(stream)) problems.add('stream', 'invalid', 'has 1 to 60 letters, digits, dots, _ and -');
  const mailClass = classOf[priority];
  const scheduledAt = options.scheduledAt && options.scheduledAt > now ? options.scheduledAt : null;
  const start = scheduledAt ?? now;
  if (start.getTime() - now.getTime() > messageLimits.scheduleDays * DAY_MS)
    problems.add('scheduled_at', 'too_far', `is more than ${messageLimits.scheduleDays} days away`);
  // To the minute: mail that ends together can wait together.
  const expiresAt = options.expiresAt ?? new Date(Math.ceil((start.getTime() + lifetimeMs[mailClass]) / MINUTE_MS) * MINUTE_MS);
  if (expiresAt <= start) problems.add('expires_at', 'invalid', 'is over before the message may leave');
  return { class: mailClass, stream, topicId, tags, metadata, scheduledAt, expiresAt };
}
