import type { DataSource } from 'typeorm';
import { MailClass } from '#base/contracts';
import { type Clock, messageOf } from '#base/kernel';
import type { EgressDirectory, EgressSource } from '#domain/egress';
import {
  DecisionHistory,
  type LaneDecision,
  LaneLimits,
  LaneThrottle,
  type ProviderShape,
  type SharedLimits,
  type TrafficShaping,
  type WarmupDirectory,
  laneShape,
  smarthostShape,
} from '#domain/shaping';
import type { ClaimBudget } from './batch-claims.js';
import { bounceRest } from './bounce-rest.js';
import { BATCH_SIZE } from './enqueue-deliveries.js';
import type { LaneHost } from './lane-host.js';
import { LaneLeases, type LeasedLane } from './lane-leases.js';
import { LaneRunner } from './lane-runner.js';
import { type Moved, avoidLane, overflowLane } from './move-mail.js';

const LANES_AT_ONCE = 64;
/** Where several share the work: who wakes first must not take all of a small campaign. */
const LANES_AMONG_SEVERAL = 8;
const LANE_IDLE_MS = 10_000;
/** A lane that rests longer gives its mail back, so that people and other processes can see and stop it. */
const SUSPENSION_WORTH_RELEASING_MS = 2_000;
const READ_AHEAD = { least: BATCH_SIZE, most: 2_000, seconds: 4 } as const;
const URGENT_READ_AHEAD = 500;

export interface LeasedLanesOptions {
  readonly dataSource: DataSource;
  readonly clock: Clock;
  /** As it is now: lanes that began with another one begin anew. */
  readonly shaping: () => TrafficShaping;
  readonly egress?: EgressDirectory | undefined;
  /** Those that lanes and processes keep together. */
  readonly limits?: SharedLimits | undefined;
  readonly warmup?: WarmupDirectory | undefined;
}

/** The lanes that one worker drives: leased, kept within their limits as these change, and given up when they have nothing to do. */
export class LeasedLanes {
  private readonly leases: LaneLeases;
  private readonly runners = new Map<number, LaneRunner>();
  private readonly history: DecisionHistory;
  private readonly shapingOf = new Map<number, TrafficShaping>();
  private bouncing: Promise<void> = Promise.resolve();
  private readonly savedMoods = new Map<number, number>();
  private readonly retriesAsked = new Map<number, number>();
  /** Lanes that are given up as soon as their connections have ended: their source has changed. */
  private readonly retiring = new Set<number>();

  constructor(
    private readonly workerId: string,
    private readonly host: LaneHost,
    private readonly options: LeasedLanesOptions,
  ) {
    this.leases = new LaneLeases(options.dataSource);
    this.history = new DecisionHistory(options.dataSource);
  }

  get all(): readonly LaneRunner[] {
    return [...this.runners.values()];
  }

  get(laneId: number): LaneRunner | undefined {
    return this.runners.get(laneId);
  }

  /** Messages that wait in memory. */
  get waiting(): number {
    return sum(this.runners.values(), (runner) => runner.waiting);
  }

  get active(): number {
    return sum(this.runners.values(), (runner) => runner.active);
  }

  /** @param workers alive, as far as known */
  async acquire(workers: number): Promise<void> {
    const { egress } = this.options;
    const leased = await this.leases.acquire(this.workerId, workers > 1 ? LANES_AMONG_SEVERAL : LANES_AT_ONCE, egress?.usableIds() ?? null);
    if (egress && leased.some(({ sourceId, sourceRevision }) => egress.find(sourceId)?.revision !== sourceRevision)) await egress.refresh();
    const shaping = this.options.shaping();
    for (const lane of leased) {
      const source = this.host.ways.sourceOf(lane);
      const place = { provider: lane.provider, site: lane.site, source: source?.name };
      const shape = laneShape(shaping, place, smarthostShape(shaping, lane.provider, source));
      const { backoff, ruleTimeScale, rules } = shaping;
      const label = lane.provider === 'default' ? lane.site : lane.provider;
      const throttle = new LaneThrottle(
        { shape, backoff, ruleTimeScale, provider: lane.provider, label },
        lane.mood,
        this.options.clock.now().getTime(),
      );
      const limits = this.limitsOf(lane, source, shape);
      this.runners.set(lane.id, new LaneRunner(lane, throttle, shape, this.host, rules, limits));
      this.shapingOf.set(lane.id, shaping);
      this.savedMoods.set(lane.id, throttle.changes);
      this.retriesAsked.set(lane.id, lane.retriesAsked);
    }
  }

  private limitsOf({ sourceId, site, provider }: LeasedLane, source: EgressSource | undefined, shape: ProviderShape): LaneLimits {
    const { limits } = this.options;
    return new LaneLimits(
      { sourceId, source: source?.name ?? 'default', site, provider },
      shape,
      limits,
      () => this.options.warmup?.volumesOf({ sourceId, site, provider }) ?? [],
    );
  }

