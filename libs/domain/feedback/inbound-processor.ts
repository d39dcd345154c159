import type { DataSource, EntityManager } from 'typeorm';
import { Actor, EventKind, simulatedAddresses } from '#base/contracts';
import { type Logger, type RowId, messageOf, systemActor } from '#base/kernel';
import type { SuppressionService } from '#domain/audience';
import { EventRecorder, type TrackingTokens, type UnsubscribeService } from '#domain/tracking';
import type { BlobStore } from '#platform/blobs';
import { type InboundReading, readReport } from '#protocol/dsn';
import { recordLateBounce } from './late-bounce.js';
import { claimOfLocalPart, deliveryOfEvidence } from './our-addresses.js';
import { type ReportedDelivery, countedCampaign, lockReportedDelivery } from './reported-delivery.js';
import { type IncomingAnswer, joinThread } from './thread.service.js';

interface WaitingMessage {
  readonly id: RowId;
  readonly workspaceId: string;
  readonly recipient: string;
  readonly mailFrom: string;
  readonly deliveryId: RowId | null;
  readonly blob: string;
  readonly ageMs: number;
}

interface Finding {
  /** `InboundKind`, or what else it turned out to be. */
  readonly kind: string;
  readonly delivery?: ReportedDelivery | undefined;
  readonly detail: object;
}

/** After so many failures a message is set aside, its bytes kept: it must not hold up the others for ever. */
const MAX_FAILURES = 5;
/** A report can overtake our own record of the delivery by milliseconds; later than this it is about something else. */
const TOO_EARLY_MS = 3600_000;

const kindOfEvent = {
  unsubscribe: EventKind.unsubscribe,
  reply: EventKind.reply,
  'auto-reply': EventKind.autoReply,
  complaint: EventKind.complaint,
  bounce: EventKind.bounce,
};

/** What joins a conversation. */
const CONVERSATION: ReadonlySet<string> = new Set(['reply', 'auto-reply', 'unsubscribe']);
const MAX_REFERENCES = 50;

/** Where answers go beside their conversation: a mailbox, or an address to forward to. */
export interface ReplyDelivery {
  /** In the transaction that records the answer. @throws to have it tried again */
  deliver(manager: EntityManager, reply: IncomingAnswer & { readonly threadId: RowId; readonly blob: string }): Promise<void>;
}

/** Reads incoming messages and records what they mean: each exactly once, in one transaction with its own row. */
export class InboundProcessor {
  private readonly recorder = new EventRecorder();

  constructor(
    private readonly dataSource: DataSource,
    private readonly blobs: BlobStore,
    private readonly tokens: TrackingTokens,
    private readonly suppressions: SuppressionService,
    private readonly unsubscribes: UnsubscribeService,
    private readonly logger: Logger,
    private readonly replies?: ReplyDelivery,
  ) {}

  /** @returns whether it is settled; false: it stays and is to be asked for again */
  async process(id: RowId): Promise<boolean> {
    try {
      return await this.dataSource.transaction(async (manager) => {
        const message = await this.claim(manager, id);
        if (!message) return true;
        const reading = readReport(await this.blobs.get(message.blob), { envelopeSender: message.mailFrom });
        const finding = await this.act(manager, message, reading);
        if (finding === 'too-early') return false;
        await this.route(manager, message, reading, finding);
        await this.settle(manager, message, reading, finding);
        return true;
      });
    } catch (error) {
      return this.noteFailure(id, error);
    }
  }

  private async claim(manager: EntityManager, id: RowId): Promise<WaitingMessage | undefined> {
    const [message] = (await manager.query(
      `SELECT id, workspace_id AS "workspaceId", recipient, mail_from AS "mailFrom", delivery_id AS "deliveryId", blob,
         (extract(epoch FROM now() - received_at) * 1000)::float AS "ageMs"
       FROM inbound_messages WHERE id = $1 AND processed_at IS NULL FOR UPDATE SKIP LOCKED`,
      [id],
    )) as WaitingMessage[];
    return message;
  }

