import { Outcome } from '#base/contracts';
import { type Logger, messageOf } from '#base/kernel';
import type { EgressSource } from '#domain/egress';
import { NextHopError, type NextHops } from '#net/dns';
import { SmtpConnectError, type SmtpConnection } from '#net/smtp-client';
import type { DomainTlsPolicy } from '#net/tls-policy';
import {
  type ReplyRule,
  type LaneThrottle,
  type ProviderGate,
  type ProviderShape,
  RateMeter,
  TokenBucket,
  classifyReply,
} from '#domain/shaping';
import { deferOrExpire } from './ambiguity.policy.js';
import { attemptTlsOf } from './attempt-tls.js';
import { TlsPolicyUnmet, suitsPolicy } from './connect-next-hop.js';
import { type Verdict, deliverMessage, replyLine, unbuildable } from './deliver-message.js';
import { type OutcomeRecord, queueOutcome } from './delivery-outcome.js';
import { FairQueue } from './fair-queue.js';
import type { Journal, JournalEntry } from './journal.js';
import type { LeasedLane } from './lane-leases.js';
import type { BuiltMessage } from './message-builder.js';
import { SourceUnavailable } from './message-sources.js';
import type { OutgoingMessage } from './outgoing-message.js';
import type { RetryPolicy } from './retry-schedule.policy.js';
import type { SiteOfDomain } from './site-directory.js';

/** What a lane needs of the process around it. */
export interface LaneHost {
  readonly gate: ProviderGate;
  readonly journal: Journal;
  readonly retry: RetryPolicy;
  readonly logger: Logger;
  resolve(message: OutgoingMessage, lane: LeasedLane): Promise<NextHops>;
  /** The lane's source as it is now; absent where mail leaves as the system likes. */
  sourceOf(lane: LeasedLane): EgressSource | undefined;
  build(message: OutgoingMessage): Promise<BuiltMessage>;
  /** @throws SmtpConnectError */
  connect(hops: NextHops, lane: LeasedLane, shape: ProviderShape, policy: DomainTlsPolicy | undefined): Promise<SmtpConnection>;
  /** How the mail servers of the message's domain must be spoken to. */
  tlsPolicy(message: OutgoingMessage, hops: NextHops): Promise<DomainTlsPolicy | undefined>;
  holdsLease(): boolean;
  settle(message: OutgoingMessage, record: Pick<OutcomeRecord, 'outcome' | 'dueAt'>, entry?: JournalEntry): void;
  /** The domain of the message moved to another site. */
  reroute(message: OutgoingMessage, site: SiteOfDomain, lane: LeasedLane): void;
  /** A lane's waiting mail has fallen to its low-water mark. */
  wantsMore(): void;
  now(): Date;
}

const IDLE_MS = 5_000;
const MAX_OWN_ERRORS = 5;
/** After mail servers were not as a domain's TLS policy wants them, they are left alone for so long. */
const UNMET_MS = 60_000;
const MAX_UNMET = 1_000;
/** Long enough for people to correct a password, and for a relay not to lock the account. */
const AUTH_PAUSE_MINUTES = 5;

/** Sends the mail of one lane over its connections, within what its throttle allows at each moment. */
export class LaneRunner {
  private readonly queue = new FairQueue<OutgoingMessage>();
  private readonly bucket: TokenBucket;
  private readonly meter = new RateMeter();
  private readonly idle: (() => void)[] = [];
  private readonly wakeups = new Set<() => void>();
  /** So many waiting messages are few: time to fetch more. */
  lowWater = 0;
  private connections = 0;
  private inHand = 0;
  private notBefore = 0;
  /** Domains whose TLS policy was not met a moment ago. */
  private readonly unmet = new Map<string, { readonly why: string; readonly until: number }>();
  private isStopping = false;
  /** Providers limit each address for itself. */
  private readonly gateKey: string;
  private lastBusyAt = Date.now();

