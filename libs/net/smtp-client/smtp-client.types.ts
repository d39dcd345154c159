import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SmtpCredentials, SmtpReply, SmtpStage, SmtpTransaction } from '#protocol/smtp';

/** A proxy that the connection goes by. */
export interface ProxyHop {
  readonly host: string;
  readonly port: number;
  /** For people: what it is and where. */
  readonly label: string;
  /** Tells the proxy, over a fresh connection to it, where to go. From then on the socket is the server's. */
  readonly open: (socket: Socket, to: { readonly host: string; readonly port: number }, timeoutMs: number) => Promise<void>;
}

/** Our addresses, by the family of the server's. With neither the system chooses; with one alone the other family is out of reach. */
export interface LocalAddresses {
  readonly v4?: string | undefined;
  readonly v6?: string | undefined;
}

/** Where to connect. */
export interface SmtpTarget {
  /** Address or name to connect to. */
  readonly host: string;
  readonly port: number;
  /** Name of the MX, for SNI and for records; not an address. */
  readonly hostname: string;
  readonly local?: LocalAddresses | undefined;
  readonly via?: ProxyHop | undefined;
  /** Further addresses of the same host, tried when the first fails or is slow to connect. */
  readonly alternatives?: readonly string[];
}

/** Longest silence in milliseconds at each step: RFC 5321 §4.5.3.2, where a minute's patience more avoids sending twice. */
export interface SmtpTimeouts {
  readonly connectMs: number;
  readonly bannerMs: number;
  readonly ehloMs: number;
  readonly starttlsMs: number;
  readonly authMs: number;
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
  authMs: 60_000,
  mailMs: 300_000,
  rcptMs: 300_000,
  dataMs: 120_000,
  dotMs: 600_000,
  quitMs: 2_000,
};

/** `implicit`: from the first byte (RFC 8314 §3.3), and required as such. */
export type TlsMode = 'opportunistic' | 'required' | 'implicit' | 'never';

/** A TLS session as it was negotiated. */
export interface TlsSession {
  /** `TLSv1.3` */
  readonly version: string;
  /** The name that IANA has for it. */
  readonly cipher: string;
  /** Of the key exchange, such as `X25519MLKEM768`; null where it was no exchange of (EC)DHE or better. */
  readonly group: string | null;
  /** The usual authorities vouch for the certificate, and it is for the name that was asked for. */
  readonly isTrusted: boolean;
  /** OpenSSL's or Node's code, if not. */
  readonly untrustedBecause?: string;
}

/** Who answered over TLS. */
export interface TlsPeer {
  readonly hostname: string;
  readonly isTrusted: boolean;
  readonly untrustedBecause?: string | undefined;
  /** The server's certificate first, then its issuers. */
  readonly chain: () => readonly X509Certificate[];
}

/** Why there is no TLS, or not with whom it should be; `type` is a result type of RFC 8460 §4.3. */
export interface TlsProblem {
  readonly type: string;
  readonly reason: string;
}

export interface SmtpClientOptions {
  /** Our name, for EHLO. */
  readonly helo: string;
  readonly tls: TlsMode;
  /** Judges who answered, where TLS is required; between mail servers it otherwise does not matter. */
  readonly verifyPeer?: (peer: TlsPeer) => TlsProblem | undefined;
  /** For SNI and the certificate, if it is not the target's hostname. */
  readonly serverName?: string;
  /** Authorities in place of the usual ones, PEM. */
  readonly ca?: string;
  /** Who we are to the server. Without TLS the connection fails rather than say it. */
  readonly auth?: SmtpCredentials | undefined;
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
  /** Of a message to several: what became of each, `rcptTo` first. Those who were not refused share the message's fate. */
  readonly recipients?: readonly { readonly kind: SmtpOutcome['kind']; readonly stage: SmtpStage; readonly reply?: SmtpReply }[];
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
    options?: ErrorOptions & { readonly tlsProblem?: TlsProblem },
  ) {
    super(message, options);
    this.tlsProblem = options?.tlsProblem;
  }

  /** Whether it was TLS that failed, and how. */
  readonly tlsProblem: TlsProblem | undefined;
  /** The address that was connected to, if any was. */
  host?: string;
}
