import type { DataSource, EntityManager } from 'typeorm';
import { type BounceClass, Outcome, Via } from '#base/contracts';
import { appendAudit } from '#platform/audit';
import { type PoolMember, chooseSource, isSmarthostSite, membersOfStream, readPool, readSource, streams } from '#domain/egress';
import { type LaneRef, ensureLanes, laneBy, laneKey } from './lane-assignment.js';
import { type MatchingBatch, countMatched, eachMatchingBatch, remove, separate } from './matching-batches.js';
import { relane, unresolvedSite } from './move-mail.js';
import type { QueueAction } from './queue-order.entity.js';
import {
  type QueueFilter,
  type QueueOrder,
  announceOrders,
  batchFilter,
  batchFilterValues,
  explainOrder,
  insertOrder,
  liftOrders,
  moveTargets,
  readOrders,
} from './queue-orders.js';
import { type OperatorScope, type QueueSelection, resolveSelection, siteNotFound } from './queue-selection.js';
import { type LaneDetails, type LaneView, readLane, readLanes } from './queue-view.js';
import { sendingError } from './sending.errors.js';
import { settleWholeBatches } from './settle-batches.js';

export interface SuspendOptions {
  /** Absent: until somebody resumes. */
  readonly until?: Date | undefined;
  readonly reason?: string | undefined;
}

interface OrderTerms extends SuspendOptions, Partial<Pick<QueueOrder, 'toSourceId' | 'toPoolId' | 'bounceClass'>> {
  readonly onlyExisting: boolean;
  readonly target?: MoveTarget;
}

export interface QueueChange {
  /** Deliveries that were changed in the queue. */
  readonly changed: number;
  /** Deliveries that senders had in hand, the meant ones among them: those that are not on a connection follow within a second. */
  readonly inHand: number;
}

/** Where mail is moved to: one source, or the sources of a pool by their weights. */
export type MoveTarget = { readonly source: string } | { readonly pool: string };

/** A sender that dies takes its mail out of sight for a while; the order still finds it then. */
const FINAL_ORDER_MS = 3600_000;

/**
 * The operator's hands on waiting mail. What waits in the database is changed here; what senders have in memory they
 * change themselves, told by an order that they look up at once, and at least every second.
 */
export class QueueAdmin {
  constructor(private readonly dataSource: DataSource) {}

  /** Lanes that hold mail of the scope or are held up, the fullest first. */
  list(scope: OperatorScope): Promise<LaneView[]> {
    return readLanes(this.dataSource, scope.workspaceId);
  }

  /** @param site a site or a lane's number @throws ChaparError `site_not_found` */
  async show(scope: OperatorScope, site: string): Promise<LaneDetails> {
    const lane = await readLane(this.dataSource, scope.workspaceId, site);
    if (!lane) throw siteNotFound(site);
    return lane;
  }

  /** Orders in force on the scope's mail. */
  async orders(scope: OperatorScope): Promise<QueueOrder[]> {
    const orders = await readOrders(this.dataSource);
    return orders.filter(({ workspaceId }) => scope.workspaceId === null || workspaceId === null || workspaceId === scope.workspaceId);
  }

  /** Nothing of it leaves, neither what waits nor what is queued later. Its time to live stands still meanwhile. */
  async suspend(
    scope: OperatorScope,
    selection: QueueSelection,
    options: SuspendOptions = {},
  ): Promise<QueueChange & { order: QueueOrder }> {
    const filter = await resolveSelection(this.dataSource, scope, selection);
    const order = await this.give(scope, filter, 'hold', { ...options, onlyExisting: false });
    const changed = await eachMatchingBatch(
      this.dataSource,
      filter,
      { condition: 'b.hold_id IS NULL', upTo: null },
      async (manager, batches) => {
        const whole = await separate(manager, batches, () => ({ holdId: order.id }));
        await manager.query('UPDATE batches SET hold_id = $2, held_at = now() WHERE id = ANY($1::bigint[])', [whole, order.id]);
        return countMatched(batches);
      },
    );
    return { order, changed, inHand: await this.inHand(filter) };
  }

  /**
   * Lifts every suspension that names what the selection names, and has sites tried at once that were suspended for what
   * their servers said.
   * @returns how many orders were lifted, and how many deliveries are free
   */
  async resume(scope: OperatorScope, selection: QueueSelection): Promise<{ lifted: number; changed: number }> {
    const filter = await resolveSelection(this.dataSource, scope, selection);
    return this.dataSource.transaction(async (manager) => {
      const rows = (await manager.query(
        `SELECT id FROM queue_orders WHERE action = 'hold' AND ($1::text IS NULL OR site = $1) AND ($2::text IS NULL OR domain = $2)
           AND ($3::uuid IS NULL OR campaign_id = $3) AND ($4::uuid IS NULL OR workspace_id = $4) FOR UPDATE`,
        [filter.site ?? null, filter.domain ?? null, filter.campaignId ?? null, filter.workspaceId ?? null],
      )) as { id: number }[];
      const changed = await liftOrders(
        manager,
        rows.map(({ id }) => id),
      );
      if (scope.workspaceId === null && filter.domain === undefined && filter.campaignId === undefined)
        await forgiveLanes(manager, filter, 'l.suspended_until > now()');
      await this.record(manager, scope, 'resume', filter, { lifted: rows.map(({ id }) => id), changed });
      await announceOrders(manager);
      return { lifted: rows.length, changed };
    });
  }