  constructor(
    readonly lane: LeasedLane,
    readonly throttle: LaneThrottle,
    readonly shape: ProviderShape,
    private readonly host: LaneHost,
    private readonly rules: readonly ReplyRule[],
  ) {
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
    if (this.isStopping || now < this.notBefore || !this.host.holdsLease()) return;
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
    this.notBefore = 0;
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
        try {
          connection = await this.serve(message, connection);
        } catch (error) {
          this.rescue(message, error);
          throw error;
        } finally {
          this.inHand--;
          this.lastBusyAt = Date.now();
        }
        if (connection && !connection.isUsable) {
          connection.destroy();
          connection = undefined;
        }
        if (Date.now() < this.notBefore) break;
      }
    } catch (error) {
      this.host.logger.error(
        { lane: this.lane.site, reason: messageOf(error), stack: error instanceof Error ? error.stack : undefined },
        'a connection ended on an error of ours',
      );
      this.notBefore = Date.now() + 1000;
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
      const message = this.queue.shift();
      if (message) {
        if (this.queue.length === this.lowWater) this.host.wantsMore();
        return message;
      }
    }
    return undefined;
  }

  private mayGoOn(): boolean {
    const now = Date.now();
    return !this.isStopping && now >= this.notBefore && this.host.holdsLease() && this.connections <= this.throttle.connectionLimit(now);
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

  /** Sends one message. @returns the connection to go on with, if any */
  private async serve(message: OutgoingMessage, connection: SmtpConnection | undefined): Promise<SmtpConnection | undefined> {
    const hops = await this.hopsOf(message);
    if (!hops) return connection;
    const built = await this.build(message);
    if (!built) return connection;
    const policy = await this.policyOf(message, hops);
    if (policy === 'unsettled') return connection;
    const ready = await this.ready(message, hops, policy, connection);
    if (!ready) return undefined;
    const { journal, retry, logger } = this.host;
    const batch = message.lease.facts;
    const entry = journal.begin({ batchId: batch.id, deliveryId: message.deliveryId, attempt: batch.attempt });
    const isFresh = ready.sentMessages === 0;
    const relay = this.host.sourceOf(this.lane)?.smarthost;
    const verdict = await deliverMessage({
      message,
      built: relay ? withHeader(built, relay.header) : built,
      connection: ready,
      tls: attemptTlsOf(ready, policy, relay ? relay.tls.verifyPeer !== undefined : (this.shape.requiresTls ?? false)),
      journal,
      entry,
      provider: this.lane.provider,
      rules: this.rules,
      retry,
      logger,
      holdsLease: () => this.host.holdsLease(),
      now: () => this.host.now(),
    });
    this.apply(message, verdict, entry, isFresh);
    return ready;
  }

  private apply(message: OutgoingMessage, verdict: Verdict, entry: JournalEntry, isFresh: boolean): void {
    const now = Date.now();
    if (verdict.kind === 'lease-lost') return this.queue.putBack(message);
    const reply = verdict.kind === 'settled' ? verdict.record.outcome.reply : (verdict.reply ?? verdict.why);
    if (verdict.lane) this.throttle.onThrottled(now, { ...verdict.lane, reply }, this.meter.perSecond(now));
    if (verdict.kind === 'unsent') {
      this.host.journal.unsent(entry);
      this.queue.putBack(message);
      // A reused connection that the server closed is routine; one that dies on its first message is trouble.
      if (isFresh && !verdict.reply) this.notBefore = this.throttle.onConnectionFailed(now, verdict.why);
      return;
    }
    this.meter.count(now);
    if (verdict.record.outcome.outcome === Outcome.delivered) this.throttle.onAccepted(now);
    else if (verdict.answered) this.throttle.onAnswered();
    this.host.settle(message, verdict.record, entry);
  }

  /** Where the message goes; undefined when that settled it or sent it to another lane. */
  private async hopsOf(message: OutgoingMessage): Promise<NextHops | undefined> {
    const batch = message.lease.facts;
    const now = this.host.now();
    if (batch.expiresAt <= now) {
      this.host.settle(message, {
        outcome: queueOutcome(Outcome.bounced, this.throttle.mood(now.getTime()).reason || 'It could not be delivered in time.', now, {
          bounceClass: 'expired',
        }),
      });
      return undefined;
    }
    try {
      const hops = await this.host.resolve(message, this.lane);
      if (hops.site === this.lane.site) return hops;
      this.host.reroute(message, hops, this.lane);
    } catch (error) {
      if (!(error instanceof NextHopError)) throw error;
      if (error.permanent)
        this.host.settle(message, { outcome: queueOutcome(Outcome.bounced, error.message, now, { bounceClass: 'bad-domain' }) });
      else this.host.settle(message, deferOrExpire(batch, queueOutcome(Outcome.deferred, error.message, now), this.host.retry));
    }
    return undefined;
  }

  /** An error of ours (a full disk, a defect) must not lose the message, nor stop the lane over it for ever. */
  private rescue(message: OutgoingMessage, error: unknown): void {
    // The machine's trouble says nothing about the message: it waits until there is room again.
    if (isMachineTrouble(error)) return this.queue.putBack(message);
    message.losses++;
    if (message.losses <= MAX_OWN_ERRORS) this.queue.putBack(message);
    else this.host.settle(message, { outcome: unbuildable(error, this.host.now()) });
  }

  /** The TLS policy of the message's domain; 'unsettled' when it must not or cannot be sent now. */
  private async policyOf(message: OutgoingMessage, hops: NextHops): Promise<DomainTlsPolicy | undefined | 'unsettled'> {
    const unmet = this.unmet.get(message.domain);
    if (unmet && unmet.until > Date.now()) {
      this.putOff(message, unmet.why);
      return 'unsettled';
    }
    try {
      return await this.host.tlsPolicy(message, hops);
    } catch (error) {
      // The store of policies is the database: without it nothing is known, and nothing may leave.
      this.host.logger.warn({ domain: message.domain, reason: messageOf(error) }, 'a TLS policy could not be read');
      this.queue.putBack(message);
      this.notBefore = Date.now() + 1000;
      return 'unsettled';
    }
  }

  /** The domain's TLS policy is not met: its mail waits, and the other domains of the site do not. */
  private putOff(message: OutgoingMessage, why: string): void {
    if (!this.unmet.has(message.domain) && this.unmet.size >= MAX_UNMET) this.unmet.clear();
    const known = this.unmet.get(message.domain);
    if (!known || known.until <= Date.now()) this.unmet.set(message.domain, { why, until: Date.now() + UNMET_MS });
    const outcome = queueOutcome(Outcome.deferred, `The TLS policy of ${message.domain} is not met: ${why}`, this.host.now());
    this.host.settle(message, deferOrExpire(message.lease.facts, outcome, this.host.retry));
  }

  private async build(message: OutgoingMessage): Promise<BuiltMessage | undefined> {
    try {
      return await this.host.build(message);
    } catch (error) {
      if (error instanceof SourceUnavailable) {
        this.queue.putBack(message);
        this.notBefore = Date.now() + 1000;
        return undefined;
      }
      this.host.settle(message, { outcome: unbuildable(error, this.host.now()) });
      return undefined;
    }
  }

  /** The connection at hand, or a new one when it has carried its share; undefined when the lane cannot be reached. */
  private async ready(
    message: OutgoingMessage,
    hops: NextHops,
    policy: DomainTlsPolicy | undefined,
    connection: SmtpConnection | undefined,
  ): Promise<SmtpConnection | undefined> {
    const isFit = connection?.isUsable && connection.sentMessages < this.shape.messagesPerConnection;
    if (isFit && suitsPolicy(connection, policy)) return connection;
    await connection?.close();
    try {
      return await this.host.connect(hops, this.lane, this.shape, policy);
    } catch (error) {
      if (error instanceof TlsPolicyUnmet) {
        this.putOff(message, error.message);
        return undefined;
      }
      this.queue.putBack(message);
      if (!(error instanceof SmtpConnectError)) throw error;
      const now = Date.now();
      if (error.stage === 'auth') return this.refusedCredentials(now, error);
      if (error.reply) {
        const reply = replyLine(error.reply);
        const { lane } = classifyReply({ ...error.reply, provider: this.lane.provider }, this.rules);
        if (lane) this.throttle.onThrottled(now, { ...lane, reply }, this.meter.perSecond(now));
      }
      this.notBefore = Math.max(
        this.notBefore,
        this.throttle.onConnectionFailed(now, error.reply ? replyLine(error.reply) : error.message),
      );
      return undefined;
    }
  }

  /** It is about us and not about the message; each further try might count as an attack. */
  private refusedCredentials(now: number, { message }: SmtpConnectError): undefined {
    const action = { kind: 'suspend', minutes: AUTH_PAUSE_MINUTES } as const;
    this.throttle.onThrottled(now, { action, afterPerHour: 1, ruleId: -2, reply: `AUTH: ${message}` }, this.meter.perSecond(now));
    this.notBefore = Math.max(this.notBefore, this.throttle.suspendedUntil(now) ?? now);
    return undefined;
  }
}

/** What a relay wants to be told is not for the recipient: it stands before the signature, outside of what is signed. */
function withHeader(built: BuiltMessage, header: Buffer): BuiltMessage {
  if (header.length === 0) return built;
  return { ...built, content: [header, ...built.content], sizeBytes: built.sizeBytes + header.length };
}

const MACHINE_TROUBLE = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EFBIG', 'EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);

/** A full or failing disk, or no more file descriptors. */
function isMachineTrouble(error: unknown): boolean {
  return error instanceof Error && MACHINE_TROUBLE.has(String((error as NodeJS.ErrnoException).code));
}
