import type { BounceClass } from '#base/contracts';
import { type DecisionFacts, type DecisionKind, DecisionLog, type LaneDecision } from './lane-decision.js';
import type { LaneAction } from './reply-rules.js';
import type { BackoffShape, ProviderShape } from './traffic-shaping.js';

/** What `lanes` remembers of a lane's mood between processes. */
export interface LaneMood {
  readonly suspendedUntil: Date | null;
  readonly reason: string;
  readonly lastReply: string;
  readonly failures: number;
  readonly windowSize: number | null;
  readonly ratePerSecond: number | null;
}

/** A reply that asks for less, and what to do about it. */
export interface ThrottleReply {
  readonly action: LaneAction;
  readonly afterPerHour: number;
  readonly ruleId: number;
  /** Such replies must be this share of all answers too, within the hour; absent: their number alone counts. */
  readonly share?: number;
  /** Name of the rule, for the history. */
  readonly rule?: string;
  /** As received, for people. */
  readonly reply: string;
  /** Of the message that it answers. */
  readonly campaignId?: string | null;
  readonly bounceClass?: BounceClass | null;
}

const HOUR = 3600_000;
const MINUTE = 60_000;
/** One message a minute is the slowest a lane gets before it is suspended outright. */
const MIN_RATE = 1 / 60;
/** Replies of one rule that are remembered for an hour: at this many, a share of the answers is not much changed by one more. */
const MAX_REMEMBERED = 1_000;

export interface LaneThrottleOptions {
  readonly shape: ProviderShape;
  readonly backoff: BackoffShape;
  readonly ruleTimeScale: number;
  readonly provider: string;
  /** Name of the site or its provider, as the sentences call it. */
  readonly label: string;
}

/**
 * How hard a lane may be driven now: a closed loop of additive increase and multiplicative decrease. Time is an argument, ms
 * since the epoch. It decides; sockets and tables are elsewhere.
 */
export class LaneThrottle {
  private window: number;
  /** Undefined: the provider's usual rate. */
  private lowered: { rate: number; holdUntil: number } | undefined;
  private maxConnections: { value: number; until: number } | undefined;
  private suspended: number;
  private ladderStep = 0;
  private failures: number;
  private reason: string;
  private lastReply: string;
  private isProbing: boolean;
  private lastReductionAt = Number.NEGATIVE_INFINITY;
  private readonly repliesOf = new Map<string, number[]>();
  private readonly log = new DecisionLog();
  /** Answers of the current hour: what shares are of. */
  private answers = { since: 0, count: 0 };
  private version = 0;

  constructor(
    private readonly options: LaneThrottleOptions,
    mood: LaneMood,
    now: number,
  ) {
    const { connections } = options.shape;
    this.window = Math.min(connections.max, Math.max(connections.min, mood.windowSize ?? connections.start));
    this.suspended = mood.suspendedUntil?.getTime() ?? 0;
    this.failures = mood.failures;
    this.reason = mood.reason;
    this.lastReply = mood.lastReply;
    this.isProbing = this.suspended > 0 || mood.failures > 0;
    if (mood.ratePerSecond !== null) this.lowered = { rate: mood.ratePerSecond, holdUntil: now };
  }

  /** Grows with every change that is worth remembering. */
  get changes(): number {
    return this.version;
  }

  /** What was decided since the last call, for the history. */
  takeDecisions(): LaneDecision[] {
    return this.log.take();
  }

  mood(now: number): LaneMood {
    const rate = this.rateAt(now);
    return {
      suspendedUntil: this.suspended > now ? new Date(this.suspended) : null,
      reason: this.reasonAt(now),
      lastReply: this.lastReply,
      failures: this.failures,
      windowSize: this.window,
      ratePerSecond: rate < this.options.shape.ratePerSecond ? rate : null,
    };
  }

  suspendedUntil(now: number): number | undefined {
    return this.suspended > now ? this.suspended : undefined;
  }

  /** How many connections may be open now; after a suspension a single one tries the ice. */
  connectionLimit(now: number): number {
    if (this.suspended > now) return 0;
    if (this.isProbing) return 1;
    const limit = Math.floor(this.window);
    return this.maxConnections && this.maxConnections.until > now ? Math.min(limit, this.maxConnections.value) : limit;
  }