  /**
   * What waits for its next attempt is due now; with the whole installation in scope, the lanes it waits in forget what
   * they were waiting for too. What is held stays held.
   */
  async retryNow(scope: OperatorScope, selection: QueueSelection): Promise<QueueChange> {
    const filter = await resolveSelection(this.dataSource, scope, selection);
    const condition = 'b.hold_id IS NULL AND b.due_at > now()';
    const changed = await eachMatchingBatch(this.dataSource, filter, { condition, upTo: null }, async (manager, batches) => {
      const whole = await separate(manager, batches, () => ({ dueAt: new Date() }));
      await manager.query('UPDATE batches SET due_at = now() WHERE id = ANY($1::bigint[])', [whole]);
      return countMatched(batches);
    });
    await this.dataSource.transaction(async (manager) => {
      if (scope.workspaceId === null) await forgiveLanes(manager, filter, 'EXISTS (SELECT FROM batches b WHERE b.lane_id = l.id)');
      await this.record(manager, scope, 'retry', filter, { changed });
      await announceOrders(manager);
    });
    return { changed, inHand: await this.inHand(filter) };
  }

  /** Ends what waits now, as bounced. It suppresses nobody: no server said anything about the addresses. */
  bounce(scope: OperatorScope, selection: QueueSelection, reason = '', bounceClass: BounceClass = 'other'): Promise<QueueChange> {
    return this.settle(scope, selection, 'bounce', reason, bounceClass);
  }

  /** Ends what waits now, as cancelled. */
  cancel(scope: OperatorScope, selection: QueueSelection, reason = ''): Promise<QueueChange> {
    return this.settle(scope, selection, 'cancel', reason, 'other');
  }

  /**
   * What waits now goes by another source, or by those of another pool; held mail stays held there. Mail that is queued later
   * goes where its stream goes.
   * @throws ChaparError `egress_not_found`, `queue_move_impossible` where none of the target's sources is active, and `queue_move_refused`
   * where it is not among those that the workspace's own streams go by
   */
  async move(scope: OperatorScope, selection: QueueSelection, target: MoveTarget, reason = ''): Promise<QueueChange> {
    const filter = await resolveSelection(this.dataSource, scope, selection);
    const to =
      'source' in target
        ? { toSourceId: (await readSource(this.dataSource, target.source)).id, toPoolId: null }
        : { toSourceId: null, toPoolId: (await readPool(this.dataSource, target.pool)).id };
    const targets = await moveTargets(this.dataSource, to);
    await this.requireOwnSources(scope, targets);
    if (targets.length === 0)
      throw sendingError('queue_move_impossible', `No source of ${Object.values(target).join('')} is active: nothing can be moved there.`);
    await this.give(scope, filter, 'move', { reason, until: new Date(Date.now() + FINAL_ORDER_MS), onlyExisting: true, ...to, target });
    const elsewhere = `l.source_id <> ALL ('{${targets.map(({ sourceId }) => sourceId).join(',')}}'::int[])`;
    const changed = await eachMatchingBatch(this.dataSource, filter, { condition: elsewhere, upTo: null }, async (manager, batches) => {
      const takerOf = ({ id }: { readonly id: string }) => chooseSource(targets, id);
      const refOf = (batch: MatchingBatch): LaneRef =>
        laneBy(takerOf(batch), isSmarthostSite(batch.site) ? unresolvedSite(filter.domain!) : batch);
      // Parts of batches there are only where a domain was named, and a domain is of one site.
      const parts = batches.filter(({ matched, delivery_ids }) => matched.length < delivery_ids.length);
      const laneOf = await ensureLanes(manager, parts.map(refOf));
      const whole = new Set(
        await separate(manager, batches, (batch) => ({ laneId: laneOf.get(laneKey(refOf(batch)))!, holdId: batch.hold_id ?? undefined })),
      );
      await relane(
        manager,
        batches.filter(({ id }) => whole.has(id)),
        takerOf,
      );
      return countMatched(batches);
    });
    return { changed, inHand: await this.inHand(filter) };
  }

  /** Another's reputation is not a workspace's to spend. */
  private async requireOwnSources({ workspaceId }: OperatorScope, targets: readonly PoolMember[]): Promise<void> {
    if (workspaceId === null) return;
    const { manager } = this.dataSource;
    const own = await Promise.all(streams.map((stream) => membersOfStream(manager, workspaceId, stream)));
    const ids = new Set(own.flat().map(({ sourceId }) => sourceId));
    if (!targets.every(({ sourceId }) => ids.has(sourceId)))
      throw sendingError(
        'queue_move_refused',
        'Mail of a workspace can be moved among the sources of its own streams; an administrator can move it anywhere.',
      );
  }

