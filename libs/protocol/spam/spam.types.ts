/** One observation about a message: how many points it adds (or takes), and why in a sentence for people. */
export interface RuleHit {
  /** Stable name, kebab-case. */
  readonly rule: string;
  /** Positive speaks for spam. */
  readonly points: number;
  readonly sentence: string;
}

export type SpamVerdict = 'ham' | 'junk' | 'reject';

/** A word or pair of words that decided, as people read it. */
export interface TellingToken {
  readonly token: string;
  /** Of being spam, between 0 and 1. */
  readonly probability: number;
}

export interface SpamJudgement {
  readonly verdict: SpamVerdict;
  /** Sum of the points; `junk` from 5, `reject` from 15 (`defaultThresholds`). */
  readonly score: number;
  /** What the classifier alone says, 0…1. */
  readonly probability: number;
  /** The heaviest first. */
  readonly reasons: readonly RuleHit[];
  /** The most telling first. */
  readonly tokens: readonly TellingToken[];
  /** Why the message should not be opened even if it is wanted: programs, macros, sealed archives. Empty: nothing of the kind. */
  readonly risks: readonly string[];
}

export type MethodResult = 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'temperror' | 'permerror' | 'policy';

/**
 * What the reception of a message told beside its bytes. Everything is optional: what is not known neither helps nor harms.
 */
export interface SpamSignals {
  readonly spf?: MethodResult | undefined;
  /** The best of the signatures. */
  readonly dkim?: MethodResult | undefined;
  readonly dmarc?: MethodResult | undefined;
  /** Policy that the From domain publishes (RFC 7489 §6.3). */
  readonly dmarcPolicy?: 'none' | 'quarantine' | 'reject' | undefined;
  /** A chain by a sealer that is trusted. */
  readonly arc?: MethodResult | undefined;
  /** Whether the client's address has a name that leads back to it. */
  readonly reverseName?: 'confirmed' | 'unconfirmed' | 'none' | undefined;
  readonly helo?: 'matches' | 'differs' | 'invalid' | 'ours' | undefined;
  /** DNS lists that name the client or a domain in the message. */
  readonly listings?: readonly string[] | undefined;
  /** It came to an address with a signed token: its author has seen mail of ours. */
  readonly isAnswer?: boolean | undefined;
  /** When it was received, in ms since 1970; dates are not judged without. */
  readonly receivedAtMs?: number | undefined;
}

/** How much of a message is looked at. Past a limit the rest is left unread: the judgement stands on what came before. */
export interface SpamLimits {
  /** Of the whole message. */
  readonly maxBytes: number;
  readonly maxParts: number;
  readonly maxDepth: number;
  /** Of decoded text, HTML before its tags are taken away. */
  readonly maxTextCharacters: number;
  readonly maxTokens: number;
  readonly maxLinks: number;
  readonly maxAttachments: number;
  /** Of one attachment, decoded. */
  readonly maxAttachmentBytes: number;
}

export const defaultSpamLimits: SpamLimits = {
  maxBytes: 32 * 1024 * 1024,
  maxParts: 300,
  maxDepth: 20,
  maxTextCharacters: 200_000,
  maxTokens: 2_000,
  maxLinks: 300,
  maxAttachments: 50,
  maxAttachmentBytes: 1024 * 1024,
};

export interface SpamThresholds {
  readonly junk: number;
  readonly reject: number;
}

export const defaultThresholds: SpamThresholds = { junk: 5, reject: 15 };