  /** Room in each lane, in batches: a few seconds of its rate. What all of them take together is limited when they claim. */
  budgets(hasRoom: boolean): ClaimBudget[] {
    const now = this.options.clock.now().getTime();
    const budgets: ClaimBudget[] = [];
    for (const runner of this.runners.values()) {
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

  async saveMoods(): Promise<void> {
    const now = this.options.clock.now().getTime();
    const changed = [...this.runners.values()].filter(({ lane, throttle }) => this.savedMoods.get(lane.id) !== throttle.changes);
    await this.leases.saveMoods(
      this.workerId,
      changed.map(({ lane, throttle }) => ({
        laneId: lane.id,
        retriesAsked: this.retriesAsked.get(lane.id) ?? 0,
        mood: throttle.mood(now),
      })),
    );
    for (const { lane, throttle } of changed) this.savedMoods.set(lane.id, throttle.changes);
    for (const runner of this.runners.values()) await this.tell(runner);
    await this.history.flush();
  }

  /** Decisions of a lane's throttle go into the history; mail that is to go by other sources is handed to them first. */
  private async tell({ lane, throttle }: LaneRunner): Promise<void> {
    for (const decision of throttle.takeDecisions()) {
      if (decision.kind === 'bounce-rest') {
        this.bouncing = this.bounce(lane, decision);
        continue;
      }
      const { until } = decision.facts;
      if ((decision.kind !== 'switch-source' && decision.kind !== 'quota') || until === undefined) {
        this.history.add(lane.id, [decision]);
        continue;
      }
      // Not known is no reason to lose the decision: housekeeping moves what waits as soon as the lane is marked.
      const move = decision.kind === 'quota' ? overflowLane : avoidLane;
      const moved = await move(this.options.dataSource, lane.id, new Date(until)).catch(() => undefined);
      this.history.add(lane.id, [{ ...decision, ...describeMove(decision, moved) }]);
    }
  }

  /** A million messages take their time: nobody waits for it, and what is not told in the end is ordered all the same. */
  private async bounce(lane: LeasedLane, decision: LaneDecision): Promise<void> {
    await this.bouncing;
    const told = await bounceRest(this.options.dataSource, lane, decision).catch((error: unknown) => {
      this.host.logger.error({ lane: lane.site, reason: messageOf(error) }, 'mail that a reply rule bounces could not be');
      return decision;
    });
    this.history.add(lane.id, [told]);
  }

  /** What was begun is done. */
  async finished(): Promise<void> {
    await this.bouncing;
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
    for (const [id, { lane }] of this.runners) {
      const isSame =
        this.shapingOf.get(id) === this.options.shaping() &&
        revisionOf.get(lane.sourceId) === lane.sourceRevision &&
        (!egress || egress.find(lane.sourceId) !== undefined);
      if (isSame || this.retiring.has(id)) continue;
      this.retiring.add(id);
      this.runners.get(id)!.stop();
    }
  }

  /** Lanes that an operator wants tried at once, are. */
  async retryWhereAsked(): Promise<void> {
    for (const [laneId, asked] of await this.leases.retriesAsked(this.workerId)) {
      if (this.retriesAsked.get(laneId) === asked) continue;
      this.retriesAsked.set(laneId, asked);
      this.runners.get(laneId)?.retryNow();
    }
  }

  /** Keeps lanes moving, empties those that must rest, and gives up those with nothing to do. */
  async tend(): Promise<void> {
    const now = this.options.clock.now().getTime();
    const done: number[] = [];
    for (const [id, runner] of this.runners) {
      const rest = (runner.throttle.suspendedUntil(now) ?? now) - now;
      const isToRest = rest > SUSPENSION_WORTH_RELEASING_MS || this.retiring.has(id);
      if (isToRest) this.host.returns.giveBack(runner.remove(() => true));
      runner.pump();
      const isResting = isToRest && runner.active === 0 && runner.openConnections === 0 && runner.waiting === 0;
      if (isResting || runner.idleFor(Date.now()) > LANE_IDLE_MS) done.push(id);
    }
    if (done.length === 0) return;
    await this.saveMoods();
    await this.leases.release(this.workerId, done);
    for (const id of done) {
      this.runners.get(id)!.stop();
      this.runners.delete(id);
      this.retiring.delete(id);
      this.shapingOf.delete(id);
    }
  }
}

function describeMove({ kind, sentence, facts }: LaneDecision, moved: Moved | undefined): Pick<LaneDecision, 'sentence' | 'facts'> {
  if (kind === 'quota' && (!moved || moved.to.length === 0)) return { sentence, facts };
  if (!moved || moved.to.length === 0) return { sentence: `${sentence}; it waits where its pool has no other`, facts };
  return { sentence: `${sentence}; went to ${moved.to.join(' and ')}`, facts: { ...facts, movedTo: moved.to } };
}

function sum<T>(items: Iterable<T>, of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}
