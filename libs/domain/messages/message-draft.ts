import type { Attachment } from '#protocol/mime';

/** How urgent a message is: what somebody waits for leaves before everything else. */
export type MessagePriority = 'high' | 'normal' | 'low';

/** What both forms of a message share. */
export interface MessageOptions {
  readonly tags?: readonly { readonly name: string; readonly value: string }[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Leaves not before. */
  readonly scheduledAt?: Date | undefined;
  /** A recipient not reached by then is a bounce of class `expired`; by default 3 days after it may leave. */
  readonly expiresAt?: Date | undefined;
  /** `high` is for one-time codes and the like; by default `normal`. */
  readonly priority?: MessagePriority | undefined;
  /** A name to group by in reports and in Feedback-ID; by default `transactional`. */
  readonly stream?: string | undefined;
  /** A topic of this workspace: the message carries List-Unsubscribe, and those are left out who do not want the topic. */
  readonly topicId?: string | undefined;
  readonly tracking?: { readonly opens?: boolean | undefined; readonly clicks?: boolean | undefined } | undefined;
}

/** A message in its parts, as an HTTP API takes it. Addresses are mailboxes: `user@example.org` or `Name <user@example.org>`. */
export interface MessageDraft extends MessageOptions {
  readonly from: string;
  readonly to: readonly string[];
  readonly cc?: readonly string[];
  readonly bcc?: readonly string[];
  readonly replyTo?: readonly string[];
  readonly subject?: string | undefined;
  readonly html?: string | undefined;
  /** Made from the HTML where it is left out; an empty text leaves it out of the message. */
  readonly text?: string | undefined;
  readonly template?: { readonly id: string; readonly variables: Readonly<Record<string, unknown>> } | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly attachments?: readonly Attachment[];
}

/** What a client of submission asked to be told (RFC 3461). */
export interface DsnRequest {
  readonly envelopeId?: string;
  readonly returns?: 'full' | 'headers';
  /** By recipient address, as in the envelope. */
  readonly recipients?: Readonly<Record<string, { readonly notify?: readonly string[]; readonly originalRecipient?: string }>>;
}

/** A message whole, as SMTP submission takes it. */
export interface RawMessage extends MessageOptions {
  /** RFC 5322, lines ending in CRLF or LF. */
  readonly raw: Buffer;
  /** RFC 5321: where failures are told, and who gets it whatever the header says. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly dsn?: DsnRequest;
}

export type Submission = MessageDraft | RawMessage;

export const messageLimits = {
  recipientsPerField: 50,
  recipientsPerEnvelope: 1_000,
  sizeBytes: 40 * 1024 * 1024,
  subjectCharacters: 2_000,
  headers: 50,
  headerCharacters: 10_000,
  attachments: 100,
  tags: 20,
  metadataEntries: 50,
  valueCharacters: 1_000,
  scheduleDays: 365,
} as const;
