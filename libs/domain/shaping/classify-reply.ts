import { type BounceClass, Outcome } from '#base/contracts';
import { classifyReply as readReply } from '#protocol/dsn';
import { type LaneAction, type ReplyFacts, type ReplyRule, matchesRule } from './reply-rules.js';

export interface LaneVerdict {
  readonly action: LaneAction;
  readonly afterPerHour: number;
  readonly ruleId: number;
  /** Its name; absent where no rule matched. */
  readonly rule?: string;
  /** Such replies must be this share of all answers as well. */
  readonly share?: number;
}

export interface ReplyVerdict {
  readonly outcome: typeof Outcome.delivered | typeof Outcome.deferred | typeof Outcome.bounced;
  /** Of bounces. */
  readonly bounceClass?: BounceClass;
  readonly lane?: LaneVerdict;
}

/** What a reply means for its delivery and for its lane. */
export function classifyReply(facts: ReplyFacts, rules: readonly ReplyRule[]): ReplyVerdict {
  if (facts.code >= 200 && facts.code < 300) return { outcome: Outcome.delivered };
  const isPermanent = facts.code >= 500;
  const ruleId = rules.findIndex((rule) => matchesRule(rule, facts));
  const rule = rules[ruleId];
  const lane = rule?.action && { action: rule.action, afterPerHour: rule.afterPerHour ?? 1, ruleId, rule: rule.name };
  if (isPermanent) return { outcome: Outcome.bounced, bounceClass: readReply(facts).class, ...(lane && { lane }) };
  // RFC 5321 §3.8: 421 closes the channel; a server that says so while we speak wants less of us.
  const unknown = rule ? undefined : facts.code === 421 ? closing : isAboutAddress(facts) ? undefined : unknownDeferral;
  return { outcome: Outcome.deferred, ...((lane ?? unknown) && { lane: lane ?? unknown! }) };
}

const closing: LaneVerdict = { action: { kind: 'slow' }, afterPerHour: 3, ruleId: -1 };
/** One "later" in words that nobody knows says little; when they pile up, the server means us. */
const unknownDeferral: LaneVerdict = { action: { kind: 'slow' }, afterPerHour: 20, ruleId: -3, share: 0.1 };

/** RFC 3463 §3.2, §3.3: X.1 and X.2 are about one address or mailbox. */
function isAboutAddress({ enhanced }: ReplyFacts): boolean {
  return /^4\.[12]\./.test(enhanced ?? '');
}