  private async act(manager: EntityManager, message: WaitingMessage, reading: InboundReading): Promise<Finding | 'too-early'> {
    const deliveryId = message.deliveryId ?? this.reportedDelivery(reading);
    const delivery = deliveryId === undefined ? undefined : await lockReportedDelivery(manager, deliveryId);
    const detail = describe(reading);
    if (!delivery) return { kind: reading.kind, detail };
    switch (reading.kind) {
      case 'bounce': {
        const effect = await recordLateBounce(manager, delivery, reading);
        if (effect === 'too-early' && message.ageMs < TOO_EARLY_MS) return 'too-early';
        if (effect === 'recorded') await this.record(manager, delivery, message, reading, 'bounce');
        return { kind: 'bounce', delivery, detail: { ...detail, effect } };
      }
      case 'complaint':
        await this.complain(manager, delivery, message, reading);
        return { kind: 'complaint', delivery, detail };
      case 'auto-reply':
        await this.record(manager, delivery, message, reading, 'auto-reply');
        return { kind: 'auto-reply', delivery, detail };
      case 'reply':
      case 'other':
        return { ...(await this.answer(manager, delivery, message, reading)), delivery, detail };
      case 'delayed':
        return { kind: 'delayed', delivery, detail };
      default:
        return reading.kind satisfies never;
    }
  }

  /** What comes to the feedback address is believed only if it contains what only our own mail contains. */
  private reportedDelivery(reading: InboundReading): RowId | undefined {
    if (reading.kind !== 'complaint') return undefined;
    const { original, returnPathCandidates } = reading;
    return deliveryOfEvidence({ addresses: returnPathCandidates, listUnsubscribe: original.listUnsubscribe }, this.tokens);
  }

  private async complain(
    manager: EntityManager,
    delivery: ReportedDelivery,
    message: WaitingMessage,
    reading: InboundReading,
  ): Promise<void> {
    if (!simulatedAddresses.includes(delivery.email.toLowerCase()))
      await this.suppressions.add(
        systemActor(delivery.workspaceId, 'feedback'),
        { address: delivery.email, reason: 'complaint', detail: reading.explanation, deliveryId: delivery.id, source: 'fbl' },
        manager,
      );
    await this.record(manager, delivery, message, reading, 'complaint');
  }

  /** A person's answer; or the mail that the List-Unsubscribe header asks mail programs to send (RFC 2369 §3.2). */
  private async answer(
    manager: EntityManager,
    delivery: ReportedDelivery,
    message: WaitingMessage,
    reading: InboundReading,
  ): Promise<{ kind: string }> {
    const isToReplyAddress = claimOfLocalPart(localPartOf(message.recipient), this.tokens)?.kind === 'reply';
    if (isToReplyAddress && reading.headers.subject.trim().toLowerCase() === 'unsubscribe') {
      await this.unsubscribes.unsubscribeWithin(manager, { deliveryId: delivery.id, method: 'mail', ip: null, userAgent: '' });
      return { kind: 'unsubscribe' };
    }
    // Mail to a return path that is no report: who answers there is a program, whatever it looks like.
    if (!isToReplyAddress && reading.kind === 'other') return { kind: 'other' };
    // Only the person we wrote to can leave by an answer: mail is forwarded, with its reply address in it.
    if (reading.wantsOut && isToReplyAddress && reading.headers.fromAddress.toLowerCase() === delivery.email.toLowerCase()) {
      await this.leave(manager, delivery, message, reading);
      return { kind: 'unsubscribe' };
    }
    await this.record(manager, delivery, message, reading, 'reply');
    return { kind: 'reply' };
  }

  /** In words, a person means all our mail that is not an answer to something the person did. */
  private async leave(manager: EntityManager, delivery: ReportedDelivery, message: WaitingMessage, reading: InboundReading): Promise<void> {
    await this.suppressions.add(
      systemActor(delivery.workspaceId, 'feedback'),
      {
        address: delivery.email,
        reason: 'unsubscribe',
        scope: 'marketing',
        detail: `wrote: ${reading.words ?? reading.headers.subject}`,
        deliveryId: delivery.id,
        source: 'reply',
      },
      manager,
    );
    const request = { deliveryId: delivery.id, method: 'reply', ip: null, userAgent: '' } as const;
    if (!(await this.unsubscribes.unsubscribeWithin(manager, request)))
      await this.record(manager, delivery, message, reading, 'unsubscribe');
  }

