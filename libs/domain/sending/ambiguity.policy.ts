import { type BounceClass, MailClass, Outcome, Via } from '#base/contracts';
import type { BatchFacts, DeliveryOutcome, OutcomeRecord } from './delivery-outcome.js';
import { queueOutcome } from './delivery-outcome.js';
import type { RetryPolicy } from './retry-schedule.policy.js';

/** Puts a delivery off until its next attempt, or bounces it when that would come too late. */
export function deferOrExpire(batch: BatchFacts, outcome: DeliveryOutcome, retry: RetryPolicy): Pick<OutcomeRecord, 'outcome' | 'dueAt'> {
  const dueAt = retry.nextDue(batch.class, batch.attempt, outcome.at, batch.expiresAt);
  if (dueAt) return { outcome, dueAt };
  return { outcome: { ...outcome, outcome: Outcome.bounced, bounceClass: 'expired' satisfies BounceClass } };
}

/**
 * The final dot was sent and no reply came (RFC 1047): the server may have the message or not. A newsletter that comes
 * twice is worse than one that may be missing, a password reset that never comes is worse than two: bulk ends as unknown,
 * everything else is sent again, with the same Message-ID. Either way the record says so.
 */
export function settleAmbiguous(
  batch: BatchFacts,
  facts: Pick<DeliveryOutcome, 'at'> & Partial<DeliveryOutcome>,
  why: string,
  retry: RetryPolicy,
): Pick<OutcomeRecord, 'outcome' | 'dueAt'> {
  if (batch.class === MailClass.bulk) {
    return {
      outcome: {
        ...queueOutcome(Outcome.unknown, `${why} after the message was complete; it was not sent again`, facts.at, facts),
        outcome: Outcome.unknown,
      },
    };
  }
  const outcome = queueOutcome(
    Outcome.deferred,
    `${why} after the message was complete; it is sent again with the same Message-ID`,
    facts.at,
    { ...facts, via: facts.via ?? Via.queue },
  );
  return deferOrExpire(batch, outcome, retry);
}
