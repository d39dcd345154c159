import type { EntityManager } from 'typeorm';
import { DeliveryKind } from '#base/contracts';
import type { RowId } from '#base/kernel';

/** What feedback needs of the delivery it is about. */
export interface ReportedDelivery {
  readonly id: RowId;
  readonly workspaceId: string;
  readonly campaignId: string | null;
  readonly contactId: string | null;
  readonly kind: DeliveryKind;
  readonly email: string;
}

/**
 * Reads the delivery and holds its engagement row until the transaction ends: whatever comes in about one delivery is
 * taken in one after the other.
 * @returns undefined when its retention is over
 */
export async function lockReportedDelivery(manager: EntityManager, deliveryId: RowId): Promise<ReportedDelivery | undefined> {
  const [delivery] = (await manager.query(
    `SELECT id, workspace_id AS "workspaceId", campaign_id AS "campaignId", contact_id AS "contactId", kind, email FROM deliveries WHERE id = $1`,
    [deliveryId],
  )) as ReportedDelivery[];
  if (!delivery) return undefined;
  await manager.query(
    'INSERT INTO engagements (delivery_id, workspace_id, campaign_id, contact_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
    [delivery.id, delivery.workspaceId, countedCampaign(delivery), delivery.contactId],
  );
  await manager.query('SELECT FROM engagements WHERE delivery_id = $1 FOR UPDATE', [delivery.id]);
  return delivery;
}

/** The campaign in whose figures the delivery appears: test mail appears in none. */
export function countedCampaign(delivery: ReportedDelivery): string | null {
  return delivery.kind === DeliveryKind.test ? null : delivery.campaignId;
}
