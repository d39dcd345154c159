import type { SmtpReply, SmtpStage, SmtpTransaction } from '#protocol/smtp';

/** Where to connect. */
export interface SmtpTarget {
  /** Address or name to connect to. */
  readonly host: string;
  readonly port: number;
  /** Name of the MX, for SNI and for records; not an address. */
  readonly hostname: string;
  readonly localAddress?: string;
}

/** Longest silence in milliseconds at each step: RFC 5321 §4.5.3.2, where a minute's patience more avoids sending twice. */
export interface SmtpTimeouts {
  readonly connectMs: number;
  readonly bannerMs: number;
  readonly ehloMs: number;
  readonly starttlsMs: number;
  readonly mailMs: number;
  readonly rcptMs: number;
  readonly dataMs: number;
  /** The reply to the final dot (§4.5.3.2.6): a short one is how mail gets sent twice. */
  readonly dotMs: number;
  readonly quitMs: number;
}

export const defaultTimeouts: SmtpTimeouts = {
  connectMs: 30_000,
  bannerMs: 300_000,
  ehloMs: 300_000,
  starttlsMs: 60_000,
  mailMs: 300_000,
  rcptMs: 300_000,
  dataMs: 120_000,
  dotMs: 600_000,
  quitMs: 2_000,
};

export type TlsMode = 'opportunistic' | 'required' | 'never';

export interface SmtpClientOptions {
  /** Our name, for EHLO. */
  readonly helo: string;
  readonly tls: TlsMode;
  /** Whether the certificate must be valid for `hostname`; opportunistic TLS between mail servers does not ask. */
  readonly rejectUnauthorized?: boolean;
  readonly timeouts?: Partial<SmtpTimeouts>;
  readonly signal?: AbortSignal;
}

export interface ClientTransaction extends SmtpTransaction {
  /** Called in the same turn in which the bytes that complete the message are handed to the socket. */
  readonly beforeFinalDot?: () => void;
}

/**
 * How a transaction ended.
 * - accepted: the server took responsibility
 * - deferred: it said 4xx; rejected: it said 5xx
 * - lost: the conversation broke; `isAmbiguous` when the message was complete and no reply had come
 */
export interface SmtpOutcome {
  readonly kind: 'accepted' | 'deferred' | 'rejected' | 'lost';
  readonly stage: SmtpStage;
  readonly reply?: SmtpReply;
  /** Why the conversation broke, in words. */
  readonly reason?: string;
  readonly isAmbiguous: boolean;
  /** What was said on this connection, from the greeting, without the message; of everything but accepted ones. */
  readonly dialogue?: string;
  readonly tls: boolean;
  readonly durationMs: number;
}

/** A connection could not be made ready for mail. Nothing was sent. */
export class SmtpConnectError extends Error {
  override readonly name = 'SmtpConnectError';

  constructor(
    message: string,
    readonly stage: SmtpStage,
    /** What the server said, if it was the server who refused. */
    readonly reply?: SmtpReply,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
