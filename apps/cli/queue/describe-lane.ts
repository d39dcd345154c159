import type { LaneDetails } from '#domain/sending';
import { table } from '../output.js';

/** Names of `attempts.outcome`, by number. */
export const outcomeNames = ['', 'delivered', 'deferred', 'bounced', 'failed', 'cancelled', 'unknown', 'suppressed'] as const;

/** One lane for people. */
export function describeLane({ campaigns, orders, replies, ...lane }: LaneDetails): string {
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
    orders.length > 0 &&
      table(
        ['order', 'action', 'by', 'until', 'reason'],
        orders.map((order) => [order.id, order.action, order.orderedBy, order.until ?? 'it is lifted', order.reason]),
      ),
    replies.length > 0 &&
      table(
        ['last ten minutes', 'times', 'reply'],
        replies.map(({ outcome, times, reply }) => [outcomeNames[outcome], times, reply]),
      ),
  ];
  return sections.filter(Boolean).join('\n\n');
}