  private async settle(
    scope: OperatorScope,
    selection: QueueSelection,
    action: 'bounce' | 'cancel',
    reason: string,
    bounceClass: BounceClass,
  ): Promise<QueueChange> {
    const filter = await resolveSelection(this.dataSource, scope, selection);
    const order = await this.give(scope, filter, action, {
      reason,
      until: new Date(Date.now() + FINAL_ORDER_MS),
      onlyExisting: true,
      bounceClass,
    });
    // Of a lane it is no person who asks: what people hold stays.
    const condition = filter.laneId === undefined ? 'true' : 'b.hold_id IS NULL';
    const settlement = {
      outcome: action === 'bounce' ? Outcome.bounced : Outcome.cancelled,
      via: Via.queue,
      bounceClass: action === 'bounce' ? bounceClass : null,
      reply: explainOrder(order),
    };
    const changed = await eachMatchingBatch(this.dataSource, filter, { condition, upTo: order.upTo }, async (manager, batches) => {
      await remove(manager, batches);
      return settleWholeBatches(
        manager,
        batches.map((batch) => ({ ...batch, delivery_ids: batch.matched })),
        settlement,
      );
    });
    return { changed, inHand: await this.inHand(filter) };
  }

  /** Committed before the queue is walked over, so that nothing slips past on its way into a sender's hands. */
  private give(
    scope: OperatorScope,
    filter: QueueFilter,
    action: QueueAction,
    { until, reason, onlyExisting, toSourceId = null, toPoolId = null, bounceClass = 'other', target }: OrderTerms,
  ): Promise<QueueOrder> {
    return this.dataSource.transaction(async (manager) => {
      const order = await insertOrder(manager, {
        action,
        workspaceId: filter.workspaceId ?? null,
        campaignId: filter.campaignId ?? null,
        site: filter.site ?? null,
        domain: filter.domain ?? null,
        reason: (reason ?? '').replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, 400),
        orderedBy: scope.by,
        until: until ?? null,
        onlyExisting,
        toSourceId,
        toPoolId,
        laneId: filter.laneId ?? null,
        bounceClass,
      });
      await this.record(manager, scope, action, filter, { order: order.id, reason: order.reason, until: order.until, ...target });
      await announceOrders(manager);
      return order;
    });
  }

  private record(manager: EntityManager, scope: OperatorScope, verb: string, filter: QueueFilter, detail: object): Promise<void> {
    const { site, domain, campaignId, laneId } = filter;
    const target = [
      laneId && `lane ${laneId}`,
      domain && `domain ${domain}`,
      site && `site ${site}`,
      campaignId && `campaign ${campaignId}`,
    ]
      .filter(Boolean)
      .join(', ');
    const workspaceId = filter.workspaceId ?? null;
    return appendAudit(manager, { workspaceId, actor: scope.by, action: `queue.${verb}`, target: target || 'all mail', detail });
  }

  private async inHand(filter: QueueFilter): Promise<number> {
    const [{ n }] = (await this.dataSource.query(
      `SELECT coalesce(sum(cardinality(b.delivery_ids)), 0)::int AS n FROM batches b JOIN lanes l ON l.id = b.lane_id
       WHERE b.lease_owner IS NOT NULL AND ${batchFilter(1)}`,
      batchFilterValues(filter),
    )) as [{ n: number }];
    return n;
  }
}

/** Suspensions, failures and their reasons are forgotten; whoever holds such a lane is told by the number that grows. */
async function forgiveLanes(
  manager: EntityManager,
  { site, campaignId, domain, workspaceId }: QueueFilter,
  condition: string,
): Promise<void> {
  // A filter by mail rather than by place concerns the lanes where such mail waits; of a domain we know the site.
  await manager.query(
    `UPDATE lanes l SET suspended_until = NULL, quota_until = NULL, failures = 0, reason = CASE WHEN rate_per_second IS NULL THEN '' ELSE reason END, retries_asked = retries_asked + 1
     WHERE ${condition} AND ($1::text IS NULL OR l.site = $1 OR (l.provider = $1 AND l.provider <> 'default'))
       AND (($2::uuid IS NULL AND $3::uuid IS NULL) OR EXISTS (
         SELECT FROM batches b WHERE b.lane_id = l.id AND ($2::uuid IS NULL OR b.campaign_id = $2) AND ($3::uuid IS NULL OR b.workspace_id = $3)))
       AND ($4::text IS NULL OR l.site = 'domain:' || $4 OR l.site IN (SELECT d.site FROM domain_sites d WHERE d.domain = $4))`,
    [site ?? null, campaignId ?? null, workspaceId ?? null, domain ?? null],
  );
}
