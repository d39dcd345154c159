import type { DataSource, EntityManager } from 'typeorm';
import type { ReceptionSignals } from '#base/contracts';
import { ChaparError, type Logger, type RowId } from '#base/kernel';
import { type FilterResult, type MessageFilter, type QuarantinedMessage, holdMessage } from '#domain/filtering';
import { FEEDBACK_LOOP_LOCAL_PART } from '#domain/tracking';
import type { BlobStore } from '#platform/blobs';
import { type InboundReading, readReport } from '#protocol/dsn';
import { storable } from './describe-reading.js';

/** How a released message is sent on: see `Quarantine`. */
export const INBOUND_ROUTE = 'inbound';

/** At signed addresses they are read by us alone and acted on by their tokens: whatever words or files they return, they are never junk. */
const REPORTS: ReadonlySet<InboundReading['kind']> = new Set(['bounce', 'delayed', 'complaint']);
const MAX_REASONS = 40;

interface Unjudged {
  readonly id: RowId;
  readonly workspaceId: string;
  readonly recipient: string;
  readonly mailFrom: string;
  readonly blob: string;
  readonly sizeBytes: number;
  readonly reception: ReceptionSignals | null;
  readonly receivedAt: Date;
  /** To an address that only mail of ours has told. */
  readonly isAnswer: boolean;
}

export interface InboundFilteringParts {
  readonly dataSource: DataSource;
  readonly blobs: BlobStore;
  readonly filter: Pick<MessageFilter, 'judge'>;
  readonly logger: Logger;
  /** How long mail waits for a scanner that does not answer, before that is asked again. */
  readonly retryMs?: number;
}

/** Judges incoming messages before they are read. Scanners take seconds, so that no transaction is open meanwhile. */
export class InboundFiltering {
  constructor(private readonly parts: InboundFilteringParts) {}

  /** @returns `held`: in quarantine, settled for now; `wait`: to be tried again, later; `go`: to be read */
  async settle(id: RowId): Promise<'go' | 'held' | 'wait'> {
    const message = await this.findUnjudged(id);
    if (!message) return 'go';
    const raw = await this.parts.blobs.get(message.blob);
    const reading = readReport(raw, { envelopeSender: message.mailFrom });
    if (REPORTS.has(reading.kind) && (message.isAnswer || isFeedbackLoop(message.recipient))) {
      await this.parts.dataSource.query(`UPDATE inbound_messages SET spam_verdict = 'unjudged' WHERE id = $1 AND spam_verdict IS NULL`, [
        id,
      ]);
      return 'go';
    }
    const result = await this.judge(message, raw);
    if (result === 'wait') return 'wait';
    return this.parts.dataSource.transaction(async (manager) => {
      const isHeld = result.action === 'quarantine';
      if (!(await record(manager, message, reading, result, isHeld))) return 'go';
      if (!isHeld) return 'go';
      await hold(manager, message, reading, result);
      return 'held';
    });
  }

  private async findUnjudged(id: RowId): Promise<Unjudged | undefined> {
    const [message] = (await this.parts.dataSource.query(
      `SELECT id, workspace_id AS "workspaceId", recipient, mail_from AS "mailFrom", blob, size_bytes AS "sizeBytes", reception, received_at AS "receivedAt", delivery_id IS NOT NULL AS "isAnswer"
       FROM inbound_messages WHERE id = $1 AND processed_at IS NULL AND spam_verdict IS NULL AND workspace_id IS NOT NULL`,
      [id],
    )) as Unjudged[];
    return message;
  }

  private async judge(message: Unjudged, raw: Buffer): Promise<FilterResult | 'wait'> {
    try {
      // Whoever writes to a signed address has seen mail of ours.
      return await this.parts.filter.judge({ ...message, raw });
    } catch (error) {
      if (!(error instanceof ChaparError && error.code === 'scanner_unavailable')) throw error;
      const { retryMs = 30_000 } = this.parts;
      this.parts.logger.error({ inboundId: message.id, reason: error.message }, 'an incoming message waits for a scanner');
      await this.parts.dataSource.query(`UPDATE inbound_messages SET due_at = now() + $2 * interval '1 millisecond' WHERE id = $1`, [
        message.id,
        retryMs,
      ]);
      return 'wait';
    }
  }
}

function isFeedbackLoop(recipient: string): boolean {
  return recipient.slice(0, recipient.lastIndexOf('@')).toLowerCase() === FEEDBACK_LOOP_LOCAL_PART;
}

/** @returns false: somebody else was quicker */
async function record(
  manager: EntityManager,
  { id }: Unjudged,
  { headers }: InboundReading,
  { judgement }: FilterResult,
  isHeld: boolean,
): Promise<boolean> {
  const [, recorded] = (await manager.query(
    `UPDATE inbound_messages SET spam_verdict = $2, spam_score = $3, spam_reasons = $4::jsonb,
       kind = CASE WHEN $5 THEN 'quarantined' ELSE kind END, processed_at = CASE WHEN $5 THEN now() END,
       header_from = CASE WHEN $5 THEN $6 ELSE header_from END, subject = CASE WHEN $5 THEN $7 ELSE subject END
     WHERE id = $1 AND processed_at IS NULL AND spam_verdict IS NULL`,
    [
      id,
      judgement.verdict,
      judgement.score,
      JSON.stringify(reasonsOf(judgement)),
      isHeld,
      storable(headers.fromAddress || headers.from, 320),
      storable(headers.subject, 1_000),
    ],
  )) as [unknown, number];
  return recorded > 0;
}

function hold(manager: EntityManager, message: Unjudged, { headers }: InboundReading, result: FilterResult): Promise<void> {
  if (result.action !== 'quarantine') throw new TypeError('only what is to be held is held');
  return holdMessage(manager, {
    ...message,
    cause: result.cause,
    route: INBOUND_ROUTE,
    subjectId: message.id,
    headerFrom: storable(headers.fromAddress || headers.from, 320),
    subject: storable(headers.subject, 1_000),
    score: result.judgement.score,
    reasons: reasonsOf(result.judgement),
  });
}

/** PostgreSQL keeps no NUL; words of strangers are in the sentences. */
function reasonsOf({ reasons }: FilterResult['judgement']) {
  return reasons.slice(0, MAX_REASONS).map(({ rule, points, sentence }) => ({ rule, points, sentence: storable(sentence, 500) }));
}

/** Sends a message that was held on its normal way; the worker's sweep finds it. In the transaction that releases it. */
export async function releaseInbound(
  manager: EntityManager,
  { workspaceId, subjectId }: Pick<QuarantinedMessage, 'workspaceId' | 'subjectId'>,
): Promise<void> {
  await manager.query(
    `UPDATE inbound_messages SET processed_at = NULL, kind = 'waiting', spam_verdict = 'released', due_at = NULL
     WHERE id = $1 AND workspace_id = $2 AND kind IN ('quarantined', 'junk')`,
    [subjectId, workspaceId],
  );
}
