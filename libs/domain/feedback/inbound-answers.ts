import type { EntityManager } from 'typeorm';
import type { ReceptionSignals } from '#base/contracts';
import { type RowId, systemActor } from '#base/kernel';
import type { SuppressionService } from '#domain/audience';
import type { EventRecorder, TrackingTokens, UnsubscribeService } from '#domain/tracking';
import type { InboundReading } from '#protocol/dsn';
import { authorStanding } from './author.policy.js';
import { storable } from './describe-reading.js';
import { claimOfLocalPart } from './our-addresses.js';
import { recordFeedback } from './record-feedback.js';
import type { ReportedDelivery } from './reported-delivery.js';
import { joinThread } from './thread.service.js';

/** What joins a conversation. */
const CONVERSATION: ReadonlySet<string> = new Set(['reply', 'auto-reply', 'unsubscribe', 'junk']);
const MAX_REFERENCES = 50;

/** Called when the transaction is committed. */
export type AfterCommit = () => void;

/** Mail as a mailbox gets it. */
export interface MailForMailbox {
  readonly workspaceId: string;
  readonly blob: string;
  readonly mailFrom: string;
  readonly reception: ReceptionSignals | null;
  readonly isJunk: boolean;
}

/** Mailboxes that people read, within the transaction that settles a message. @see MailDelivery of the mailstore */
export interface MailboxPort {
  /** @returns undefined where nobody has the address any more */
  deliver(manager: EntityManager, recipient: string, mail: MailForMailbox): Promise<AfterCommit | undefined>;
  /** To those of the workspace that take replies. */
  deliverReply(manager: EntityManager, mail: MailForMailbox): Promise<AfterCommit | undefined>;
}

/** What answers need to know of the message that they are. */
export interface AnswerMessage {
  readonly id: RowId;
  readonly recipient: string;
  readonly blob: string;
  readonly mailFrom: string;
  readonly reception: ReceptionSignals | null;
}

export interface InboundAnswersParts {
  readonly recorder: EventRecorder;
  readonly tokens: TrackingTokens;
  readonly suppressions: SuppressionService;
  readonly unsubscribes: UnsubscribeService;
  readonly mailboxes?: MailboxPort | undefined;
}

/** What people write back, and programs in their name. */
export class InboundAnswers {
  constructor(private readonly parts: InboundAnswersParts) {}

  /**
   * A person's answer; or the mail that the List-Unsubscribe header asks mail programs to send (RFC 2369 §3.2): like the link of RFC 8058,
   * it needs nothing but the address that stood in our mail.
   */
  async answer(
    manager: EntityManager,
    delivery: ReportedDelivery,
    message: AnswerMessage,
    reading: InboundReading,
    isJunk: boolean,
  ): Promise<{ kind: string }> {
    const isToReplyAddress = claimOfLocalPart(localPartOf(message.recipient), this.parts.tokens)?.kind === 'reply';
    if (isToReplyAddress && reading.headers.subject.trim().toLowerCase() === 'unsubscribe') {
      await this.parts.unsubscribes.unsubscribeWithin(manager, { deliveryId: delivery.id, method: 'mail', ip: null, userAgent: '' });
      return { kind: 'unsubscribe' };
    }
    if (isJunk) return { kind: 'junk' };
    // Mail to a return path that is no report: who answers there is a program, whatever it looks like.
    if (!isToReplyAddress && reading.kind === 'other') return { kind: 'other' };
    if (reading.wantsOut && isToReplyAddress && isOfThePerson(delivery, message, reading)) {
      await this.leave(manager, delivery, message, reading);
      return { kind: 'unsubscribe' };
    }
    await recordFeedback(this.parts.recorder, manager, delivery, message, reading, 'reply');
    return { kind: 'reply' };
  }

  /** In words, a person means all our mail that is not an answer to something the person did. */
  private async leave(manager: EntityManager, delivery: ReportedDelivery, message: AnswerMessage, reading: InboundReading): Promise<void> {
    await this.parts.suppressions.add(
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
    if (!(await this.parts.unsubscribes.unsubscribeWithin(manager, request)))
      await recordFeedback(this.parts.recorder, manager, delivery, message, reading, 'unsubscribe');
  }

  /** What people, and programs in their name, write back joins a conversation, and others hear of it. */
  async route(
    manager: EntityManager,
    message: AnswerMessage,
    reading: InboundReading,
    { kind, delivery }: { readonly kind: string; readonly delivery?: ReportedDelivery | undefined },
  ): Promise<AfterCommit | undefined> {
    if (!delivery || !CONVERSATION.has(kind)) return undefined;
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
    // Programs that act on answers must not act on junk; when somebody says that it is none, they hear of it.
    if (kind !== 'junk')
      await manager.query(`INSERT INTO outbox (workspace_id, topic, payload) VALUES ($1, 'email.received', $2)`, [
        delivery.workspaceId,
        { ...answer, threadId, attachments, receivedAt: new Date().toISOString() },
      ]);
    const { blob, mailFrom, reception } = message;
    return this.parts.mailboxes?.deliverReply(manager, {
      workspaceId: delivery.workspaceId,
      blob,
      mailFrom,
      reception,
      isJunk: kind === 'junk',
    });
  }
}

/** Only the person we wrote to can leave by an answer: mail is forwarded, with its reply address in it, and anybody can write a name in From. */
function isOfThePerson(delivery: ReportedDelivery, { reception }: AnswerMessage, { headers }: InboundReading): boolean {
  return headers.fromAddress.toLowerCase() === delivery.email.toLowerCase() && authorStanding(reception) !== 'contradicted';
}

function localPartOf(address: string): string {
  return address.slice(0, Math.max(0, address.lastIndexOf('@')));
}
