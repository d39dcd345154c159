import { Outcome } from '#base/contracts';
import { messageOf } from '#base/kernel';
import { NextHopError, type NextHops } from '#net/dns';
import { SmtpConnectError, type SmtpConnection } from '#net/smtp-client';
import type { DomainTlsPolicy } from '#net/tls-policy';
import { type LaneThrottle, type ProviderShape, RateMeter, type ReplyRule, classifyReply } from '#domain/shaping';
import { deferOrExpire } from './ambiguity.policy.js';
import { attemptTlsOf } from './attempt-tls.js';
import { TlsPolicyUnmet, suitsPolicy } from './connect-next-hop.js';
import { type Verdict, deliverMessage, replyLine, unbuildable } from './deliver-message.js';
import { queueOutcome } from './delivery-outcome.js';
import type { JournalEntry } from './journal.js';
import type { LaneHost } from './lane-host.js';
import type { LeasedLane } from './lane-leases.js';
import type { BuiltMessage } from './message-builder.js';
import { SourceUnavailable } from './message-sources.js';
import type { OutgoingMessage } from './outgoing-message.js';

const MAX_OWN_ERRORS = 5;
/** After mail servers were not as a domain's TLS policy wants them, they are left alone for so long. */
const UNMET_MS = 60_000;
const MAX_UNMET = 1_000;
/** Long enough for people to correct a password, and for a relay not to lock the account. */
const AUTH_PAUSE_MINUTES = 5;

export interface LaneSenderParts {
  readonly lane: LeasedLane;
  readonly throttle: LaneThrottle;
  readonly shape: ProviderShape;
  readonly rules: readonly ReplyRule[];
  readonly host: LaneHost;
  /** The message waits again, first in its turn. */
  readonly putBack: (message: OutgoingMessage) => void;
}

/** Sends single messages of a lane: where to, how built, over which connection, and what the answer means for message and lane. */
export class LaneSender {
  /** Unix ms before which nothing of the lane leaves. */
  notBefore = 0;
  private readonly meter = new RateMeter();
  /** Domains whose TLS policy was not met a moment ago. */
  private readonly unmet = new Map<string, { readonly why: string; readonly until: number }>();

  constructor(private readonly parts: LaneSenderParts) {}

  pauseFor(ms: number): void {
    this.notBefore = Date.now() + ms;
  }

  /** Sends one message. @returns the connection to go on with, if any */
  async serve(message: OutgoingMessage, connection: SmtpConnection | undefined): Promise<SmtpConnection | undefined> {
    const hops = await this.hopsOf(message);
    if (!hops) return connection;
    const built = await this.build(message);
    if (!built) return connection;
    const policy = await this.policyOf(message, hops);
    if (policy === 'unsettled') return connection;
    const ready = await this.ready(message, hops, policy, connection);
    if (!ready) return undefined;
    const { journal, retry, logger } = this.parts.host;
    const batch = message.lease.facts;
    const entry = journal.begin({ batchId: batch.id, deliveryId: message.deliveryId, attempt: batch.attempt });
    const isFresh = ready.sentMessages === 0;
    const relay = this.parts.host.ways.sourceOf(this.parts.lane)?.smarthost;
    const verdict = await deliverMessage({
      message,
      built: relay ? withHeader(built, relay.header) : built,
      connection: ready,
      tls: attemptTlsOf(ready, policy, relay ? relay.tls.verifyPeer !== undefined : (this.parts.shape.requiresTls ?? false)),
      journal,
      entry,
      provider: this.parts.lane.provider,
      rules: this.parts.rules,
      retry,
      logger,
      holdsLease: () => this.parts.host.holdsLease(),
      now: () => this.parts.host.now(),
    });
    this.apply(message, verdict, entry, isFresh);
    return ready;
  }

  private apply(message: OutgoingMessage, verdict: Verdict, entry: JournalEntry, isFresh: boolean): void {
    const now = Date.now();
    if (verdict.kind === 'lease-lost') return this.parts.putBack(message);
    const reply = verdict.kind === 'settled' ? verdict.record.outcome.reply : (verdict.reply ?? verdict.why);
    if (verdict.lane) {
      const { campaignId } = message.lease.facts;
      const bounceClass = verdict.kind === 'settled' ? verdict.record.outcome.bounceClass : null;
      this.parts.throttle.onThrottled(now, { ...verdict.lane, reply, campaignId, bounceClass }, this.meter.perSecond(now));
    }
    if (verdict.kind === 'unsent') {
      this.parts.host.journal.unsent(entry);
      this.parts.putBack(message);
      // A reused connection that the server closed is routine; one that dies on its first message is trouble.
      if (isFresh && !verdict.reply) this.notBefore = this.parts.throttle.onConnectionFailed(now, verdict.why);
      return;
    }
    this.meter.count(now);
    message.pass?.spend();
    if (verdict.record.outcome.outcome === Outcome.delivered) this.parts.throttle.onAccepted(now);
    else if (verdict.answered) this.parts.throttle.onAnswered();
    this.parts.host.returns.settle(message, verdict.record, entry);
  }

