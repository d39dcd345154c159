import { Outcome } from '#base/contracts';
import type { Clock } from '#base/kernel';
import { chooseSource, isSmarthostSite } from '#domain/egress';
import { type OutcomeRecord, queueOutcome } from './delivery-outcome.js';
import type { Journal, JournalEntry } from './journal.js';
import { laneBy, laneKey } from './lane-assignment.js';
import type { LeasedLane } from './lane-leases.js';
import { unresolvedSite } from './move-mail.js';
import type { OutcomeRecorder } from './outcome-recorder.js';
import type { OutgoingMessage } from './outgoing-message.js';
import { type QueueOrder, type StandingOrders, explainOrder } from './queue-orders.js';
import type { SiteOfDomain } from './site-directory.js';

/** How messages leave the sender's hands: settled, or back into the queue, as they were or for another lane. */
export class MessageReturns {
  constructor(
    private readonly recorder: OutcomeRecorder,
    private readonly journal: Journal,
    private readonly clock: Clock,
    private readonly wake: () => void,
  ) {}

  settle(message: OutgoingMessage, record: Pick<OutcomeRecord, 'outcome' | 'dueAt'>, entry?: JournalEntry): void {
    const { lease, deliveryId } = message;
    this.recorder.record({
      ...record,
      batch: lease.facts,
      lease,
      deliveryId,
      ...(entry && { journaled: { journal: this.journal, entry } }),
    });
  }

  /** The domain of the message moved to another site. */
  reroute(message: OutgoingMessage, { site, provider }: SiteOfDomain, { sourceId }: LeasedLane): void {
    const to = { sourceId, site, provider };
    this.recorder.release({ lease: message.lease, deliveryIds: [message.deliveryId], to, dueAt: this.clock.now() });
    this.wake();
  }

  giveBack(messages: readonly OutgoingMessage[], { holdId, dueAt }: { readonly holdId?: number; readonly dueAt?: Date } = {}): void {
    const byLease = Map.groupBy(messages, ({ lease }) => lease);
    for (const [lease, group] of byLease)
      this.recorder.release({
        lease,
        deliveryIds: group.map(({ deliveryId }) => deliveryId),
        dueAt: dueAt ?? this.clock.now(),
        ...(holdId !== undefined && { holdId }),
      });
  }

  /** Messages that an order is about leave the sender's hands. */
  obey(messages: readonly OutgoingMessage[], orders: StandingOrders, lane: LeasedLane): void {
    for (const [order, group] of Map.groupBy(messages, (message) => orders.find(message, lane)!)) {
      if (order.action === 'hold') this.giveBack(group, { holdId: order.id });
      else if (order.action === 'move') this.handOver(group, orders.targetsOf(order), lane);
      else
        for (const { lease, deliveryId } of group)
          this.recorder.record({ batch: lease.facts, lease, deliveryId, outcome: this.outcomeOf(order) });
    }
  }

  /** Messages go to other sources, towards the same site where it is one. */
  private handOver(messages: readonly OutgoingMessage[], targets: ReturnType<StandingOrders['targetsOf']>, lane: LeasedLane): void {
    const refOf = (message: OutgoingMessage) =>
      laneBy(chooseSource(targets, message.deliveryId), isSmarthostSite(lane.site) ? unresolvedSite(message.domain) : lane);
    for (const group of Map.groupBy(messages, (message) => `${message.lease.facts.id} ${laneKey(refOf(message))}`).values())
      this.recorder.release({
        lease: group[0]!.lease,
        deliveryIds: group.map(({ deliveryId }) => deliveryId),
        to: refOf(group[0]!),
        dueAt: this.clock.now(),
      });
  }

  private outcomeOf(order: QueueOrder): OutcomeRecord['outcome'] {
    const isBounce = order.action === 'bounce';
    return queueOutcome(
      isBounce ? Outcome.bounced : Outcome.cancelled,
      explainOrder(order),
      this.clock.now(),
      isBounce ? { bounceClass: order.bounceClass } : {},
    );
  }
}
