import type { BounceClass } from '#base/contracts';

/** What a lane's throttle can decide. */
export const decisionKinds = [
  'slow',
  'rate',
  'one-connection',
  'suspend',
  'switch-source',
  'bounce-rest',
  'unreachable',
  'quota',
  'recovered',
] as const;
export type DecisionKind = (typeof decisionKinds)[number];

/** Why a lane is driven as it is from now on. */
export interface LaneDecision {
  readonly at: Date;
  readonly kind: DecisionKind;
  /** For people: who said what, when, and what follows until when. */
  readonly sentence: string;
  /** As received; empty where nobody said anything. */
  readonly reply: string;
  readonly facts: DecisionFacts;
}

export interface DecisionFacts {
  /** The rule that the reply matched; absent where there was none. */
  readonly rule?: string;
  /** Messages a second from now on. */
  readonly ratePerSecond?: number;
  readonly connections?: number;
  /** ISO 8601. */
  readonly until?: string;
  /** The same decision, taken again within a minute, is one: so often. */
  readonly times?: number;
  /** Names of the sources that took the mail. */
  readonly movedTo?: readonly string[];
  /** Whose waiting mail is bounced; absent: all of the lane's. */
  readonly campaignId?: string;
  readonly bounceClass?: BounceClass;
  /** Messages in the queue that were; those in the hands of senders follow. */
  readonly bounced?: number;
}

const SAME_FOR_MS = 60_000;
const MAX_PENDING = 100;

/** Decisions that wait to be written. The same one again within a minute counts up: a server may refuse thousands of messages. */
export class DecisionLog {
  private pending: LaneDecision[] = [];
  private last: { readonly key: string; readonly at: number; index: number; times: number } | undefined;

  add(decision: LaneDecision): void {
    const at = decision.at.getTime();
    const rate = decision.facts.ratePerSecond;
    const key = `${decision.kind} ${decision.facts.rule ?? ''} ${decision.facts.campaignId ?? ''} ${rate === undefined ? '' : rate.toPrecision(2)}`;
    if (this.last?.key === key && at - this.last.at < SAME_FOR_MS) {
      const times = ++this.last.times;
      const known = this.pending[this.last.index];
      if (known) this.pending[this.last.index] = { ...decision, at: known.at, facts: { ...decision.facts, times } };
      return;
    }
    if (this.pending.length >= MAX_PENDING) this.pending.shift();
    this.pending.push(decision);
    this.last = { key, at, index: this.pending.length - 1, times: 1 };
  }

  /** What was decided since the last call, oldest first. */
  take(): LaneDecision[] {
    const taken = this.pending;
    this.pending = [];
    if (this.last) this.last.index = -1;
    return taken;
  }
}