  /** Messages per second now: a lowered rate is held, then creeps back to the usual one. */
  rateAt(now: number): number {
    const { shape, backoff } = this.options;
    if (!this.lowered) return shape.ratePerSecond;
    const steps = Math.max(0, (now - this.lowered.holdUntil) / backoff.creepEveryMs);
    const rate = this.lowered.rate * (1 + backoff.creepShare) ** Math.floor(steps);
    // A thousand a second is as good as no limit, and lets an unlimited lane become unlimited again.
    if (rate >= Math.min(shape.ratePerSecond, 1000)) {
      this.lowered = undefined;
      this.reason = '';
      this.version++;
      this.note(now, 'recovered', `${this.options.label} gets its usual ${rateName(shape.ratePerSecond)} again`);
      return shape.ratePerSecond;
    }
    return rate;
  }

  onAccepted(now: number): void {
    this.answers.count++;
    this.window = Math.min(this.options.shape.connections.max, this.window + 1 / this.window);
    if (this.failures > 0 || this.isProbing) {
      if (this.isProbing) this.note(now, 'recovered', `${this.options.label} accepts mail again`);
      this.failures = 0;
      this.ladderStep = 0;
      this.isProbing = false;
      if (!this.lowered) this.reason = '';
      this.version++;
    }
  }

  /** A site that answers, whatever it answers, is alive. */
  onAnswered(): void {
    this.answers.count++;
    if (this.failures === 0) return;
    this.failures = 0;
    this.version++;
  }

  /** @param observedRate messages per second of the last moments: the base when the lane had no limit */
  onThrottled(now: number, throttle: ThrottleReply, observedRate: number): void {
    this.lastReply = throttle.reply;
    if (!this.isDue(now, throttle)) return;
    const scale = this.options.ruleTimeScale;
    this.version++;
    const { action, reply, rule } = throttle;
    const said = `${throttle.share === undefined ? '' : `gave ${throttle.afterPerHour} answers that no rule knows within the hour; it last `}answered ${quote(reply)}`;
    const minutes = 'minutes' in action ? action.minutes * MINUTE * scale : 0;
    switch (action.kind) {
      case 'slow':
        return this.slow(now, said, throttle, observedRate);
      case 'rate':
        this.lowered = { rate: Math.min(action.perMinute / 60, this.rateAt(now)), holdUntil: now + minutes };
        return this.explainRate(now, 'rate', said, throttle);
      case 'one-connection': {
        const until = now + minutes;
        this.maxConnections = { value: 1, until };
        const facts = { ...(rule && { rule }), connections: 1, until: iso(until) };
        return this.decide(now, 'one-connection', `${said} at ${clock(now)}; one connection until ${clock(until)}`, reply, facts);
      }
      case 'suspend':
      case 'switch-source':
        return this.suspend(now, now + minutes, action.kind, said, reply, rule);
      case 'bounce-rest':
        return this.bounceRest(now, action.of, said, throttle);
    }
  }

  /** No connection, or one that a peer refused to serve. @returns when to try again */
  onConnectionFailed(now: number, why: string): number {
    const { backoff, shape } = this.options;
    this.failures++;
    this.window = Math.max(shape.connections.min, this.window / 2);
    this.lastReply = why;
    this.version++;
    const isDead = this.isProbing
      ? this.ladderStep > 0 || this.failures >= shape.deadAfterFailures
      : this.failures >= shape.deadAfterFailures;
    if (!isDead) {
      this.reason = `${this.options.label} cannot be reached: ${why}`;
      return now + backoff.reconnectMs * this.failures;
    }
    const step = backoff.suspendLadderMs[Math.min(this.ladderStep, backoff.suspendLadderMs.length - 1)] ?? 0;
    this.ladderStep++;
    this.suspend(now, now + step, 'unreachable', `cannot be reached (${this.failures} times in a row: ${quote(why)})`, why);
    return this.suspended;
  }

  /** Nothing is to leave until then, for a reason of our own: the site has done nothing. */
  rest(now: number, until: number, sentence: string): void {
    if (this.suspended >= until) return;
    this.suspended = until;
    this.reason = sentence;
    this.version++;
    this.note(now, 'quota', sentence, '', { until: iso(until) });
  }

  /** Somebody asks to try now: what was waited for is forgotten, and a single connection tries first. A lowered rate stays. */
  forgive(): void {
    this.suspended = 0;
    this.failures = 0;
    this.ladderStep = 0;
    if (!this.lowered) this.reason = '';
    this.version++;
  }

