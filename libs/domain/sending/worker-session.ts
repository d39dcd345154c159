import path from 'node:path';
import { performance } from 'node:perf_hooks';
import type { DataSource } from 'typeorm';
import { type Clock, type Logger, uuidv7 } from '#base/kernel';
import type { ProviderGate, SharedLimits, TrafficShaping, WarmupDirectory } from '#domain/shaping';
import { type ClaimedBatch, claimBatches, readDeliveries } from './batch-claims.js';
import { readEnvelopes } from './campaign-envelopes.js';
import { queueOutcome } from './delivery-outcome.js';
import { workersHere } from './housekeeping.js';
import { Journal } from './journal.js';
import type { LaneHost } from './lane-host.js';
import { LEASE_MS } from './lane-leases.js';
import type { LaneRunner } from './lane-runner.js';
import { LeasedBatch } from './leased-batch.js';
import { LeasedLanes } from './leased-lanes.js';
import type { MessageBuilder } from './message-builder.js';
import { MessageReturns } from './message-returns.js';
import type { OutcomeRecorder } from './outcome-recorder.js';
import type { OutgoingMessage } from './outgoing-message.js';
import { StandingOrders } from './queue-orders.js';
import { toMessage } from './read-messages.js';
import type { RetryPolicy } from './retry-schedule.policy.js';
import { WaysOut, type WaysOutOptions } from './ways-out.js';
import { countWorkers, registerWorker, removeWorker, renewWorker } from './workers.js';

export interface SessionOptions extends WaysOutOptions {
  readonly dataSource: DataSource;
  readonly journalRoot: string;
  readonly logger: Logger;
  /** As it is now: lanes that began with another one begin anew. */
  readonly shaping: () => TrafficShaping;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly maxReadAhead: number;
  readonly refusesSandbox: boolean;
  readonly builder: MessageBuilder;
  readonly gate: ProviderGate;
  readonly limits: SharedLimits | undefined;
  readonly warmup: WarmupDirectory;
  readonly recorder: OutcomeRecorder;
  readonly wake: () => void;
}

/**
 * One life of a worker in the database: its registration, its leases, its journal, and the lanes that it drives. A worker that
 * was declared dead begins another one.
 */
export class WorkerSession implements LaneHost {
  readonly ways: WaysOut;
  readonly returns: MessageReturns;
  private readonly lanes: LeasedLanes;
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
    this.ways = new WaysOut(options);
    this.returns = new MessageReturns(options.recorder, journal, options.clock, options.wake);
    this.lanes = new LeasedLanes(id, this, options);
    this.leaseValidUntil = registeredAt + LEASE_MS;
    workersHere.add(id);
  }

  static async open(options: SessionOptions): Promise<WorkerSession> {
    const id = uuidv7();
    const registeredAt = performance.now();
    const journal = new Journal(path.join(options.journalRoot, id));
    await registerWorker(options.dataSource, { id, hostname: options.hostname, pid: process.pid, journal: journal.directory });
    await options.egress?.refresh();
    await options.warmup.refresh();
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

  runners(): readonly LaneRunner[] {
    return this.lanes.all;
  }

  get waiting(): number {
    return this.lanes.waiting;
  }

  get active(): number {
    return this.lanes.active;
  }

  holdsLease(): boolean {
    return !this.isAbandoned && performance.now() < this.leaseValidUntil;
  }

  wantsMore(): void {
    if (this.options.recorder.isHealthy) this.options.wake();
  }

  build(message: OutgoingMessage) {
    return this.options.builder.build(message);
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
      await this.lanes.acquire(this.workers);
      const batches = await claimBatches(this.options.dataSource, this.id, this.lanes.budgets(this.room > 0), this.room);
      claimed = batches.length;
      if (claimed > 0) await this.readAhead(batches);
    }
    await this.lanes.tend();
    return claimed > 0 && this.lanes.budgets(this.room > 0).some(({ bulk }) => bulk > 0);
  }

  /** Waiting messages that match, out of the queue and into the caller's hands. */
  takeWaiting(matches: (message: OutgoingMessage) => boolean): OutgoingMessage[] {
    return this.lanes.all.flatMap((runner) => runner.remove(matches));
  }

  releaseWaiting(matches: (message: OutgoingMessage) => boolean): void {
    for (const runner of this.lanes.all) this.returns.giveBack(runner.remove(matches));
  }

  campaignsWaiting(): string[] {
    return [...new Set(this.lanes.all.flatMap((runner) => [...runner.campaigns()]))];
  }

  saveMoods(): Promise<void> {
    return this.lanes.saveMoods();
  }

  followEgress(): Promise<void> {
    return this.lanes.followEgress();
  }

  /** Does what operators ordered about mail in memory, and tries at once where they asked for it. */
  async obeyOrders(): Promise<void> {
    const orders = await StandingOrders.read(this.options.dataSource);
    if (!orders.isEmpty) {
      for (const runner of this.lanes.all)
        this.returns.obey(
          runner.remove((message) => orders.find(message, runner.lane) !== undefined),
          orders,
          runner.lane,
        );
    }
    await this.lanes.retryWhereAsked();
  }

  /** Everything is settled: leases, registration and journal go. */
  async close(): Promise<void> {
    await this.saveMoods();
    await this.lanes.finished();
    await this.saveMoods();
    await this.options.dataSource.transaction((manager) => removeWorker(manager, this.id));
    workersHere.delete(this.id);
    this.journal.close({ remove: true });
  }

  /** Another process has taken everything over: only what is on connections is still ours to report. */
  abandon(): void {
    this.isAbandoned = true;
    workersHere.delete(this.id);
    for (const runner of this.lanes.all) {
      runner.stop();
      runner.remove(() => true);
    }
  }

  /** Messages that may still be read ahead, all lanes together. */
  private get room(): number {
    return Math.max(0, this.options.maxReadAhead - this.waiting);
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
      const messages: OutgoingMessage[] = [];
      for (const id of batch.deliveryIds) {
        const read = toMessage(id, byId.get(id), lease, envelope, this.options.refusesSandbox);
        if ('lease' in read) messages.push(read);
        else
          this.options.recorder.record({
            batch: lease.facts,
            lease,
            deliveryId: id,
            outcome: queueOutcome(read.outcome, read.reply, this.now()),
          });
      }
      const ordered = orders.isEmpty ? [] : messages.filter((message) => orders.find(message, runner.lane) !== undefined);
      this.returns.obey(ordered, orders, runner.lane);
      runner.offer(ordered.length === 0 ? messages : messages.filter((message) => !ordered.includes(message)));
    }
  }
}
