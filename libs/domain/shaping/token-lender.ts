/** Tokens of one limit that a process asks for. */
export interface TokenRequest {
  readonly key: string;
  readonly kind: 'rate' | 'daily';
  /** Messages a second, or a day. */
  readonly amount: number;
  /** So many at most; 0 only gives back. */
  readonly want: number;
  /** Tokens of an earlier loan that were not needed. */
  readonly unused: number;
  /** Of a daily limit: the day that they were for. */
  readonly unusedDay: string | undefined;
}

/** What was lent. */
export interface TokenLoan {
  readonly key: string;
  /** 0: none now. */
  readonly tokens: number;
  /** Of a rate: until the first may be used, then one every 1 / rate seconds; may be negative. Where none was lent: until there may be one. */
  readonly inMs: number;
  /** Of a daily limit: the day, and how many tokens of it are left for everybody. */
  readonly day: string;
  readonly left: number;
}

/**
 * Keeps what all processes together have taken of each limit, and lends small parts of what is left.
 *
 * A rate is a line of time on which every token is a place: what is lent to one process nobody else gets, so together they
 * keep the rate whoever asks how often. Places lie at most `HORIZON_MS` ahead and `SLACK_MS` behind, which is what a limit can
 * be passed by within any span of time. A day's volume is a count; what was lent and not given back counts as used.
 */
export interface TokenLender {
  /** One round trip, whatever the number of requests. Limits are told apart by key, each at most once. */
  lend(requests: readonly TokenRequest[]): Promise<TokenLoan[]>;
  close(): Promise<void>;
}

/** How far ahead places of a rate are lent. */
export const HORIZON_MS = 2_000;
/** Places that passed while nobody asked may still be used for so long: asking takes time too. */
export const SLACK_MS = 250;
