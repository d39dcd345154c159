import type { EntityManager } from 'typeorm';
import { type BounceClass, DeliveryKind, Outcome, Via } from '#base/contracts';
import { incrementCounters } from '#domain/tracking';
import type { InboundReading } from '#protocol/dsn';
import type { ReportedDelivery } from './reported-delivery.js';
import { suppressHardBounces } from './suppression.policy.js';

export type BounceEffect =
  /** The delivery counted as delivered, and does not any more. */
  | 'recorded'
  /** It failed before, or was reported before: nothing changed. */
  | 'known'
  /** Our own record of the delivery is not final yet: ask again later. */
  | 'too-early';

interface LastAttempt {
  readonly outcome: Outcome;
  readonly via: Via;
  readonly number: number;
}

/**
 * A report that mail was returned after it had been accepted: one more attempt of the delivery (`via` dsn), the counters,
 * and the suppression that follows. Needs the delivery's engagement row locked, so that two reports do not count twice.
 */
export async function recordLateBounce(manager: EntityManager, delivery: ReportedDelivery, reading: InboundReading): Promise<BounceEffect> {
  const last = await readLastAttempt(manager, delivery.id);
  if (last === undefined || last.outcome === Outcome.deferred) return 'too-early';
  // `unknown` is a dot without a reply; the report proves that the dot was taken.
  if (last.outcome !== Outcome.delivered && last.outcome !== Outcome.unknown) return 'known';
  const bounceClass: BounceClass = reading.class ?? 'other';
  const reply = (reading.reason ?? reading.explanation).slice(0, 500);
  await manager.query(
    `INSERT INTO attempts (workspace_id, campaign_id, delivery_id, number, outcome, via, bounce_class, smtp_code, enhanced_code, reply, mx)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      delivery.workspaceId,
      delivery.campaignId,
      delivery.id,
      last.number,
      Outcome.bounced,
      Via.dsn,
      bounceClass,
      reading.smtpCode ?? null,
      reading.enhancedCode ?? null,
      reply,
      (reading.remoteMta ?? reading.reportingMta ?? '').slice(0, 255),
    ],
  );
  // Suppressions before counters, as in every transaction that writes both: the other order could deadlock.
  if (reading.permanent) await suppressHardBounces(manager, [{ deliveryId: delivery.id, bounceClass, reply }], 'dsn');
  await count(manager, delivery, last.outcome, bounceClass);
  return 'recorded';
}

async function readLastAttempt(manager: EntityManager, deliveryId: string): Promise<LastAttempt | undefined> {
  const [row] = (await manager.query(
    'SELECT outcome, via, number FROM attempts WHERE delivery_id = $1 ORDER BY number DESC, id DESC LIMIT 1',
    [deliveryId],
  )) as LastAttempt[];
  return row;
}

async function count(manager: EntityManager, delivery: ReportedDelivery, before: Outcome, bounceClass: BounceClass): Promise<void> {
  const { campaignId } = delivery;
  if (campaignId === null || delivery.kind !== DeliveryKind.campaign) return;
  await incrementCounters(manager, [
    { campaignId, metric: 'late_bounced', dimension: bounceClass, by: 1 },
    ...(before === Outcome.unknown
      ? [
          { campaignId, metric: 'unknown' as const, by: -1 },
          { campaignId, metric: 'accepted' as const, dimension: 'default', by: 1 },
        ]
      : []),
  ]);
}
