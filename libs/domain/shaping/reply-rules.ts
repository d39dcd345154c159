/** What a lane does about a reply. Durations in minutes, before any time scale. */
export type LaneAction =
  /** Half the rate at once, held, then creeping up. */
  | { readonly kind: 'slow' }
  /** No more than `perMinute` for a while. */
  | { readonly kind: 'rate'; readonly perMinute: number; readonly minutes: number }
  /** One connection, no more, for a while. */
  | { readonly kind: 'one-connection'; readonly minutes: number }
  | { readonly kind: 'suspend'; readonly minutes: number }
  /** As suspend, and meanwhile the other sources of the pool take the lane's mail. */
  | { readonly kind: 'switch-source'; readonly minutes: number }
  /** What waits in the lane, of the message's campaign or all of it, is bounced: it would only be answered the same. */
  | { readonly kind: 'bounce-rest'; readonly of: 'campaign' | 'lane' };

/** What somebody says and what to do about it. Why mail was refused is #protocol/dsn's to say. */
export interface ReplyRule {
  readonly name: string;
  /** Providers it holds for; absent: all that are no relay with rules of its own. */
  readonly providers?: readonly string[];
  /** Of the basic code: `4` for any 4yz, or the whole code. */
  readonly code: number;
  /** The enhanced code (RFC 3463) must begin so. */
  readonly enhanced?: string;
  /** The provider's own token or words; absent: codes alone decide. */
  readonly text?: RegExp;
  readonly action?: LaneAction;
  /** The action waits for so many such replies within an hour; absent: the first one. */
  readonly afterPerHour?: number;
  /** A real reply that it matches. */
  readonly sample: string;
}

export interface ReplyFacts {
  /** RFC 5321 reply code. */
  readonly code: number;
  /** RFC 3463 enhanced code, if the reply has one. */
  readonly enhanced?: string | undefined;
  /** All lines in one. */
  readonly text: string;
  /** As the next hop was rolled up: `google`, `yahoo`, …, `default`. */
  readonly provider: string;
}

/** A relay's words mean other things than those of an MX host: rules for all do not hold for it. */
const RELAYS_WITH_OWN_RULES = new Set(['amazon-ses']);

export function matchesRule(rule: ReplyRule, { code, enhanced, text, provider }: ReplyFacts): boolean {
  if (rule.providers ? !rule.providers.includes(provider) : RELAYS_WITH_OWN_RULES.has(provider)) return false;
  if (rule.code < 10 ? Math.floor(code / 100) !== rule.code : code !== rule.code) return false;
  if (rule.enhanced !== undefined && !enhanced?.startsWith(rule.enhanced)) return false;
  return rule.text?.test(text) ?? true;
}
