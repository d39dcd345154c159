import path from 'node:path';
import { performance } from 'node:perf_hooks';
import type { DataSource } from 'typeorm';
import { MailClass, Outcome } from '#base/contracts';
import { type Clock, type Logger, type RowId, uuidv7 } from '#base/kernel';
import { type EgressDirectory, type EgressSource, chooseSource, isSmarthostSite } from '#domain/egress';
import type { NextHopResolver, NextHops } from '#net/dns';
import type { SmtpClientOptions, SmtpConnection } from '#net/smtp-client';
import type { DomainTlsPolicy, TlsPolicies } from '#net/tls-policy';
import {
  DecisionHistory,
  type LaneDecision,
  type ProviderGate,
  type ProviderShape,
  type TrafficShaping,
  LaneThrottle,
  laneShape,
  smarthostShape,
} from '#domain/shaping';
import { type ClaimBudget, type ClaimedBatch, claimBatches, readDeliveries } from './batch-claims.js';
import { readEnvelopes } from './campaign-envelopes.js';
import { type TlsSessionNote, connectNextHop } from './connect-next-hop.js';
import { type OutcomeRecord, queueOutcome } from './delivery-outcome.js';
import { BATCH_SIZE } from './enqueue-deliveries.js';
import { workersHere } from './housekeeping.js';
import { Journal, type JournalEntry } from './journal.js';
import { LEASE_MS, LaneLeases, type LeasedLane } from './lane-leases.js';
import { laneBy, laneKey } from './lane-assignment.js';
import { type LaneHost, LaneRunner } from './lane-runner.js';
import { LeasedBatch } from './leased-batch.js';
import type { MessageBuilder } from './message-builder.js';
import type { OutcomeRecorder } from './outcome-recorder.js';
import type { CampaignEnvelope, OutgoingMessage } from './outgoing-message.js';
import { type QueueOrder, StandingOrders, explainOrder } from './queue-orders.js';
import type { RetryPolicy } from './retry-schedule.policy.js';
import type { SiteOfDomain } from './site-directory.js';
import { type Moved, avoidLane, unresolvedSite } from './move-mail.js';
import { countWorkers, registerWorker, removeWorker, renewWorker } from './workers.js';

/** What mail servers must prove, and who counts whether they did. */
export interface TlsGuard {
  readonly policies: Pick<TlsPolicies, 'of'>;
  readonly onSession?: (note: TlsSessionNote) => void;
}

export interface SessionOptions {
  readonly dataSource: DataSource;
  readonly hostname: string;
  readonly journalRoot: string;
  readonly logger: Logger;
  /** As it is now: lanes that began with another one begin anew. */
  readonly shaping: () => TrafficShaping;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly maxReadAhead: number;
  readonly resolver: NextHopResolver;
  readonly refusesSandbox: boolean;
  readonly builder: MessageBuilder;
  readonly gate: ProviderGate;
  readonly recorder: OutcomeRecorder;
  readonly smtp: Omit<SmtpClientOptions, 'helo' | 'tls' | 'verifyPeer' | 'serverName'>;
  readonly tls?: TlsGuard | undefined;
  readonly egress?: EgressDirectory | undefined;
  readonly wake: () => void;
}

const LANES_AT_ONCE = 64;
/** Where several share the work: who wakes first must not take all of a small campaign. */
const LANES_AMONG_SEVERAL = 8;
const LANE_IDLE_MS = 10_000;
/** A lane that rests longer gives its mail back, so that people and other processes can see and stop it. */
const SUSPENSION_WORTH_RELEASING_MS = 2_000;
const READ_AHEAD = { least: BATCH_SIZE, most: 2_000, seconds: 4 } as const;
const URGENT_READ_AHEAD = 500;

/**
 * One life of a worker in the database: its registration, its leases, its journal, and the lanes that it drives. A worker that
 * was declared dead begins another one.
 */
export class WorkerSession implements LaneHost {
  private readonly leases: LaneLeases;
  private readonly lanes = new Map<number, LaneRunner>();
  private readonly history: DecisionHistory;
  private readonly shapingOf = new Map<number, TrafficShaping>();
  private readonly savedMoods = new Map<number, number>();
  private readonly retriesAsked = new Map<number, number>();
  /** Lanes that are given up as soon as their connections have ended: their source has changed. */
  private readonly retiring = new Set<number>();
  /** Monotonic ms until which nobody else may take over. */
  private leaseValidUntil: number;
  private isAbandoned = false;
  /** Alive, as far as known. */
  private workers = 1;