  private slow(now: number, said: string, throttle: ThrottleReply, observedRate: number): void {
    const { backoff, shape } = this.options;
    if (now - this.lastReductionAt < backoff.oneReductionPerMs) return;
    this.lastReductionAt = now;
    const current = this.rateAt(now);
    const base = current === Number.POSITIVE_INFINITY ? Math.max(1, observedRate) : current;
    this.lowered = { rate: Math.max(MIN_RATE, base * 0.5), holdUntil: now + backoff.rateHoldMs };
    this.window = Math.max(shape.connections.min, this.window / 2);
    this.explainRate(now, 'slow', said, throttle);
  }

  private bounceRest(now: number, of: 'campaign' | 'lane', said: string, { reply, rule, campaignId, bounceClass }: ThrottleReply): void {
    // Mail of no campaign has no rest that is sure to be answered the same.
    if (of === 'campaign' && !campaignId) return;
    const whose = of === 'campaign' ? 'what waits of the campaign' : 'what waits here';
    const facts = { ...(rule && { rule }), ...(of === 'campaign' && { campaignId: campaignId! }), ...(bounceClass && { bounceClass }) };
    this.note(now, 'bounce-rest', `${this.options.label} ${said} at ${clock(now)}; ${whose} is bounced`, reply, facts);
  }

  private suspend(now: number, until: number, kind: DecisionKind, said: string, reply: string, rule?: string): void {
    this.suspended = Math.max(this.suspended, until);
    this.isProbing = true;
    const what = kind === 'switch-source' ? 'its mail goes by other sources' : 'suspended';
    const facts = { ...(rule && { rule }), until: iso(this.suspended) };
    this.decide(now, kind, `${said} at ${clock(now)}; ${what} until ${clock(this.suspended)}`, reply, facts);
  }

  private isDue(now: number, { action, afterPerHour, ruleId, share, campaignId }: ThrottleReply): boolean {
    if (afterPerHour <= 1) return true;
    // One campaign must not pay for what was said of others.
    const key = action.kind === 'bounce-rest' && action.of === 'campaign' ? `${ruleId} ${campaignId ?? ''}` : `${ruleId}`;
    const hour = HOUR * this.options.ruleTimeScale;
    const recent = (this.repliesOf.get(key) ?? []).filter((at) => at > now - hour);
    recent.push(now);
    if (now - this.answers.since > hour) this.answers = { since: now, count: recent.length };
    const isDue = recent.length >= afterPerHour && recent.length >= (share ?? 0) * this.answers.count;
    // More than these change nothing, and a list must not grow with the mail.
    if (this.repliesOf.size > MAX_REMEMBERED) this.repliesOf.delete(this.repliesOf.keys().next().value!);
    this.repliesOf.set(key, isDue ? [] : recent.slice(-Math.max(afterPerHour, MAX_REMEMBERED)));
    return isDue;
  }

  private explainRate(now: number, kind: DecisionKind, said: string, { reply, rule }: ThrottleReply): void {
    const { rate, holdUntil } = this.lowered!;
    const facts = { ...(rule && { rule }), ratePerSecond: rate, until: iso(holdUntil) };
    this.decide(now, kind, `${said} at ${clock(now)}; ${rateName(rate)} until ${clock(holdUntil)}`, reply, facts);
  }

  private decide(now: number, kind: DecisionKind, what: string, reply: string, facts: DecisionFacts): void {
    this.reason = `${this.options.label} ${what}`;
    this.note(now, kind, this.reason, reply, facts);
  }

  private note(now: number, kind: DecisionKind, sentence: string, reply = '', facts: DecisionFacts = {}): void {
    this.log.add({ at: new Date(now), kind, sentence, reply, facts });
  }

  private reasonAt(now: number): string {
    const isOver =
      this.suspended <= now && !this.lowered && !(this.maxConnections && this.maxConnections.until > now) && this.failures === 0;
    return isOver ? '' : this.reason;
  }
}

function quote(reply: string): string {
  return reply.length > 120 ? `${reply.slice(0, 119)}…` : reply;
}

function rateName(rate: number): string {
  if (rate === Number.POSITIVE_INFINITY) return 'rate without a limit';
  if (rate >= 10) return `${Math.round(rate)}/s`;
  if (rate >= 1) return `${rate.toFixed(1)}/s`;
  return `${Math.max(1, Math.round(rate * 60))}/min`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/** Hours and minutes in UTC: a lane is read by people in several time zones. */
function clock(at: number): string {
  return `${new Date(at).toISOString().slice(11, 16)} UTC`;
}
