import type { RowId } from '#base/kernel';
import type { ClaimedBatch } from './batch-claims.js';
import type { BatchFacts } from './delivery-outcome.js';
import type { LeasedLane } from './lane-leases.js';

/** A claimed batch in memory: its facts, and which of its deliveries still have no outcome in the database. */
export class LeasedBatch {
  readonly facts: BatchFacts;
  private readonly open: Set<RowId>;

  constructor(
    claimed: ClaimedBatch,
    readonly lane: Pick<LeasedLane, 'provider' | 'epoch' | 'sourceId'>,
    /** The worker that claimed it. */
    readonly owner: string,
  ) {
    const { id, laneId, workspaceId, campaignId, attempt, expiresAt } = claimed;
    this.facts = {
      id,
      laneId,
      provider: lane.provider,
      workspaceId,
      campaignId,
      class: claimed.class,
      attempt,
      expiresAt,
      epoch: lane.epoch,
    };
    this.open = new Set(claimed.deliveryIds);
  }

  /** Deliveries without an outcome, were `settled` committed too. */
  openWithout(settled: ReadonlySet<RowId>): RowId[] {
    return [...this.open].filter((id) => !settled.has(id));
  }

  /** Their outcomes are committed, or they are in another batch now. */
  settle(ids: Iterable<RowId>): void {
    for (const id of ids) this.open.delete(id);
  }
}
