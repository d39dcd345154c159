import { normalizeText } from '#base/text';
import { type Envelope, type EnvelopeAddress, decodeHeaderText } from '#protocol/mime-structure';
import { baseSubject } from './base-subject.js';
import { parseSentDate } from './message-date.js';

/** What SORT and THREAD compare, made once for each message and kept. Texts are through `normalizeText`, and in capitals (RFC 5051 §2: `[` is behind `A`). */
export interface OrderSummary {
  /** Sequence number or UID: what the answer names. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly arrival: number;
  /** Of the Date field; the arrival where it has none (RFC 5256 §2.2). */
  readonly sent: number;
  readonly sizeBytes: number;
  /** Mailbox parts of the first address. */
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  /** RFC 5957: its name, or the whole address. */
  readonly displayFrom: string;
  readonly displayTo: string;
  readonly baseSubject: string;
  readonly isReply: boolean;
  /** Without its brackets; empty where it has none. */
  readonly messageId: string;
  /** The oldest first. */
  readonly references: readonly string[];
}

/** So many of the newest references are enough to find a thread; a message with more wants to be expensive. */
const MOST_REFERENCES = 100;

export function orderSummary(
  message: { readonly number: number; readonly internalDate: Date; readonly sizeBytes: number },
  envelope: Envelope,
  /** The References field as it stands, which ENVELOPE has not. */
  references: string | undefined,
): OrderSummary {
  const { base, isReply } = baseSubject(decodeHeaderText(envelope.subject ?? ''));
  const arrival = message.internalDate.getTime();
  const parents = messageIds(references ?? '').slice(-MOST_REFERENCES);
  return {
    number: message.number,
    arrival,
    sent: parseSentDate(envelope.date)?.time ?? arrival,
    sizeBytes: message.sizeBytes,
    from: mailboxOf(envelope.from),
    to: mailboxOf(envelope.to),
    cc: mailboxOf(envelope.cc),
    displayFrom: displayOf(envelope.from),
    displayTo: displayOf(envelope.to),
    baseSubject: collationKey(base),
    isReply,
    messageId: messageIds(envelope.messageId ?? '')[0] ?? '',
    // RFC 5256 §3: of In-Reply-To the first alone, and only without References.
    references: parents.length > 0 ? parents : messageIds(envelope.inReplyTo ?? '').slice(0, 1),
  };
}

const collationKey = (text: string): string => normalizeText(text).toUpperCase();

/** Message-IDs of a field; `<"a"@b>` and `<a@b>` are one (RFC 5256 §3 REFERENCES). */
export function messageIds(field: string): string[] {
  return [...field.matchAll(/<([^<>]{1,998})>/g)].map(([, id]) => id!.replace(/\s+/g, '').replace(/^"([^"\\]+)"@/, '$1@'));
}

function mailboxOf([first]: readonly EnvelopeAddress[]): string {
  return collationKey(first?.mailbox ?? '');
}

function displayOf([first]: readonly EnvelopeAddress[]): string {
  if (first === undefined) return '';
  if (first.name) return collationKey(decodeHeaderText(first.name));
  return collationKey(first.host === null ? (first.mailbox ?? '') : `${first.mailbox}@${first.host}`);
}
