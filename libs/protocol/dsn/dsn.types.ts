import type { BounceClass } from '#base/contracts';

/** What a program answered for. */
export type AutoReplyCause = 'absence' | 'challenge' | 'address-changed' | 'other';

export type InboundKind = 'bounce' | 'delayed' | 'complaint' | 'auto-reply' | 'reply' | 'other';

/** What a report says of the message it is about. Written by strangers: nothing in it is proof of anything. */
export interface OriginalMessage {
  /** Without angle brackets, as the other ids here. */
  readonly messageId?: string;
  /** `Return-Path` of the returned copy, or ARF's `Original-Mail-From`. */
  readonly returnPath?: string;
  readonly listUnsubscribe?: string;
  readonly replyTo?: string;
  readonly from?: string;
  readonly to?: string;
  /** Whom it was for, by the headers of the copy. */
  readonly recipient?: string;
  readonly subject?: string;
}

export interface Attachment {
  readonly fileName: string;
  readonly type: string;
  /** In its transfer encoding. */
  readonly encodedBytes: number;
}

/** What an incoming message is and says. */
export interface InboundReading {
  readonly kind: InboundKind;
  /** The address that the report is about: as we sent it, where the report knows it. Lower case domain not assured. */
  readonly recipient?: string;
  /** Every address the report names as failed, delayed or complaining, `recipient` among them. */
  readonly recipients: readonly string[];
  /** Of bounces: whether the same message would fail again (class 5 of RFC 3463). False for what is only delayed. */
  readonly permanent?: boolean;
  readonly class?: BounceClass;
  readonly enhancedCode?: string;
  readonly smtpCode?: number;
  /** The words of the server, one line. */
  readonly reason?: string;
  /** One plain sentence for the one who sent: what happened, and what to do. */
  readonly explanation: string;
  readonly reportingMta?: string;
  readonly remoteMta?: string;
  /** RFC 5965 §3.1 of complaints: `abuse`, `fraud`, … */
  readonly feedbackType?: string;
  readonly originalMessageId?: string;
  /** Of answers of programs: why, as far as their words tell. */
  readonly cause?: AutoReplyCause;
  /** Of answers of people: the person wants no more mail, in plain words of their own. */
  readonly wantsOut?: boolean;
  /** Of answers: what is attached. */
  readonly attachments?: readonly Attachment[];
  /** What the answering person wrote, without quotations and signature; at most 2,000 characters. */
  readonly words?: string;
  readonly original: OriginalMessage;
  /** Addresses that may be our return path: every one that an inner copy or a report field gives as such. */
  readonly returnPathCandidates: readonly string[];
  /** Of the incoming message itself. */
  readonly headers: MessageHeaders;
}

export interface MessageHeaders {
  readonly from: string;
  readonly fromAddress: string;
  readonly subject: string;
  readonly messageId: string;
  readonly inReplyTo: string;
  readonly references: string;
}

/** What `chapar bounce explain` prints. */
export interface BounceExplanation {
  readonly kind: InboundKind;
  readonly recipient?: string;
  readonly permanent?: boolean;
  readonly class?: BounceClass;
  readonly enhancedCode?: string;
  readonly reason?: string;
  readonly explanation: string;
}

/** What is known of a message beside its bytes. */
export interface EnvelopeHints {
  /** RFC 5321 MAIL FROM; '' is the null sender of reports (RFC 3464 §2). */
  readonly envelopeSender?: string;
}
