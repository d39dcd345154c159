import type { EntityManager } from 'typeorm';
import { Actor, EventKind } from '#base/contracts';
import type { RowId } from '#base/kernel';
import type { EventRecorder } from '#domain/tracking';
import type { InboundReading } from '#protocol/dsn';
import { describeReading } from './describe-reading.js';
import { type ReportedDelivery, countedCampaign } from './reported-delivery.js';

const kindOfEvent = {
  unsubscribe: EventKind.unsubscribe,
  reply: EventKind.reply,
  'auto-reply': EventKind.autoReply,
  complaint: EventKind.complaint,
  bounce: EventKind.bounce,
};

/** An event of the delivery, with what the message said. */
export function recordFeedback(
  recorder: EventRecorder,
  manager: EntityManager,
  delivery: ReportedDelivery,
  message: { readonly id: RowId },
  reading: InboundReading,
  kind: keyof typeof kindOfEvent,
): Promise<void> {
  const isPerson = kind !== 'auto-reply' && kind !== 'bounce';
  return recorder.record(manager, [
    {
      workspaceId: delivery.workspaceId,
      campaignId: countedCampaign(delivery),
      deliveryId: delivery.id,
      contactId: delivery.contactId,
      kind: kindOfEvent[kind],
      actor: isPerson ? Actor.human : Actor.machine,
      actorReason: reading.explanation,
      data: { inboundId: message.id, ...describeReading(reading) },
    },
  ]);
}
