import type { LaneDetails, LaneView, QueueOrder } from '#domain/sending';
import { table } from '../output.js';
import { describeSelection } from './selection.js';

/** Names of `attempts.outcome`, by number. */
export const outcomeNames = ['', 'delivered', 'deferred', 'bounced', 'failed', 'cancelled', 'unknown', 'suppressed'] as const;

/** Lanes for people, one a line. */
export function describeLanes(lanes: readonly LaneView[]): string {
  if (lanes.length === 0) return 'Nothing waits.';
  return table(
    ['site', 'provider', 'waiting', 'oldest', 'next at', 'accepted/s', 'held up'],
    lanes.map((lane) => [lane.site, lane.provider, lane.waiting, lane.oldest, lane.nextDue, lane.acceptedPerSecond, lane.reason]),
  );
}

export function describeOrders(orders: readonly QueueOrder[]): string {
  return table(
    ['order', 'action', 'mail', 'by', 'until', 'reason'],
    orders.map((order) => [order.id, order.action, mailOf(order), order.orderedBy, order.until ?? 'it is lifted', order.reason]),
  );
}

function mailOf({ site, domain, campaignId, workspaceId }: QueueOrder): string {
  return describeSelection({
    ...(site !== null && { site }),
    ...(domain !== null && { domain }),
    ...(campaignId !== null && { campaign: campaignId }),
    ...(workspaceId !== null && { workspace: workspaceId }),
  });
}

/** One lane for people. */
export function describeLane({ campaigns, orders, replies, decisions, ...lane }: LaneDetails): string {
  const facts = table(
    ['site', lane.site],
    [
      ['provider', lane.provider],
      ['source', lane.source],
      ['waiting', `${lane.waiting} (${lane.held} held, ${lane.inHand} with a sender)`],
      ['oldest', lane.oldest],
      ['next at', lane.nextDue],
      ['last minute', `${lane.attemptsPerSecond} attempts/s, ${lane.acceptedPerSecond} accepted/s`],
      ['limit', lane.limitPerSecond === null ? 'as the provider likes it' : `${lane.limitPerSecond.toFixed(2)}/s`],
      ['suspended', lane.suspendedUntil === null ? 'no' : `until ${lane.suspendedUntil.toISOString()}`],
      ['held up', lane.reason === '' ? 'no' : lane.reason],
      ['last reply', lane.lastReply],
      ['sent by', lane.leasedBy ?? 'nobody now'],
    ],
  );
  const sections = [
    facts,
    campaigns.length > 0 &&
      table(
        ['campaign', 'status', 'waiting'],
        campaigns.map((one) => [one.id === null ? '(other mail)' : `${one.name} ${one.id}`, one.status, one.waiting]),
      ),
    orders.length > 0 && describeOrders(orders),
    replies.length > 0 &&
      table(
        ['last ten minutes', 'times', 'reply'],
        replies.map(({ outcome, times, reply }) => [outcomeNames[outcome], times, reply]),
      ),
    decisions.length > 0 &&
      table(
        ['decided at', 'what and why'],
        decisions.map(({ at, sentence, facts }) => [at, facts.times === undefined ? sentence : `${sentence} (${facts.times} times)`]),
      ),
  ];
  return sections.filter(Boolean).join('\n\n');
}
