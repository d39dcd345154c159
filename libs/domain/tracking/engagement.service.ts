import type { DataSource } from 'typeorm';
import { Actor, EventKind, Outcome, DeliveryKind } from '#base/contracts';
import { type Logger, type RowId, messageOf } from '#base/kernel';
import { type ActorPolicyOptions, defaultActorPolicy, isBurst, judgeActor } from './actor.policy.js';
import { EventRecorder, type TrackedEvent } from './event-recorder.js';

/** An open or click as the tracker heard it. */
export interface Hit {
  readonly kind: typeof EventKind.open | typeof EventKind.click;
  readonly deliveryId: RowId;
  /** Position of the link; 0 for an open. */
  readonly link: number;
  readonly linksInMessage: number;
  readonly method: string;
  readonly userAgent: string;
  /** null when nobody can say. */
  readonly ip: string | null;
  readonly at: Date;
}

interface DeliveryFacts {
  readonly delivery_id: RowId;
  readonly workspace_id: string;
  readonly campaign_id: string | null;
  readonly contact_id: string | null;
  readonly kind: number;
  readonly delivered_at: Date | null;
  /** Opens and clicks that were recorded before. */
  readonly opens: number;
  readonly clicks: number;
}

export interface EngagementOptions {
  readonly flushMs?: number;
  readonly maxBatch?: number;
  readonly policy?: ActorPolicyOptions;
  /** Opens, and clicks, of one delivery that are recorded at all. */
  readonly maxPerDelivery?: number;
}

/**
 * Takes opens and clicks at the speed of the network and records them in batches: one transaction per 50 ms or 500 hits.
 * Whoever asked for the pixel or the link never waits for it. While PostgreSQL is away hits wait in memory, up to a bound.
 */
