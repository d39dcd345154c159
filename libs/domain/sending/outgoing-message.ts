import type { DeliveryKind, MailClass } from '#base/contracts';
import type { RowId } from '#base/kernel';
import type { Pass } from '#domain/shaping';
import type { LeasedBatch } from './leased-batch.js';

/** Who sends, as frozen with the campaign. */
export interface CampaignEnvelope {
  readonly campaignId: string;
  readonly fromName: string;
  readonly fromEmail: string;
  /** Empty: answers go to an address that ties them to their campaign and contact. */
  readonly replyTo: string;
  readonly domainId: string | null;
  /** Name of that domain. */
  readonly domainName: string | null;
  /** A sending domain that reaches only the simulator. */
  readonly isSandbox: boolean;
  readonly templateVersionId: string | null;
}

/** One delivery in the memory of the sender, in the queue of its lane or on a connection. */
export interface OutgoingMessage {
  readonly lease: LeasedBatch;
  readonly class: MailClass;
  readonly workspaceId: string;
  readonly deliveryId: RowId;
  readonly kind: DeliveryKind;
  readonly email: string;
  /** Lower case. */
  readonly domain: string;
  readonly merge: Readonly<Record<string, unknown>> | null;
  readonly templateVersionId: string | null;
  readonly envelope: CampaignEnvelope | undefined;
  /** The spooled message that it is a copy of; null for what is rendered. */
  readonly messageId: string | null;
  /** The domain that signs it; none for mail of no domain of ours. */
  readonly signingDomain: string | undefined;
  /** Its right to leave now, under limits that are shared. */
  pass?: Pass | undefined;
  /** Connections that broke under it. */
  losses: number;
}