  private constructor(
    readonly id: string,
    readonly journal: Journal,
    private readonly options: SessionOptions,
    registeredAt: number,
  ) {
    this.leases = new LaneLeases(options.dataSource);
    this.history = new DecisionHistory(options.dataSource);
    this.leaseValidUntil = registeredAt + LEASE_MS;
    workersHere.add(id);
  }

  static async open(options: SessionOptions): Promise<WorkerSession> {
    const id = uuidv7();
    const registeredAt = performance.now();
    const journal = new Journal(path.join(options.journalRoot, id));
    await registerWorker(options.dataSource, { id, hostname: options.hostname, pid: process.pid, journal: journal.directory });
    await options.egress?.refresh();
    const session = new WorkerSession(id, journal, options, registeredAt);
    session.workers = await countWorkers(options.dataSource);
    return session;
  }

  get gate(): ProviderGate {
    return this.options.gate;
  }

  get retry(): RetryPolicy {
    return this.options.retry;
  }

  get logger(): Logger {
    return this.options.logger;
  }

  now(): Date {
    return this.options.clock.now();
  }

  runners(): IterableIterator<LaneRunner> {
    return this.lanes.values();
  }

  get waiting(): number {
    return sum(this.lanes.values(), (runner) => runner.waiting);
  }

  get active(): number {
    return sum(this.lanes.values(), (runner) => runner.active);
  }

  holdsLease(): boolean {
    return !this.isAbandoned && performance.now() < this.leaseValidUntil;
  }

  wantsMore(): void {
    if (this.options.recorder.isHealthy) this.options.wake();
  }

  /** @returns false when this worker was declared dead */
  async renew(): Promise<boolean> {
    const askedAt = performance.now();
    if (!(await renewWorker(this.options.dataSource, this.id))) return false;
    this.leaseValidUntil = askedAt + LEASE_MS;
    this.workers = await countWorkers(this.options.dataSource);
    return true;
  }

  /** Leases lanes, claims batches for the lanes with room, and hands their messages over. @returns whether there is more to claim at once */
  async claim(mayClaim: boolean): Promise<boolean> {
    if (!this.holdsLease()) return false;
    let claimed = 0;
    if (mayClaim) {
      await this.acquireLanes();
      const batches = await claimBatches(this.options.dataSource, this.id, this.budgets(), this.room);
      claimed = batches.length;
      if (claimed > 0) await this.readAhead(batches);
    }
    await this.tendLanes();
    return claimed > 0 && this.budgets().some(({ bulk }) => bulk > 0);
  }

  /** Waiting messages that match, out of the queue and into the caller's hands. */
  takeWaiting(matches: (message: OutgoingMessage) => boolean): OutgoingMessage[] {
    return [...this.lanes.values()].flatMap((runner) => runner.remove(matches));
  }

  releaseWaiting(matches: (message: OutgoingMessage) => boolean): void {
    for (const runner of this.lanes.values()) this.giveBack(runner.remove(matches));
  }

  campaignsWaiting(): string[] {
    return [...new Set([...this.lanes.values()].flatMap((runner) => [...runner.campaigns()]))];
  }

  async saveMoods(): Promise<void> {
    const now = this.now().getTime();
    const changed = [...this.lanes.values()].filter(({ lane, throttle }) => this.savedMoods.get(lane.id) !== throttle.changes);
    await this.leases.saveMoods(
      this.id,
      changed.map(({ lane, throttle }) => ({
        laneId: lane.id,
        retriesAsked: this.retriesAsked.get(lane.id) ?? 0,
        mood: throttle.mood(now),
      })),
    );
    for (const { lane, throttle } of changed) this.savedMoods.set(lane.id, throttle.changes);
    for (const runner of this.lanes.values()) await this.tell(runner);
    await this.history.flush();
  }

  /** Decisions of a lane's throttle go into the history; mail that is to go by other sources is handed to them first. */
  private async tell({ lane, throttle }: LaneRunner): Promise<void> {
    for (const decision of throttle.takeDecisions()) {
      const { until } = decision.facts;
      if (decision.kind !== 'switch-source' || until === undefined) {
        this.history.add(lane.id, [decision]);
        continue;
      }
      // Not known is no reason to lose the decision: housekeeping moves what waits as soon as the lane is marked.
      const moved = await avoidLane(this.options.dataSource, lane.id, new Date(until)).catch(() => undefined);
      this.history.add(lane.id, [{ ...decision, ...describeMove(decision, moved) }]);
    }
  }

