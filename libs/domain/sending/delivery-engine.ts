import { mkdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { MailClass, Outcome } from '#base/contracts';
import { type Clock, type Logger, messageOf, systemClock } from '#base/kernel';
import type { EgressDirectory } from '#domain/egress';
import type { TrackingUrls } from '#domain/tracking';
import type { DkimAlgorithm } from '#protocol/dkim';
import type { NextHopResolver } from '#net/dns';
import type { SmtpClientOptions } from '#net/smtp-client';
import {
  PgTokenLender,
  ConnectionShares,
  ProviderGate,
  type ShapingFile,
  SharedLimits,
  type TokenLender,
  type TrafficShaping,
  WarmupDirectory,
  defaultTrafficShaping,
  forgetOldDecisions,
  sweepTokenLimits,
  turnWarmupDays,
} from '#domain/shaping';
import { Alarm } from './alarm.js';
import { queueOutcome } from './delivery-outcome.js';
import { readCampaignStatus } from './campaign-envelopes.js';
import { recoverDeadWorkers, sweepCancelled, sweepExpired } from './housekeeping.js';
import { MessageBuilder } from './message-builder.js';
import { MessageSources, type SigningKeySource } from './message-sources.js';
import type { SpoolBlobs } from './message-spool.js';
import type { OutgoingMessage } from './outgoing-message.js';
import { OutcomeRecorder } from './outcome-recorder.js';
import { QueueListener } from './queue-listener.js';
import { sweepOrders } from './queue-orders.js';
import { moveStranded } from './move-mail.js';
import { RetryPolicy } from './retry-schedule.policy.js';
import { warmupCounter } from './warmup-counter.js';
import { WorkerSession } from './worker-session.js';
import type { TlsGuard } from './ways-out.js';

export interface DeliveryEngineOptions {
  readonly dataSource: DataSource;
  readonly resolver: NextHopResolver;
  /** Mail of sandbox domains must never leave for the internet: with a resolver that leads there, it fails with the reason. */
  readonly refusesSandbox?: boolean;
  readonly keys: SigningKeySource;
  /** Where accepted mail lies that is too large for a row. */
  readonly blobs?: SpoolBlobs;
  readonly urls: TrackingUrls;
  /** EHLO name, and the machine whose processes may be looked at. */
  readonly hostname: string;
  /** Directory under which every worker keeps its journal. */
  readonly journalRoot: string;
  readonly logger: Logger;
  readonly shaping?: TrafficShaping;
  /** In place of `shaping`: read anew when it changes. */
  readonly shapingFile?: Pick<ShapingFile, 'current' | 'refresh'>;
  readonly retry?: RetryPolicy;
  /** Which of a domain's keys sign; by default all. */
  readonly dkimAlgorithms?: readonly DkimAlgorithm[];
  readonly clock?: Clock;
  readonly pollMs?: number;
  /** Messages in memory, all lanes together. */
  readonly maxReadAhead?: number;
  readonly maxConnections?: number;
  /** Keeps limits that several processes share; by default in PostgreSQL. */
  readonly lender?: TokenLender;
  readonly smtp?: Pick<SmtpClientOptions, 'timeouts' | 'ca'>;
  /** TLS policies of domains; without it TLS is opportunistic, or as the provider's shape demands. */
  readonly tls?: TlsGuard;
  /** Sources as they are configured. Without it mail leaves from this machine as the system likes, whatever its source: the sandbox does. */
  readonly egress?: EgressDirectory;
}

export interface EngineStats {
  readonly workerId: string;
  readonly lanes: number;
  readonly waiting: number;
  readonly active: number;
  readonly connections: number;
  readonly uncommitted: number;
  /** Outcomes committed since the start. */
  readonly settled: number;
}

const POLL_MS = 250;
const HEARTBEAT_MS = 5_000;
const WATCH_MS = 1_000;
const HOUSEKEEPING_MS = 5_000;
const RETRY_MS = 500;
const QUIT_MS = 2_500;

/**
 * Claims, renders, signs, sends and records: the whole outbound side of one process. Everything durable is in PostgreSQL
 * and in the worker's journal; what is here can be lost at any instant.
 */
export class DeliveryEngine {
  private readonly recorder: OutcomeRecorder;
  private readonly builder: MessageBuilder;
  private readonly gate: ProviderGate;
  private readonly limits: SharedLimits;
  private readonly shares: ConnectionShares;
  private readonly warmup: WarmupDirectory;
  private readonly listener: QueueListener;
  private readonly retry: RetryPolicy;
  /** Ends waits between rounds. */
  private readonly stopping = new AbortController();
  /** Cuts connections. */
  private readonly abort = new AbortController();
  private session: WorkerSession | undefined;
  private readonly loops: Promise<void>[] = [];
  private readonly tick = new Alarm();
  private readonly watch = new Alarm();
  private settled = 0;
  private readonly complaints = new Set<string>();

  constructor(private readonly options: DeliveryEngineOptions) {
    const { dataSource, logger } = options;
    this.retry = options.retry ?? new RetryPolicy();
    this.recorder = new OutcomeRecorder(dataSource, logger, (outcomes) => (this.settled += outcomes.length));
    this.builder = new MessageBuilder(new MessageSources(dataSource, options.keys, options.dkimAlgorithms, options.blobs), options.urls);
    this.gate = new ProviderGate(options.maxConnections ?? 400);
    this.shares = new ConnectionShares(
      dataSource,
      () => this.gate.uses(),
      () => this.gate.reconsider(),
      logger,
    );
    this.gate.shareWith(this.shares);
    this.warmup = new WarmupDirectory(dataSource, () => (options.clock ?? systemClock).now());
    this.limits = new SharedLimits({ lender: options.lender ?? new PgTokenLender(dataSource), logger });
    this.listener = new QueueListener(
      dataSource,
      () => this.wake(),
      () => this.watch.ring(),
    );
  }

  /** Registers the worker, accounts for dead predecessors, and begins to send. */
  async start(): Promise<void> {
    mkdirSync(this.options.journalRoot, { recursive: true });
    this.session = await this.openSession();
    await this.housekeep();
    await this.listener.open();
    this.loops.push(
      this.every(HEARTBEAT_MS, 'heartbeat', () => this.heartbeat()),
      this.tickLoop(),
      this.watchLoop(),
      this.every(HOUSEKEEPING_MS, 'housekeeping', () => this.housekeep()),
    );
  }

  /**
   * Stops claiming, lets transactions end for at most `graceMs`, hands unsent mail back, commits every outcome and gives
   * up the leases. What does not end in time is cut; its journal tells the successor.
   */
  async stop(graceMs = 30_000): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.stopping.abort();
    const deadline = Date.now() + graceMs;
    const session = this.session!;
    for (const runner of session.runners()) runner.stop();
    session.releaseWaiting(() => true);
    await until(() => session.active === 0, deadline);
    await until(() => this.gate.connections === 0, Date.now() + QUIT_MS);
    this.abort.abort();
    await until(() => session.active === 0, Date.now() + QUIT_MS);
    await Promise.race([this.recorder.drain(), sleep(Math.max(1_000, deadline - Date.now()), undefined, { ref: false })]);
    this.tick.ring();
    this.watch.ring();
    await Promise.all([this.limits.close(), this.shares.close()]).catch((error: unknown) =>
      this.options.logger.warn({ reason: messageOf(error) }, 'unused parts of shared limits are lost'),
    );
    await this.listener.close();
    if (session.active === 0 && this.recorder.backlog === 0)
      await session
        .close()
        .catch((error: unknown) => this.options.logger.warn({ reason: messageOf(error) }, 'leases could not be given up; they run out'));
    await Promise.all(this.loops);
  }

  /** Looks for mail now rather than at the next poll. */
  wake(): void {
    this.tick.ring();
  }

  get stats(): EngineStats {
    const session = this.session!;
    return {
      workerId: session.id,
      lanes: session.runners().length,
      waiting: session.waiting,
      active: session.active,
      connections: this.gate.connections,
      uncommitted: this.recorder.backlog,
      settled: this.settled,
    };
  }

  private openSession(): Promise<WorkerSession> {
    const { options } = this;
    return WorkerSession.open({
      dataSource: options.dataSource,
      hostname: options.hostname,
      journalRoot: options.journalRoot,
      logger: options.logger,
      shaping: () => options.shapingFile?.current ?? options.shaping ?? defaultTrafficShaping(),
      retry: this.retry,
      clock: options.clock ?? systemClock,
      maxReadAhead: options.maxReadAhead ?? 20_000,
      resolver: options.resolver,
      refusesSandbox: options.refusesSandbox ?? false,
      builder: this.builder,
      gate: this.gate,
      limits: this.limits,
      warmup: this.warmup,
      recorder: this.recorder,
      smtp: { ...options.smtp, signal: this.abort.signal },
      tls: options.tls,
      egress: options.egress,
      wake: () => this.wake(),
    });
  }

  private async heartbeat(): Promise<void> {
    const session = this.session!;
    if (await session.renew()) return;
    // Another process took our mail over while we slept. What is on connections ends and is recorded; all else is theirs.
    this.options.logger.warn({ worker: session.id }, 'this worker was declared dead; it starts anew');
    session.abandon();
    this.session = await this.openSession();
  }

  private async tickLoop(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const hasMore = await this.guarded('claim', () => this.session!.claim(this.recorder.isHealthy));
      await this.tick.wait(hasMore ? 0 : (this.options.pollMs ?? POLL_MS));
    }
  }

  private async watchLoop(): Promise<void> {
    for (;;) {
      await this.watch.wait(WATCH_MS);
      if (this.stopping.signal.aborted) return;
      await this.guarded('watch', () => this.watchCampaigns());
      await this.guarded('orders', () => this.session!.obeyOrders());
      this.options.shapingFile?.refresh();
      await this.guarded('warm-up', () => this.warmup.refresh());
      await this.guarded('egress', () => this.session!.followEgress());
      await this.guarded('moods', () => this.session!.saveMoods());
    }
  }

  /** Hands unsent mail of paused campaigns back, and settles that of cancelled ones. */
  private async watchCampaigns(): Promise<void> {
    const session = this.session!;
    const inMemory = session.campaignsWaiting();
    if (inMemory.length === 0) return;
    const status = await readCampaignStatus(this.options.dataSource, inMemory);
    const isBulkOf = (message: OutgoingMessage, wanted: (status: string | undefined) => boolean) =>
      message.class === MailClass.bulk && message.lease.facts.campaignId !== null && wanted(status.get(message.lease.facts.campaignId));
    const now = (this.options.clock ?? systemClock).now();
    for (const message of session.takeWaiting((m) => isBulkOf(m, (s) => s === 'cancelled' || s === undefined))) {
      this.recorder.record({
        batch: message.lease.facts,
        lease: message.lease,
        deliveryId: message.deliveryId,
        outcome: queueOutcome(Outcome.cancelled, 'The campaign was cancelled.', now),
      });
    }
    session.releaseWaiting((m) => isBulkOf(m, (s) => s !== undefined && s !== 'sending' && s !== 'cancelled'));
  }

  private async housekeep(): Promise<void> {
    const { dataSource, hostname, journalRoot, logger } = this.options;
    const discardJournal = (directory: string) => rmSync(directory, { recursive: true, force: true });
    const recovered = await recoverDeadWorkers({
      dataSource,
      hostname,
      journalRoot,
      logger,
      retry: this.retry,
      workerId: this.session!.id,
      discardJournal,
    });
    const cancelled = await sweepCancelled(dataSource);
    const expired = await sweepExpired(dataSource);
    const freed = await sweepOrders(dataSource);
    for (const sentence of await turnWarmupDays(dataSource, warmupCounter(dataSource), (this.options.clock ?? systemClock).now()))
      logger.info({}, sentence);
    await sweepTokenLimits(dataSource);
    await forgetOldDecisions(dataSource, (this.options.clock ?? systemClock).now());
    const { changed: moved, to } = await moveStranded(dataSource);
    if (moved > 0) logger.info({ moved, to }, 'mail whose source is not to be used goes by the others of its pool');
    if (cancelled + expired > 0) logger.info({ cancelled, expired }, 'settled queued mail that will not be sent');
    if (recovered + freed + moved > 0) this.wake();
  }

  private async every(ms: number, what: string, work: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await sleep(ms, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.guarded(what, work);
    }
  }

  /** The database may be away for a while: said once, tried again for ever. */
  private async guarded<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      if (this.complaints.delete(what)) this.options.logger.info({}, `${what} works again`);
      return result;
    } catch (error) {
      if (!this.complaints.has(what)) this.options.logger.error({ reason: messageOf(error) }, `${what} does not work; trying again`);
      this.complaints.add(what);
      await sleep(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      return undefined;
    }
  }
}

async function until(isDone: () => boolean, deadline: number): Promise<void> {
  while (!isDone() && Date.now() < deadline) await sleep(Math.min(20, Math.max(1, deadline - Date.now())));
}
