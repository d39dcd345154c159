/** Bytes as a string, one character (0–255) a byte; NUL never occurs. Headers stay encoded as they came (RFC 2047, 2231). */
export type ByteString = string;

/** Bytes of the stored message: `[start, start + length)`. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** RFC 9051 §7.5.2: a mailbox, or a group's beginning (`mailbox` is its name, `host` null) or end (both null). */
export interface EnvelopeAddress {
  readonly name: ByteString | null;
  readonly route: ByteString | null;
  readonly mailbox: ByteString | null;
  readonly host: ByteString | null;
}

/** ENVELOPE's ten fields; `sender` and `replyTo` are `from` where the message has none. */
export interface Envelope {
  readonly date: ByteString | null;
  readonly subject: ByteString | null;
  readonly from: readonly EnvelopeAddress[];
  readonly sender: readonly EnvelopeAddress[];
  readonly replyTo: readonly EnvelopeAddress[];
  readonly to: readonly EnvelopeAddress[];
  readonly cc: readonly EnvelopeAddress[];
  readonly bcc: readonly EnvelopeAddress[];
  readonly inReplyTo: ByteString | null;
  readonly messageId: ByteString | null;
}

/** `name` and `value` in turns, RFC 2231 pieces joined, their encoding left. */
export type Parameters = readonly (readonly [name: ByteString, value: ByteString])[];

export interface Disposition {
  readonly type: ByteString;
  readonly parameters: Parameters;
}

interface PartBase {
  /** Its header with the empty line that ends it; empty where it has none. */
  readonly header: ByteRange;
  readonly body: ByteRange;
  /** Line ends in the body. */
  readonly lines: number;
  readonly type: ByteString;
  readonly subtype: ByteString;
  readonly parameters: Parameters;
  readonly id: ByteString | null;
  readonly description: ByteString | null;
  /** `7bit` where the header names none. */
  readonly encoding: ByteString;
  readonly md5: ByteString | null;
  readonly disposition: Disposition | null;
  readonly language: readonly ByteString[];
  readonly location: ByteString | null;
}

export interface LeafPart extends PartBase {
  readonly kind: 'leaf';
}
/** `children` is never empty: a multipart without parts has one empty text/plain. */
export interface MultipartPart extends PartBase {
  readonly kind: 'multipart';
  readonly children: readonly Part[];
}
/** message/rfc822 and message/global whose content could be read. */
export interface MessagePart extends PartBase {
  readonly kind: 'message';
  readonly envelope: Envelope;
  readonly content: Part;
}
export type Part = LeafPart | MultipartPart | MessagePart;

/** A message as its parts' places in its bytes; everything FETCH says of it is computed from this and from ranges of the bytes. */
export interface MessageStructure {
  /** Of the parser: recompute what an older one made. */
  readonly version: number;
  readonly sizeBytes: number;
  readonly envelope: Envelope;
  readonly root: Part;
  /** Parts or levels beyond the limits were left unread and stand as leaves. */
  readonly isTruncated: boolean;
}