  /** Does what operators ordered about mail in memory, and tries at once where they asked for it. */
  async obeyOrders(): Promise<void> {
    const orders = await StandingOrders.read(this.options.dataSource);
    if (!orders.isEmpty) {
      for (const runner of this.lanes.values())
        this.obey(
          runner.remove((message) => orders.find(message, runner.lane) !== undefined),
          orders,
          runner.lane,
        );
    }
    for (const [laneId, asked] of await this.leases.retriesAsked(this.id)) {
      if (this.retriesAsked.get(laneId) === asked) continue;
      this.retriesAsked.set(laneId, asked);
      this.lanes.get(laneId)?.retryNow();
    }
  }

  /**
   * Takes in what has changed about egress sources and limits: such lanes are given up, to be leased anew as they are now, or moved by
   * housekeeping where nothing may leave by them.
   */
  async followEgress(): Promise<void> {
    const { dataSource, egress } = this.options;
    await egress?.refresh();
    const rows = (await dataSource.query('SELECT id, revision FROM egress_sources')) as { id: number; revision: number }[];
    const revisionOf = new Map(rows.map(({ id, revision }) => [id, revision]));
    for (const [id, { lane }] of this.lanes) {
      const isSame =
        this.shapingOf.get(id) === this.options.shaping() &&
        revisionOf.get(lane.sourceId) === lane.sourceRevision &&
        (!egress || egress.find(lane.sourceId) !== undefined);
      if (isSame || this.retiring.has(id)) continue;
      this.retiring.add(id);
      this.lanes.get(id)!.stop();
    }
  }

  /** Everything is settled: leases, registration and journal go. */
  async close(): Promise<void> {
    await this.saveMoods();
    await this.options.dataSource.transaction((manager) => removeWorker(manager, this.id));
    workersHere.delete(this.id);
    this.journal.close({ remove: true });
  }

  /** Another process has taken everything over: only what is on connections is still ours to report. */
  abandon(): void {
    this.isAbandoned = true;
    workersHere.delete(this.id);
    for (const runner of this.lanes.values()) {
      runner.stop();
      runner.remove(() => true);
    }
  }

  async resolve(message: OutgoingMessage, lane: LeasedLane): Promise<NextHops> {
    return this.sourceOf(lane)?.smarthost?.hops ?? this.options.resolver.resolve(message.domain);
  }

  sourceOf({ sourceId }: LeasedLane): EgressSource | undefined {
    return this.options.egress?.find(sourceId);
  }

  build(message: OutgoingMessage) {
    return this.options.builder.build(message);
  }

  async tlsPolicy(message: OutgoingMessage, hops: NextHops): Promise<DomainTlsPolicy | undefined> {
    return this.options.tls?.policies.of(message.domain, hops);
  }

  connect(hops: NextHops, lane: LeasedLane, shape: ProviderShape, policy: DomainTlsPolicy | undefined): Promise<SmtpConnection> {
    const { smtp, hostname, tls } = this.options;
    const source = this.sourceOf(lane);
    const relay = source?.smarthost;
    return connectNextHop({
      hops,
      policy,
      smtp: { ...smtp, helo: source?.helo ?? hostname, ...(relay?.auth && { auth: relay.auth }) },
      requiresTls: shape.requiresTls ?? false,
      path: source?.path,
      fixedTls: relay?.tls,
      ...(tls && { onSession: (note) => tls.onSession?.(note) }),
    });
  }

  settle(message: OutgoingMessage, record: Pick<OutcomeRecord, 'outcome' | 'dueAt'>, entry?: JournalEntry): void {
    const { lease, deliveryId } = message;
    this.options.recorder.record({
      ...record,
      batch: lease.facts,
      lease,
      deliveryId,
      ...(entry && { journaled: { journal: this.journal, entry } }),
    });
  }

  reroute(message: OutgoingMessage, { site, provider }: SiteOfDomain, { sourceId }: LeasedLane): void {
    const to = { sourceId, site, provider };
    this.options.recorder.release({ lease: message.lease, deliveryIds: [message.deliveryId], to, dueAt: this.now() });
    this.options.wake();
  }

