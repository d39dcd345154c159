import type { DataSource } from 'typeorm';
import type { BounceClass } from '#base/contracts';
import type { LaneDecision } from '#domain/shaping';
import type { LeasedLane } from './lane-leases.js';
import { QueueAdmin } from './queue-admin.js';

/** Why mail may be refused that says nothing about any address. */
const ABOUT_US: ReadonlySet<string> = new Set<BounceClass>([
  'spam-content',
  'spam-block',
  'policy',
  'authentication',
  'relaying',
  'message-too-large',
]);

/**
 * Does what a rule asks for: what waits in the lane, of one campaign or of all, is bounced by the operator's own way, with the
 * reply as the reason. What an operator holds stays.
 * @returns the decision, and how much was bounced
 */
export async function bounceRest(dataSource: DataSource, lane: Pick<LeasedLane, 'id'>, decision: LaneDecision): Promise<LaneDecision> {
  const { rule, campaignId, bounceClass } = decision.facts;
  const scope = { workspaceId: null, by: `the reply rule ${rule ?? ''}`.trim() };
  const { changed, inHand } = await new QueueAdmin(dataSource).bounce(
    scope,
    { laneId: lane.id, campaignId },
    `it was answered ${decision.reply}`,
    bounceClass !== undefined && ABOUT_US.has(bounceClass) ? bounceClass : 'other',
  );
  const sentence = `${decision.sentence}: ${changed} in the queue, and of ${inHand} with senders what is not on a connection`;
  return { ...decision, sentence, facts: { ...decision.facts, bounced: changed } };
}
