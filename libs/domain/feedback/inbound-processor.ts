import type { DataSource, EntityManager } from 'typeorm';
import { type ReceptionSignals, simulatedAddresses } from '#base/contracts';
import { type Logger, type RowId, messageOf, systemActor } from '#base/kernel';
import { EventRecorder } from '#domain/tracking';
import type { BlobStore } from '#platform/blobs';
import { type InboundReading, readReport } from '#protocol/dsn';
import { type DmarcHandling, isJunkForDmarc } from './author.policy.js';
import { describeReading, storable } from './describe-reading.js';
import { type AfterCommit, InboundAnswers, type InboundAnswersParts } from './inbound-answers.js';
import type { InboundFiltering } from './inbound-filtering.js';
import { recordLateBounce } from './late-bounce.js';
import { claimOfLocalPart, deliveryOfEvidence } from './our-addresses.js';
import { recordFeedback } from './record-feedback.js';
import { type ReportedDelivery, lockReportedDelivery } from './reported-delivery.js';

interface WaitingMessage {
  readonly id: RowId;
  readonly workspaceId: string;
  readonly recipient: string;
  readonly mailFrom: string;
  readonly deliveryId: RowId | null;
  readonly blob: string;
  readonly reception: ReceptionSignals | null;
  readonly spamVerdict: string | null;
  readonly ageMs: number;
}

interface Finding {
  /** `InboundKind`, or what else it turned out to be. */
  readonly kind: string;
  readonly delivery?: ReportedDelivery | undefined;
  readonly detail: object;
  readonly afterCommit?: AfterCommit | undefined;
}

/** After so many failures a message is set aside, its bytes kept: it must not hold up the others for ever. */
const MAX_FAILURES = 5;
/** A report can overtake our own record of the delivery by milliseconds; later than this it is about something else. */
const TOO_EARLY_MS = 3600_000;

export interface InboundProcessorOptions extends Omit<InboundAnswersParts, 'recorder'> {
  readonly dataSource: DataSource;
  readonly blobs: BlobStore;
  readonly logger: Logger;
  /** Of mail whose author's domain says that it is not its own. */
  readonly dmarc?: DmarcHandling;
  /** Judges what people send before it is read; without it nothing is junk but what its domain disowns. */
  readonly filtering?: Pick<InboundFiltering, 'settle'>;
}

/** Reads incoming messages and records what they mean: each exactly once, in one transaction with its own row. */
export class InboundProcessor {
  private readonly recorder = new EventRecorder();
  private readonly answers: InboundAnswers;

  constructor(private readonly options: InboundProcessorOptions) {
    this.answers = new InboundAnswers({ ...options, recorder: this.recorder });
  }

  /** @returns whether it is settled; false: it stays and is to be asked for again */
  async process(id: RowId): Promise<boolean> {
    try {
      const standing = (await this.options.filtering?.settle(id)) ?? 'go';
      if (standing !== 'go') return standing === 'held';
      const settled = await this.options.dataSource.transaction(async (manager) => {
        const message = await this.claim(manager, id);
        if (!message) return { afterCommit: undefined };
        const reading = readReport(await this.options.blobs.get(message.blob), { envelopeSender: message.mailFrom });
        const finding = await this.act(manager, message, reading);
        if (finding === 'too-early') return undefined;
        const afterCommit = finding.afterCommit ?? (await this.answers.route(manager, message, reading, finding));
        await this.settle(manager, message, reading, finding);
        return { afterCommit };
      });
      settled?.afterCommit?.();
      return settled !== undefined;
    } catch (error) {
      return this.noteFailure(id, error);
    }
  }

  private async claim(manager: EntityManager, id: RowId): Promise<WaitingMessage | undefined> {
    const [message] = (await manager.query(
      `SELECT id, workspace_id AS "workspaceId", recipient, mail_from AS "mailFrom", delivery_id AS "deliveryId", blob, reception, spam_verdict AS "spamVerdict",
         (extract(epoch FROM now() - received_at) * 1000)::float AS "ageMs"
       FROM inbound_messages WHERE id = $1 AND processed_at IS NULL FOR UPDATE SKIP LOCKED`,
      [id],
    )) as WaitingMessage[];
    return message;
  }