  private giveBack(messages: readonly OutgoingMessage[], holdId?: number): void {
    const byLease = Map.groupBy(messages, ({ lease }) => lease);
    for (const [lease, group] of byLease)
      this.options.recorder.release({
        lease,
        deliveryIds: group.map(({ deliveryId }) => deliveryId),
        dueAt: this.now(),
        ...(holdId !== undefined && { holdId }),
      });
  }

  /** Messages that an order is about leave the sender's hands. */
  private obey(messages: readonly OutgoingMessage[], orders: StandingOrders, lane: LeasedLane): void {
    for (const [order, group] of Map.groupBy(messages, (message) => orders.find(message, lane)!)) {
      if (order.action === 'hold') this.giveBack(group, order.id);
      else if (order.action === 'move') this.handOver(group, orders.targetsOf(order), lane);
      else
        for (const { lease, deliveryId } of group)
          this.options.recorder.record({ batch: lease.facts, lease, deliveryId, outcome: this.outcomeOf(order) });
    }
  }

  /** Messages go to other sources, towards the same site where it is one. */
  private handOver(messages: readonly OutgoingMessage[], targets: ReturnType<StandingOrders['targetsOf']>, lane: LeasedLane): void {
    const refOf = (message: OutgoingMessage) =>
      laneBy(chooseSource(targets, message.deliveryId), isSmarthostSite(lane.site) ? unresolvedSite(message.domain) : lane);
    for (const group of Map.groupBy(messages, (message) => `${message.lease.facts.id} ${laneKey(refOf(message))}`).values())
      this.options.recorder.release({
        lease: group[0]!.lease,
        deliveryIds: group.map(({ deliveryId }) => deliveryId),
        to: refOf(group[0]!),
        dueAt: this.now(),
      });
  }

  private outcomeOf(order: QueueOrder): OutcomeRecord['outcome'] {
    const isBounce = order.action === 'bounce';
    return queueOutcome(
      isBounce ? Outcome.bounced : Outcome.cancelled,
      explainOrder(order),
      this.now(),
      isBounce ? { bounceClass: 'other' } : {},
    );
  }

  private async acquireLanes(): Promise<void> {
    const { egress } = this.options;
    const leased = await this.leases.acquire(this.id, this.workers > 1 ? LANES_AMONG_SEVERAL : LANES_AT_ONCE, egress?.usableIds() ?? null);
    if (egress && leased.some(({ sourceId, sourceRevision }) => egress.find(sourceId)?.revision !== sourceRevision)) await egress.refresh();
    const shaping = this.options.shaping();
    for (const lane of leased) {
      const source = this.sourceOf(lane);
      const place = { provider: lane.provider, site: lane.site, source: source?.name };
      const shape = laneShape(shaping, place, smarthostShape(shaping, lane.provider, source));
      const { backoff, ruleTimeScale, rules } = shaping;
      const label = lane.provider === 'default' ? lane.site : lane.provider;
      const throttle = new LaneThrottle({ shape, backoff, ruleTimeScale, provider: lane.provider, label }, lane.mood, this.now().getTime());
      this.lanes.set(lane.id, new LaneRunner(lane, throttle, shape, this, rules));
      this.shapingOf.set(lane.id, shaping);
      this.savedMoods.set(lane.id, throttle.changes);
      this.retriesAsked.set(lane.id, lane.retriesAsked);
    }
  }

  /** Messages that may still be read ahead, all lanes together. */
  private get room(): number {
    return Math.max(0, this.options.maxReadAhead - this.waiting);
  }

  /** Room in each lane, in batches: a few seconds of its rate. What all of them take together is limited when they claim. */
  private budgets(): ClaimBudget[] {
    const now = this.now().getTime();
    const hasRoom = this.room > 0;
    const budgets: ClaimBudget[] = [];
    for (const runner of this.lanes.values()) {
      if (runner.throttle.suspendedUntil(now) !== undefined || this.retiring.has(runner.lane.id)) continue;
      const rate = runner.throttle.rateAt(now);
      const target = Math.min(READ_AHEAD.most, Math.max(READ_AHEAD.least, rate * READ_AHEAD.seconds));
      const urgentWaiting = runner.waitingBefore(MailClass.bulk);
      const bulkWaiting = runner.waiting - urgentWaiting;
      runner.lowWater = Math.floor(target / 2);
      const bulk = bulkWaiting <= target / 2 && hasRoom ? Math.ceil((target - bulkWaiting) / BATCH_SIZE) : 0;
      const urgent = urgentWaiting < URGENT_READ_AHEAD ? 2 : 0;
      if (bulk + urgent > 0) budgets.push({ laneId: runner.lane.id, urgent, bulk });
    }
    return budgets;
  }