export class EngagementService {
  private waiting: Hit[] = [];
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> = Promise.resolve();
  private readonly recorder = new EventRecorder();
  private readonly bursts: ClickBursts;
  private readonly flushMs: number;
  private readonly maxBatch: number;
  private readonly policy: ActorPolicyOptions;
  private readonly maxPerDelivery: number;
  private dropped = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly logger: Logger,
    options: EngagementOptions = {},
  ) {
    this.flushMs = options.flushMs ?? 50;
    this.maxBatch = options.maxBatch ?? 500;
    this.policy = options.policy ?? defaultActorPolicy;
    this.maxPerDelivery = options.maxPerDelivery ?? MAX_PER_DELIVERY;
    this.bursts = new ClickBursts(this.policy.burstWindowMs);
  }

  accept(hit: Hit): void {
    if (this.waiting.length >= MAX_WAITING) {
      if (this.dropped++ % 10_000 === 0)
        this.logger.error({ dropped: this.dropped }, 'the database has been away too long: opens and clicks are being lost');
      return;
    }
    this.waiting.push(hit);
    this.timer ??= setTimeout(() => this.flushSoon(), this.flushMs);
  }

  /** Records everything heard so far; for shutdown and tests. */
  async drain(): Promise<void> {
    for (let tries = 0; tries < 50; tries++) {
      this.flushSoon();
      await this.flushing;
      if (this.waiting.length === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    this.logger.error({ lost: this.waiting.length }, 'opens and clicks could not be recorded before the end');
  }

  private flushSoon(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushing = this.flushing.then(() => this.flush());
  }

  private async flush(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, this.maxBatch);
      try {
        await this.recordAll(batch);
        this.waiting.splice(0, batch.length);
      } catch (error) {
        this.logger.warn(
          { waiting: this.waiting.length, reason: messageOf(error) },
          'opens and clicks wait: the database did not take them',
        );
        this.timer ??= setTimeout(() => this.flushSoon(), 1000);
        return;
      }
    }
  }

  /** One hit that the database will never take must not hold up all others: it is found by halving, said, and left out. */
  private async recordAll(hits: readonly Hit[]): Promise<void> {
    try {
      await this.record(hits);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (hits.length === 1) {
        this.logger.error(
          { delivery: hits[0]!.deliveryId, reason: messageOf(error) },
          'an open or click cannot be recorded and is left out',
        );
        return;
      }
      const middle = hits.length >> 1;
      await this.recordAll(hits.slice(0, middle));
      await this.recordAll(hits.slice(middle));
    }
  }

  private async record(hits: readonly Hit[]): Promise<void> {
    const facts = await this.readFacts([...new Set(hits.map((hit) => hit.deliveryId))]);
    await this.dataSource.transaction(async (manager) => {
      const judged = this.withinBounds(hits, facts).flatMap((hit) => this.judge(hit, facts.get(hit.deliveryId)));
      await this.recorder.record(
        manager,
        judged.map(({ event }) => event),
      );
      for (const [deliveryId, { since, reason }] of burstsOf(judged))
        await this.recorder.reclassifyClicks(manager, deliveryId, since, reason);
    });
  }

  /**
   * Somebody who holds a link can ask for it for ever. "Unique" figures count a delivery once anyway; totals and the list of
   * events take so many of each delivery and no more.
   */
  private withinBounds(hits: readonly Hit[], facts: ReadonlyMap<RowId, DeliveryFacts>): Hit[] {
    const seen = new Map<string, number>();
    return hits.filter(({ deliveryId, kind }) => {
      const known = facts.get(deliveryId);
      if (!known) return false;
      const key = `${deliveryId} ${kind}`;
      const count = seen.get(key) ?? (kind === EventKind.open ? known.opens : known.clicks);
      seen.set(key, count + 1);
      return count < this.maxPerDelivery;
    });
  }

  private judge(hit: Hit, facts: DeliveryFacts | undefined): Judged[] {
    // A token is only signed for a delivery that exists; one that is gone has outlived its retention.
    if (!facts || facts.kind === DeliveryKind.test) return [];
    const burst = hit.kind === EventKind.click ? this.bursts.add(hit) : { links: 1, since: hit.at };
    const seen = {
      kind: hit.kind,
      method: hit.method,
      userAgent: hit.userAgent,
      sinceDeliveryMs: facts.delivered_at ? hit.at.getTime() - facts.delivered_at.getTime() : undefined,
      linksInBurst: burst.links,
      linksInMessage: hit.linksInMessage,
    };
    const { actor, reason } = judgeActor(seen, this.policy);
    const event: TrackedEvent = {
      workspaceId: facts.workspace_id,
      campaignId: facts.campaign_id,
      deliveryId: hit.deliveryId,
      contactId: facts.contact_id,
      kind: hit.kind,
      actor,
      actorReason: reason,
      ip: hit.ip,
      userAgent: hit.userAgent,
      at: hit.at,
      ...(hit.kind === EventKind.click ? { link: hit.link } : {}),
    };
    return [{ event, burstSince: hit.kind === EventKind.click && isBurst(seen) ? burst.since : undefined }];
  }

  private async readFacts(deliveryIds: readonly RowId[]): Promise<Map<RowId, DeliveryFacts>> {
    const rows: DeliveryFacts[] = await this.dataSource.query(
      `SELECT d.id AS delivery_id, d.workspace_id, d.campaign_id, d.contact_id, d.kind,
         (SELECT max(a.at) FROM attempts a WHERE a.delivery_id = d.id AND a.outcome = ${Outcome.delivered}) AS delivered_at,
         coalesce(e.human_opens + e.machine_opens, 0) AS opens, coalesce(e.human_clicks + e.machine_clicks, 0) AS clicks
       FROM deliveries d LEFT JOIN engagements e ON e.delivery_id = d.id WHERE d.id = ANY($1::bigint[])`,
      [deliveryIds],
    );
    return new Map(rows.map((row) => [row.delivery_id, row]));
  }
}

const MAX_WAITING = 200_000;
/** A newsletter that is read every day for a year stays below. */
const MAX_PER_DELIVERY = 500;

interface Judged {
  readonly event: TrackedEvent;
  readonly burstSince: Date | undefined;
}

/** The deliveries whose earlier clicks turn out to be the start of a burst. */
function burstsOf(judged: readonly Judged[]): Map<RowId, { since: Date; reason: string }> {
  const bursts = new Map<RowId, { since: Date; reason: string }>();
  for (const { event, burstSince } of judged) {
    if (burstSince && event.actor === Actor.machine) bursts.set(event.deliveryId!, { since: burstSince, reason: event.actorReason });
  }
  return bursts;
}

/** Remembers, for moments only, which links of a delivery were clicked last. */
class ClickBursts {
  private readonly recent = new Map<RowId, { link: number; at: number }[]>();

  constructor(private readonly windowMs: number) {}

  add(hit: Hit): { links: number; since: Date } {
    const now = hit.at.getTime();
    const clicks = (this.recent.get(hit.deliveryId) ?? []).filter((click) => click.at > now - this.windowMs);
    clicks.push({ link: hit.link, at: now });
    this.recent.delete(hit.deliveryId);
    this.recent.set(hit.deliveryId, clicks);
    if (this.recent.size > 20_000) this.recent.delete(this.recent.keys().next().value!);
    return { links: new Set(clicks.map((click) => click.link)).size, since: new Date(clicks[0]!.at) };
  }
}

/** SQLSTATE classes 22 and 23: the data itself is refused, today and tomorrow. */
function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^2[23]/.test(code);
}
