import { MailClass } from '#base/contracts';
import { messageOf } from '#base/kernel';
import type { SmtpConnection } from '#net/smtp-client';
import {
  type LaneAnswer,
  type LaneLimits,
  type LaneThrottle,
  type ProviderShape,
  type ReplyRule,
  TokenBucket,
  explainUsedUp,
} from '#domain/shaping';
import { FairQueue } from './fair-queue.js';
import type { LaneHost } from './lane-host.js';
import type { LeasedLane } from './lane-leases.js';
import { LaneSender } from './lane-sender.js';
import type { OutgoingMessage } from './outgoing-message.js';

const IDLE_MS = 5_000;
/** Limits that are shared are looked at this often, at least: they may be lifted. */
const MAX_LIMIT_WAIT_MS = 1_000;
/** Of a domain that has to go slowly, so many messages and so many seconds' worth stay in memory; the others come back within a minute. */
const KEPT_UNDER_LIMIT = 50;
const SECONDS_KEPT = 10;
const MAX_YIELD_MS = 60_000;

/** Sends the mail of one lane over its connections, within what its throttle allows at each moment. */
export class LaneRunner {
  private readonly queue = new FairQueue<OutgoingMessage>();
  private readonly bucket: TokenBucket;
  private readonly sender: LaneSender;
  private readonly idle: (() => void)[] = [];
  private readonly wakeups = new Set<() => void>();
  /** So many waiting messages are few: time to fetch more. */
  lowWater = 0;
  private connections = 0;
  private inHand = 0;
  private isStopping = false;
  /** Providers limit each address for itself. */
  private readonly gateKey: string;
  private lastBusyAt = Date.now();
  private nextYieldAt = 0;
  /** The nearest of those since a message was last let through. */
  private refusal: (Extract<LaneAnswer, { waitMs: number }> & { readonly domain: string | undefined }) | undefined;

  constructor(
    readonly lane: LeasedLane,
    readonly throttle: LaneThrottle,
    readonly shape: ProviderShape,
    private readonly host: LaneHost,
    rules: readonly ReplyRule[],
    private readonly limits: LaneLimits,
  ) {
    this.sender = new LaneSender({ lane, throttle, shape, rules, host, putBack: (message) => this.queue.putBack(message) });
    this.gateKey = `${lane.sourceId} ${lane.provider}`;
    const rate = throttle.rateAt(Date.now());
    // Timers are good to a millisecond: above 50/s several messages share one.
    this.bucket = new TokenBucket(rate, rate < Number.POSITIVE_INFINITY ? Math.max(1, Math.floor(rate / 50)) : 1);
  }

  /** Messages that wait in memory. */
  get waiting(): number {
    return this.queue.length;
  }

  waitingBefore(mailClass: number): number {
    return this.queue.lengthBefore(mailClass);
  }

  /** Messages on connections right now. */
  get active(): number {
    return this.inHand;
  }

  get openConnections(): number {
    return this.connections;
  }

  /** How long nothing has happened here, ms. */
  idleFor(now: number): number {
    return this.waiting > 0 || this.connections > 0 ? 0 : now - this.lastBusyAt;
  }

  offer(messages: readonly OutgoingMessage[]): void {
    this.lastBusyAt = Date.now();
    for (const message of messages) this.queue.push(message);
    this.pump();
  }

  campaigns(): Set<string> {
    const ids = new Set<string>();
    for (const { lease } of this.queue) if (lease.facts.campaignId !== null) ids.add(lease.facts.campaignId);
    return ids;
  }

  /** Takes messages back that have not left yet. */
  remove(matches: (message: OutgoingMessage) => boolean): OutgoingMessage[] {
    return this.queue.remove(matches);
  }

  /** Opens the connections that the waiting mail deserves and the throttle allows. Called often; does nothing mostly. */
  pump(): void {
    for (let n = Math.min(this.idle.length, this.queue.length); n > 0; n--) this.idle.shift()!();
    const now = Date.now();
    if (this.isStopping || now < this.sender.notBefore || !this.host.holdsLease()) return;
    const limit = this.throttle.connectionLimit(now);
    let unserved = this.queue.length - this.idle.length;
    while (unserved > 0 && this.connections < limit && this.host.gate.tryEnter(this.gateKey, this.shape.providerConnections, this)) {
      unserved--;
      this.connections++;
      void this.runConnection();
    }
  }

  /** Somebody asks to try now, whatever there was to wait for. */
  retryNow(): void {
    this.throttle.forgive();
    this.sender.notBefore = 0;
    this.pump();
  }

  /** No new message leaves; connections end after the one they carry. */
  stop(): void {
    this.isStopping = true;
    this.host.gate.forget(this);
    for (const wake of this.wakeups) wake();
    for (const release of this.idle.splice(0)) release();
  }