  private async readAhead(batches: readonly ClaimedBatch[]): Promise<void> {
    const { dataSource } = this.options;
    const campaignIds = [...new Set(batches.flatMap(({ campaignId }) => campaignId ?? []))];
    const [rows, envelopes, orders] = await Promise.all([
      readDeliveries(
        dataSource,
        batches.flatMap(({ deliveryIds }) => deliveryIds),
      ),
      readEnvelopes(dataSource, campaignIds),
      // Asked after the claim: what was ordered before is obeyed before anything leaves.
      StandingOrders.read(dataSource),
    ]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const batch of batches) {
      const runner = this.lanes.get(batch.laneId)!;
      const lease = new LeasedBatch(batch, runner.lane, this.id);
      const envelope = batch.campaignId === null ? undefined : envelopes.get(batch.campaignId);
      const messages = batch.deliveryIds.flatMap((id) => this.toMessage(id, byId.get(id), lease, envelope) ?? []);
      const ordered = orders.isEmpty ? [] : messages.filter((message) => orders.find(message, runner.lane) !== undefined);
      this.obey(ordered, orders, runner.lane);
      runner.offer(ordered.length === 0 ? messages : messages.filter((message) => !ordered.includes(message)));
    }
  }

  /** The message to send, or nothing when the queue itself can tell its outcome. */
  private toMessage(
    id: RowId,
    row: Awaited<ReturnType<typeof readDeliveries>>[number] | undefined,
    lease: LeasedBatch,
    envelope: CampaignEnvelope | undefined,
  ): OutgoingMessage | undefined {
    const { facts } = lease;
    const settle = (outcome: Outcome, reply: string) => {
      this.options.recorder.record({ batch: facts, lease, deliveryId: id, outcome: queueOutcome(outcome, reply, this.now()) });
      return undefined;
    };
    if (!row) return settle(Outcome.failed, 'The delivery was deleted before it was sent.');
    if ((envelope?.isSandbox || row.isSandbox) && this.options.refusesSandbox)
      return settle(Outcome.failed, 'The sandbox domain reaches only the built-in simulator, which is off while delivery is live.');
    if (row.isSuppressed) return settle(Outcome.suppressed, 'The address was suppressed after the campaign was prepared.');
    return {
      lease,
      class: facts.class,
      workspaceId: facts.workspaceId,
      deliveryId: id,
      kind: row.kind,
      email: row.email,
      domain: row.email.slice(row.email.lastIndexOf('@') + 1).toLowerCase(),
      merge: row.merge,
      templateVersionId: row.templateVersionId ?? envelope?.templateVersionId ?? null,
      envelope,
      messageId: row.messageId,
      losses: 0,
    };
  }

  /** Keeps lanes moving, empties those that must rest, and gives up those with nothing to do. */
  private async tendLanes(): Promise<void> {
    const now = this.now().getTime();
    const done: number[] = [];
    for (const [id, runner] of this.lanes) {
      const rest = (runner.throttle.suspendedUntil(now) ?? now) - now;
      const isToRest = rest > SUSPENSION_WORTH_RELEASING_MS || this.retiring.has(id);
      if (isToRest) this.giveBack(runner.remove(() => true));
      runner.pump();
      const isResting = isToRest && runner.active === 0 && runner.openConnections === 0 && runner.waiting === 0;
      if (isResting || runner.idleFor(Date.now()) > LANE_IDLE_MS) done.push(id);
    }
    if (done.length === 0) return;
    await this.saveMoods();
    await this.leases.release(this.id, done);
    for (const id of done) {
      this.lanes.get(id)!.stop();
      this.lanes.delete(id);
      this.retiring.delete(id);
      this.shapingOf.delete(id);
    }
  }
}

function describeMove({ sentence, facts }: LaneDecision, moved: Moved | undefined): Pick<LaneDecision, 'sentence' | 'facts'> {
  if (!moved || moved.to.length === 0) return { sentence: `${sentence}; it waits where its pool has no other`, facts };
  return { sentence: `${sentence}; went to ${moved.to.join(' and ')}`, facts: { ...facts, movedTo: moved.to } };
}

function sum<T>(items: Iterable<T>, of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
