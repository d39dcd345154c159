import type { MailClass } from '#base/contracts';
import type { MessageSpool } from '#domain/sending';
import type { DsnRequest } from './message-draft.js';

/** A message that is complete and checked, short of being written down. */
export interface PreparedMessage {
  readonly id: string;
  readonly workspaceId: string;
  readonly domainId: string;
  readonly apiKeyId: string | null;
  readonly origin: 'api' | 'smtp';
  readonly class: MailClass;
  readonly stream: string;
  /** The From field, decoded. */
  readonly sender: string;
  readonly recipients: MessageRecipients;
  readonly replyTo: readonly string[];
  readonly subject: string;
  /** The Message-ID field. */
  readonly messageId: string;
  readonly topicId: string | null;
  readonly tags: readonly { readonly name: string; readonly value: string }[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly envelopeFrom: string;
  readonly dsn: DsnRequest | null;
  readonly spool: MessageSpool;
  /** The bytes; in the blob where `blob` names one. */
  readonly content: Buffer;
  readonly blob: string | null;
  readonly scheduledAt: Date | null;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly deliveries: readonly PreparedDelivery[];
}

export interface MessageRecipients {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
}

/** One envelope recipient. */
export interface PreparedDelivery {
  /** As it goes into the envelope. */
  readonly email: string;
  /** See `addressKey`. */
  readonly key: string;
  readonly domain: string;
}