  /** What people, and programs in their name, write back joins a conversation, and others hear of it. */
  private async route(
    manager: EntityManager,
    message: WaitingMessage,
    reading: InboundReading,
    { kind, delivery }: Finding,
  ): Promise<void> {
    if (!delivery || !CONVERSATION.has(kind)) return;
    const { headers } = reading;
    const references = headers.references.match(/<([^<>\s]{1,500})>/g)?.map((id) => id.slice(1, -1)) ?? [];
    const answers = [...new Set([headers.inReplyTo, ...references.toReversed()].filter((id) => id !== ''))].slice(0, MAX_REFERENCES);
    const answer = {
      workspaceId: delivery.workspaceId,
      inboundId: message.id,
      deliveryId: delivery.id,
      contactId: delivery.contactId,
      campaignId: delivery.campaignId,
      email: delivery.email,
      kind,
      from: storable(headers.fromAddress || headers.from, 320),
      subject: storable(headers.subject, 998),
      messageId: storable(headers.messageId, 500),
      answers,
      snippet: storable(reading.words ?? '', 2_000),
    };
    const threadId = await joinThread(manager, answer);
    const { attachments } = reading;
    await manager.query(`INSERT INTO outbox (workspace_id, topic, payload) VALUES ($1, 'email.received', $2)`, [
      delivery.workspaceId,
      { ...answer, threadId, attachments, receivedAt: new Date().toISOString() },
    ]);
    await this.replies?.deliver(manager, { ...answer, threadId, blob: message.blob });
  }

  private record(
    manager: EntityManager,
    delivery: ReportedDelivery,
    message: WaitingMessage,
    reading: InboundReading,
    kind: keyof typeof kindOfEvent,
  ): Promise<void> {
    const isPerson = kind !== 'auto-reply' && kind !== 'bounce';
    return this.recorder.record(manager, [
      {
        workspaceId: delivery.workspaceId,
        campaignId: countedCampaign(delivery),
        deliveryId: delivery.id,
        contactId: delivery.contactId,
        kind: kindOfEvent[kind],
        actor: isPerson ? Actor.human : Actor.machine,
        actorReason: reading.explanation,
        data: { inboundId: message.id, ...describe(reading) },
      },
    ]);
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
    this.logger.error({ inboundId: id, reason: messageOf(error) }, 'an incoming message could not be read');
    const [[row]] = (await this.dataSource.query(
      `UPDATE inbound_messages SET detail = detail || jsonb_build_object('failures', coalesce((detail->>'failures')::int, 0) + 1, 'error', $2::text),
         kind = CASE WHEN coalesce((detail->>'failures')::int, 0) + 1 >= $3 THEN 'unreadable' ELSE kind END,
         processed_at = CASE WHEN coalesce((detail->>'failures')::int, 0) + 1 >= $3 THEN now() END
       WHERE id = $1 AND processed_at IS NULL RETURNING processed_at IS NOT NULL AS done`,
      [id, storable(messageOf(error), 500), MAX_FAILURES],
    )) as [{ done: boolean }[], number];
    return row?.done ?? true;
  }
}

function describe(reading: InboundReading): object {
  const {
    recipient,
    permanent,
    enhancedCode,
    smtpCode,
    reason,
    explanation,
    reportingMta,
    remoteMta,
    feedbackType,
    cause,
    wantsOut,
    words,
  } = reading;
  return clean({
    recipient,
    permanent,
    class: reading.class,
    enhancedCode,
    smtpCode,
    reason,
    explanation,
    reportingMta,
    remoteMta,
    feedbackType,
    cause,
    wantsOut,
    words,
  });
}

/** PostgreSQL keeps no NUL in text or jsonb; strangers send them. */
function clean(values: Record<string, unknown>): object {
  const kept = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept.map(([key, value]) => [key, typeof value === 'string' ? storable(value, 1_000) : value]));
}

function storable(text: string, length: number): string {
  return text.replaceAll('\u0000', '').slice(0, length).toWellFormed();
}

function localPartOf(address: string): string {
  return address.slice(0, Math.max(0, address.lastIndexOf('@')));
}
