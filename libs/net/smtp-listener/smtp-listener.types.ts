import type { Readable } from 'node:stream';
import type { Logger } from '#base/kernel';
import type { DsnEnvelopeParameters, DsnRecipientParameters } from '#protocol/dsn';

/** A refusal in the words of SMTP. */
export interface SmtpRefusal {
  /** RFC 5321 §4.2: 4yz to try again later, 5yz for good; 421 also closes the connection. */
  readonly code: number;
  /** RFC 3463 */
  readonly enhanced: string;
  readonly text: string;
}

/** Thrown by a policy to refuse a message in its own words. */
export class SmtpRefused extends Error {
  override readonly name = 'SmtpRefused';
  constructor(readonly refusal: SmtpRefusal) {
    super(refusal.text);
  }
}

export type RecipientVerdict = 'accept' | SmtpRefusal;

/** What is known of a connection. */
export interface SmtpPeer {
  readonly sessionId: string;
  readonly remoteAddress: string;
  /** As the client named itself; nothing confirms it. */
  readonly helo: string;
  readonly isTls: boolean;
}

export interface SmtpEnvelope extends SmtpPeer {
  /** '' is the null sender. */
  readonly mailFrom: string;
  /** Those that the policy accepted, each once. */
  readonly recipients: readonly string[];
  readonly isSmtpUtf8: boolean;
  /** Who signed in, as `authenticate` returned it; undefined where nobody needs to. */
  readonly user?: unknown;
  /** What the client asked to be told (RFC 3461), where that is offered. */
  readonly dsn?: SmtpDsnRequest | undefined;
}

export interface SmtpDsnRequest extends DsnEnvelopeParameters {
  readonly recipients: Readonly<Record<string, DsnRecipientParameters>>;
}

export interface SmtpCredentials {
  readonly user: string;
  readonly password: string;
}

/** Makes the listener one for submission (RFC 6409): nobody sends without having signed in, and nobody signs in without TLS. */
export interface SubmissionOptions {
  /** @returns who it is, or undefined for wrong credentials; a rejection becomes 454 */
  authenticate(credentials: SmtpCredentials, peer: SmtpPeer): Promise<object | undefined>;
  /**
   * Whether who signed in may begin another message now; if not, 450. The limit of messages for each address does not hold here:
   * an application sends all its mail from one.
   */
  mayBegin?(user: object): boolean;
  /** TLS from the first byte (RFC 8314). */
  readonly isImplicitTls: boolean;
}

export interface SmtpPolicy {
  /** Asked at RCPT. A rejection becomes 451. */
  checkRecipient(address: string, peer: SmtpPeer): Promise<RecipientVerdict>;
  /** How large a message to these recipients may be, where that is less than the listener's own limit: else 552 5.3.4. */
  maxSizeBytes?(recipients: readonly string[]): number | undefined;
  /**
   * Takes a message: our Received field and then the bytes as they came, line ends CRLF. The stream fails when the
   * message turns out to be unacceptable or the client goes away. `250` is sent only after this resolves and the whole
   * stream was read; a rejection becomes 451, and the client keeps the message. An `SmtpRefused` is said as it is.
   * @returns what the 250 says
   */
  onMessage(envelope: SmtpEnvelope, content: Readable): Promise<string | void>;
}

export interface SmtpLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxMessagesPerMinutePerAddress: number;
  readonly maxRecipients: number;
  /** Refused recipients of one connection before it is closed. */
  readonly maxRefusedRecipients: number;
  /** RFC 5321 §4.5.3.2.7 asks for five minutes. */
  readonly idleTimeoutMs: number;
  /** From 354 to the final dot. */
  readonly messageTimeoutMs: number;
  readonly sessionTimeoutMs: number;
  readonly maxHeaderBytes: number;
  /** RFC 5321 §6.3: a message with more Received fields runs in a circle. */
  readonly maxReceivedFields: number;
  /** How long a drain waits for messages in transfer. */
  readonly drainTimeoutMs: number;
}

export const defaultSmtpLimits: SmtpLimits = {
  maxConnections: 500,
  maxConnectionsPerAddress: 20,
  maxMessagesPerMinutePerAddress: 600,
  maxRecipients: 100,
  maxRefusedRecipients: 20,
  idleTimeoutMs: 300_000,
  messageTimeoutMs: 600_000,
  sessionTimeoutMs: 1_800_000,
  maxHeaderBytes: 256 * 1024,
  maxReceivedFields: 50,
  drainTimeoutMs: 25_000,
};

export interface SmtpListenerOptions {
  readonly bind: string;
  /** 0: any free one. */
  readonly port: number;
  /** For the greeting and our Received field. */
  readonly hostname: string;
  /** PEM */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly maxSizeBytes: number;
  readonly policy: SmtpPolicy;
  readonly submission?: SubmissionOptions;
  readonly limits?: Partial<SmtpLimits>;
  /** Peers whom the limits per address do not concern, such as our own simulator. */
  readonly isTrustedPeer?: (remoteAddress: string) => boolean;
  readonly logger: Logger;
  readonly now?: () => Date;
}

export interface RunningSmtpListener {
  readonly port: number;
  updateTls(tls: { readonly key: string; readonly cert: string }): void;
  /** Stops accepting, lets messages in transfer finish, says 421 to the rest, and returns when all are gone. */
  close(): Promise<void>;
}