  /** Where the message goes; undefined when that settled it or sent it to another lane. */
  private async hopsOf(message: OutgoingMessage): Promise<NextHops | undefined> {
    const batch = message.lease.facts;
    const now = this.parts.host.now();
    if (batch.expiresAt <= now) {
      this.parts.host.returns.settle(message, {
        outcome: queueOutcome(
          Outcome.bounced,
          this.parts.throttle.mood(now.getTime()).reason || 'It could not be delivered in time.',
          now,
          {
            bounceClass: 'expired',
          },
        ),
      });
      return undefined;
    }
    try {
      const hops = await this.parts.host.ways.resolve(message, this.parts.lane);
      if (hops.site === this.parts.lane.site) return hops;
      this.parts.host.returns.reroute(message, hops, this.parts.lane);
    } catch (error) {
      if (!(error instanceof NextHopError)) throw error;
      if (error.permanent)
        this.parts.host.returns.settle(message, {
          outcome: queueOutcome(Outcome.bounced, error.message, now, { bounceClass: 'bad-domain' }),
        });
      else
        this.parts.host.returns.settle(
          message,
          deferOrExpire(batch, queueOutcome(Outcome.deferred, error.message, now), this.parts.host.retry),
        );
    }
    return undefined;
  }

  /** An error of ours (a full disk, a defect) must not lose the message, nor stop the lane over it for ever. */
  rescue(message: OutgoingMessage, error: unknown): void {
    // The machine's trouble says nothing about the message: it waits until there is room again.
    if (isMachineTrouble(error)) return this.parts.putBack(message);
    message.losses++;
    if (message.losses <= MAX_OWN_ERRORS) this.parts.putBack(message);
    else this.parts.host.returns.settle(message, { outcome: unbuildable(error, this.parts.host.now()) });
  }

  /** The TLS policy of the message's domain; 'unsettled' when it must not or cannot be sent now. */
  private async policyOf(message: OutgoingMessage, hops: NextHops): Promise<DomainTlsPolicy | undefined | 'unsettled'> {
    const unmet = this.unmet.get(message.domain);
    if (unmet && unmet.until > Date.now()) {
      this.putOff(message, unmet.why);
      return 'unsettled';
    }
    try {
      return await this.parts.host.ways.tlsPolicy(message, hops);
    } catch (error) {
      // The store of policies is the database: without it nothing is known, and nothing may leave.
      this.parts.host.logger.warn({ domain: message.domain, reason: messageOf(error) }, 'a TLS policy could not be read');
      this.parts.putBack(message);
      this.pauseFor(1000);
      return 'unsettled';
    }
  }

  /** The domain's TLS policy is not met: its mail waits, and the other domains of the site do not. */
  private putOff(message: OutgoingMessage, why: string): void {
    if (!this.unmet.has(message.domain) && this.unmet.size >= MAX_UNMET) this.unmet.clear();
    const known = this.unmet.get(message.domain);
    if (!known || known.until <= Date.now()) this.unmet.set(message.domain, { why, until: Date.now() + UNMET_MS });
    const outcome = queueOutcome(Outcome.deferred, `The TLS policy of ${message.domain} is not met: ${why}`, this.parts.host.now());
    this.parts.host.returns.settle(message, deferOrExpire(message.lease.facts, outcome, this.parts.host.retry));
  }

  private async build(message: OutgoingMessage): Promise<BuiltMessage | undefined> {
    try {
      return await this.parts.host.build(message);
    } catch (error) {
      if (error instanceof SourceUnavailable) {
        this.parts.putBack(message);
        this.pauseFor(1000);
        return undefined;
      }
      this.parts.host.returns.settle(message, { outcome: unbuildable(error, this.parts.host.now()) });
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
    const isFit = connection?.isUsable && connection.sentMessages < this.parts.shape.messagesPerConnection;
    if (isFit && suitsPolicy(connection, policy)) return connection;
    await connection?.close();
    try {
      return await this.parts.host.ways.connect(hops, this.parts.lane, this.parts.shape, policy);
    } catch (error) {
      if (error instanceof TlsPolicyUnmet) {
        this.putOff(message, error.message);
        return undefined;
      }
      this.parts.putBack(message);
      if (!(error instanceof SmtpConnectError)) throw error;
      const now = Date.now();
      if (error.stage === 'auth') return this.refusedCredentials(now, error);
      if (error.reply) {
        const reply = replyLine(error.reply);
        const { lane } = classifyReply({ ...error.reply, provider: this.parts.lane.provider }, this.parts.rules);
        if (lane) this.parts.throttle.onThrottled(now, { ...lane, reply }, this.meter.perSecond(now));
      }
      this.notBefore = Math.max(
        this.notBefore,
        this.parts.throttle.onConnectionFailed(now, error.reply ? replyLine(error.reply) : error.message),
      );
      return undefined;
    }
  }

  /** It is about us and not about the message; each further try might count as an attack. */
  private refusedCredentials(now: number, { message }: SmtpConnectError): undefined {
    const action = { kind: 'suspend', minutes: AUTH_PAUSE_MINUTES } as const;
    this.parts.throttle.onThrottled(now, { action, afterPerHour: 1, ruleId: -2, reply: `AUTH: ${message}` }, this.meter.perSecond(now));
    this.notBefore = Math.max(this.notBefore, this.parts.throttle.suspendedUntil(now) ?? now);
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
