import type { BounceClass, MailClass, Outcome, Via } from '#base/contracts';
import type { RowId } from '#base/kernel';
import type { AttemptTls } from './attempt-tls.js';

/** What became of one attempt. */
export interface DeliveryOutcome {
  readonly outcome: Outcome;
  readonly via: Via;
  readonly bounceClass: BounceClass | null;
  readonly smtpCode: number | null;
  readonly enhancedCode: string | null;
  /** What the server said, or why our queue decided, for people. */
  readonly reply: string;
  readonly mx: string;
  readonly tls: AttemptTls | null;
  readonly durationMs: number | null;
  /** What was said, if it was not accepted: see transcript-codec.ts. Not in the journal: a crash may lose it. */
  readonly transcript?: Buffer | undefined;
  readonly at: Date;
}

/** The batch facts that an outcome is recorded with. */
export interface BatchFacts {
  readonly id: RowId;
  readonly laneId: number;
  /** Of the lane: the dimension of `accepted` and `deferred_total`. */
  readonly provider: string;
  readonly workspaceId: string;
  readonly campaignId: string | null;
  readonly class: MailClass;
  readonly attempt: number;
  readonly expiresAt: Date;
  readonly epoch: string;
}

export interface OutcomeRecord {
  readonly batch: BatchFacts;
  readonly deliveryId: RowId;
  readonly outcome: DeliveryOutcome;
  /** Of deferred ones: when the next attempt is due. */
  readonly dueAt?: Date;
}

export const MAX_REPLY_LENGTH = 500;

/** One line without control characters, short enough for a table. */
export function tidyReply(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .slice(0, MAX_REPLY_LENGTH);
}

/** An outcome that our own queue decided. */
export function queueOutcome(outcome: Outcome, reply: string, at: Date, more: Partial<DeliveryOutcome> = {}): DeliveryOutcome {
  return {
    outcome,
    via: 3 satisfies typeof Via.queue,
    bounceClass: null,
    smtpCode: null,
    enhancedCode: null,
    reply: tidyReply(reply),
    mx: '',
    tls: null,
    durationMs: null,
    at,
    ...more,
  };
}