  private async act(manager: EntityManager, message: WaitingMessage, reading: InboundReading): Promise<Finding | 'too-early'> {
    const deliveryId = message.deliveryId ?? this.reportedDelivery(reading);
    const delivery = deliveryId === undefined ? undefined : await lockReportedDelivery(manager, deliveryId);
    const detail = describeReading(reading);
    if (!delivery) return (await this.intoMailbox(manager, message, detail)) ?? { kind: reading.kind, detail };
    switch (reading.kind) {
      case 'bounce': {
        const effect = await recordLateBounce(manager, delivery, reading);
        if (effect === 'too-early' && message.ageMs < TOO_EARLY_MS) return 'too-early';
        if (effect === 'recorded') await recordFeedback(this.recorder, manager, delivery, message, reading, 'bounce');
        return { kind: 'bounce', delivery, detail: { ...detail, effect } };
      }
      case 'complaint':
        await this.complain(manager, delivery, message, reading);
        return { kind: 'complaint', delivery, detail };
      case 'auto-reply':
        if (this.isJunk(message)) return { kind: 'junk', delivery, detail };
        await recordFeedback(this.recorder, manager, delivery, message, reading, 'auto-reply');
        return { kind: 'auto-reply', delivery, detail };
      case 'reply':
      case 'other':
        return { ...(await this.answers.answer(manager, delivery, message, reading, this.isJunk(message))), delivery, detail };
      case 'delayed':
        return { kind: 'delayed', delivery, detail };
      default:
        return reading.kind satisfies never;
    }
  }

  /** Mail to an address that is none of ours to read, but somebody's. */
  private async intoMailbox(manager: EntityManager, message: WaitingMessage, detail: object): Promise<Finding | undefined> {
    const { recipient, workspaceId, blob, mailFrom, reception } = message;
    if (message.deliveryId !== null || claimOfLocalPart(recipient.slice(0, recipient.lastIndexOf('@')), this.options.tokens))
      return undefined;
    const isJunk = this.isJunk(message);
    const afterCommit = await this.options.mailboxes?.deliver(manager, recipient, { workspaceId, blob, mailFrom, reception, isJunk });
    return afterCommit && { kind: isJunk ? 'junk' : 'mailbox', detail, afterCommit };
  }

  private isJunk({ reception, spamVerdict }: WaitingMessage): boolean {
    // Somebody has looked at it and wants it.
    if (spamVerdict === 'released') return false;
    return spamVerdict === 'junk' || spamVerdict === 'reject' || isJunkForDmarc(reception, this.options.dmarc ?? 'quarantine');
  }

  /** What comes to the feedback address is believed only if it contains what only our own mail contains. */
  private reportedDelivery(reading: InboundReading): RowId | undefined {
    if (reading.kind !== 'complaint') return undefined;
    const { original, returnPathCandidates } = reading;
    return deliveryOfEvidence({ addresses: returnPathCandidates, listUnsubscribe: original.listUnsubscribe }, this.options.tokens);
  }

  private async complain(
    manager: EntityManager,
    delivery: ReportedDelivery,
    message: WaitingMessage,
    reading: InboundReading,
  ): Promise<void> {
    if (!simulatedAddresses.includes(delivery.email.toLowerCase()))
      await this.options.suppressions.add(
        systemActor(delivery.workspaceId, 'feedback'),
        { address: delivery.email, reason: 'complaint', detail: reading.explanation, deliveryId: delivery.id, source: 'fbl' },
        manager,
      );
    await recordFeedback(this.recorder, manager, delivery, message, reading, 'complaint');
  }

  private async settle(manager: EntityManager, message: WaitingMessage, reading: InboundReading, finding: Finding): Promise<void> {
    const { headers } = reading;
    await manager.query(
      `UPDATE inbound_messages SET processed_at = now(), kind = $2, header_from = $3, subject = $4, message_id = $5, detail = $6,
         workspace_id = coalesce($7, workspace_id), delivery_id = coalesce($8, delivery_id), campaign_id = $9, contact_id = $10 WHERE id = $1`,
      [
        message.id,
        finding.kind,
        storable(headers.fromAddress || headers.from, 320),
        storable(headers.subject, 1_000),
        storable(headers.messageId, 998),
        finding.detail,
        finding.delivery?.workspaceId ?? null,
        finding.delivery?.id ?? null,
        finding.delivery?.campaignId ?? null,
        finding.delivery?.contactId ?? null,
      ],
    );
  }

  private async noteFailure(id: RowId, error: unknown): Promise<boolean> {
    this.options.logger.error({ inboundId: id, reason: messageOf(error) }, 'an incoming message could not be read');
    const [[row]] = (await this.options.dataSource.query(
      `UPDATE inbound_messages SET detail = detail || jsonb_build_object('failures', coalesce((detail->>'failures')::int, 0) + 1, 'error', $2::text),
         kind = CASE WHEN coalesce((detail->>'failures')::int, 0) + 1 >= $3 THEN 'unreadable' ELSE kind END,
         processed_at = CASE WHEN coalesce((detail->>'failures')::int, 0) + 1 >= $3 THEN now() END
       WHERE id = $1 AND processed_at IS NULL RETURNING processed_at IS NOT NULL AS done`,
      [id, storable(messageOf(error), 500), MAX_FAILURES],
    )) as [{ done: boolean }[], number];
    return row?.done ?? true;
  }
}