  private async runConnection(): Promise<void> {
    let connection: SmtpConnection | undefined;
    try {
      for (;;) {
        const message = await this.next();
        if (!message) break;
        this.inHand++;
        // Once it waits again, another connection may take it and have a pass of its own.
        const { pass } = message;
        try {
          connection = await this.sender.serve(message, connection);
        } catch (error) {
          this.sender.rescue(message, error);
          throw error;
        } finally {
          pass?.release();
          this.inHand--;
          this.lastBusyAt = Date.now();
        }
        if (connection && !connection.isUsable) {
          connection.destroy();
          connection = undefined;
        }
        if (Date.now() < this.sender.notBefore) break;
      }
    } catch (error) {
      this.host.logger.error(
        { lane: this.lane.site, reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined },
        'a connection ended on an error of ours',
      );
      this.sender.pauseFor(1000);
    } finally {
      // The place is free once the server sees the end too: its count must never exceed ours.
      await connection?.close().catch(() => undefined);
      this.connections--;
      this.host.gate.leave(this.gateKey);
      if (this.queue.length > 0) this.pump();
    }
  }

  /** The next message, when its turn by rate has come; undefined when this connection should end. */
  private async next(): Promise<OutgoingMessage | undefined> {
    while (this.mayGoOn()) {
      if (this.queue.length === 0) {
        const isTimeUp = await this.waitForMail();
        if (isTimeUp) return undefined;
        continue;
      }
      const now = Date.now();
      this.bucket.setRate(this.throttle.rateAt(now));
      const waitMs = this.bucket.take(performance.now());
      if (waitMs > 0) await this.pause(waitMs);
      if (!this.mayGoOn()) return undefined;
      const message = this.queue.shift((one) => this.mayLeave(one));
      if (!message && this.queue.length > 0) {
        this.bucket.untake();
        await this.pause(this.obeyRefusal());
      }
      if (message) {
        if (this.queue.length === this.lowWater) this.host.wantsMore();
        return message;
      }
    }
    return undefined;
  }

  private mayLeave(message: OutgoingMessage): boolean {
    const answer = this.limits.take(message.signingDomain);
    if ('waitMs' in answer) {
      if (!(this.refusal && this.refusal.waitMs <= answer.waitMs)) this.refusal = { ...answer, domain: message.signingDomain };
      return false;
    }
    message.pass = answer;
    return true;
  }

  /** Mail whose day is used up waits elsewhere than in memory. @returns how long to wait here, ms */
  private obeyRefusal(): number {
    const { refusal } = this;
    this.refusal = undefined;
    if (!refusal) return MAX_LIMIT_WAIT_MS;
    const now = Date.now();
    // Clocks differ by milliseconds: not a moment before the next day.
    const until = Math.ceil((now + refusal.waitMs) / 1000) * 1000;
    if (refusal.isUsedUp && refusal.isOfLane) this.throttle.rest(now, until, explainUsedUp(refusal, now, until));
    else if (refusal.isUsedUp)
      this.host.returns.giveBack(
        this.queue.remove(({ signingDomain }) => signingDomain === refusal.domain),
        { dueAt: new Date(until) },
      );
    else if (refusal.limit.kind === 'rate' && !refusal.isOfLane) this.yieldExcess(refusal.domain, refusal.limit.perSecond, now);
    return Math.min(MAX_LIMIT_WAIT_MS, refusal.waitMs);
  }

  /** Bulk mail of a domain whose turn is far off goes back: it must not take the memory that mail of others could use. */
  private yieldExcess(domain: string | undefined, perSecond: number, now: number): void {
    if (now < this.nextYieldAt) return;
    this.nextYieldAt = now + MAX_LIMIT_WAIT_MS;
    const kept = KEPT_UNDER_LIMIT + perSecond * SECONDS_KEPT;
    let n = 0;
    const excess = this.queue.remove((one) => one.signingDomain === domain && one.class === MailClass.bulk && ++n > kept);
    const waitMs = Math.min(MAX_YIELD_MS, (1000 * kept) / perSecond);
    this.host.returns.giveBack(excess, { dueAt: new Date(now + waitMs) });
  }

  private mayGoOn(): boolean {
    const now = Date.now();
    return (
      !this.isStopping &&
      now >= this.sender.notBefore &&
      this.host.holdsLease() &&
      this.connections <= this.throttle.connectionLimit(now) &&
      !this.host.gate.isOver(this.gateKey)
    );
  }

  /** @returns whether nothing came for so long that the connection should end */
  private waitForMail(): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (isTimeUp: boolean) => {
        clearTimeout(timer);
        goOn();
        resolve(isTimeUp);
      };
      const wake = () => finish(false);
      const giveUp = () => {
        this.idle.splice(this.idle.indexOf(wake), 1);
        finish(true);
      };
      const timer = setTimeout(giveUp, IDLE_MS);
      const goOn = this.host.gate.rest(this.gateKey, giveUp);
      this.idle.push(wake);
    });
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.wakeups.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.wakeups.add(wake);
    });
  }
}
