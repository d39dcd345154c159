/** Results of RFC 8601 §2.7, the ones that we tell apart. */
export type AuthenticationResult = 'pass' | 'fail' | 'softfail' | 'neutral' | 'policy' | 'none' | 'temperror' | 'permerror';

export interface SpfSignal {
  readonly result: AuthenticationResult;
  /** Of MAIL FROM, or of HELO where that is empty. */
  readonly domain: string;
}

export interface DkimSignal {
  readonly result: AuthenticationResult;
  /** d= */
  readonly domain: string;
  /** s= */
  readonly selector: string;
  /** The domain of From: is the same, or of the same organisation where its policy allows that. */
  readonly isAligned: boolean;
  /** Nothing could be added to the body (no l=). */
  readonly coversBody: boolean;
  /** Why it is not `pass`. */
  readonly comment?: string;
}

export interface DmarcSignal {
  /** `permerror`: no single author domain, so nothing can be said for it. */
  readonly result: AuthenticationResult;
  /** Of From:, lower case; '' when there is none or there are several. */
  readonly domain: string;
  /** What the domain asks for where the result is `fail`; null when it publishes nothing. */
  readonly policy: 'none' | 'quarantine' | 'reject' | null;
  readonly isSpfAligned: boolean;
}

/** What was known of a message when it was received, stored beside it as `inbound_messages.reception`. */
export interface ReceptionSignals {
  /** Of the client, IPv4 or IPv6 without a zone. */
  readonly remoteAddress: string;
  readonly helo: string;
  readonly isTls: boolean;
  readonly spf: SpfSignal;
  /** In the order of the message, ten at most. */
  readonly dkim: readonly DkimSignal[];
  readonly dmarc: DmarcSignal;
  readonly arc: { readonly result: AuthenticationResult };
  /** Names whose addresses contain the client's (RFC 1912 §2.1: forward-confirmed); absent: not looked up. */
  readonly reverseNames?: readonly string[];
  /** Block lists that have the client's address. */
  readonly listedBy?: readonly { readonly list: string; readonly reason?: string }[];
}
