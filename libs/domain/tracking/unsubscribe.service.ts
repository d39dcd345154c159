import type { DataSource, EntityManager } from 'typeorm';
import { Actor, EventKind } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { EventRecorder } from './event-recorder.js';

/** RFC 8058's POST of a mail program, a person's click on our page, or mail to the List-Unsubscribe address (RFC 2369). */
export type UnsubscribeMethod = 'one-click' | 'page' | 'mail';

const reasons: Readonly<Record<UnsubscribeMethod, string>> = {
  'one-click': 'one-click button of the mail program',
  page: 'button on the unsubscribe page',
  mail: 'mail to the List-Unsubscribe address',
};

export interface UnsubscribeRequest {
  readonly deliveryId: RowId;
  readonly method: UnsubscribeMethod;
  /** null when it did not come over HTTP. */
  readonly ip: string | null;
  readonly userAgent: string;
}

/** What the page about an unsubscription says; the address is masked, because a forwarded mail carries the link too. */
export interface UnsubscribeFacts {
  readonly maskedEmail: string;
  readonly workspaceName: string;
  readonly lists: readonly string[];
  readonly language: string;
  readonly isSubscribed: boolean;
}

/** Takes a contact off the lists that a campaign went to, and back on when it was a slip. Both are idempotent. */
export class UnsubscribeService {
  private readonly recorder = new EventRecorder();

  constructor(private readonly dataSource: DataSource) {}

  /** @returns undefined when the delivery is gone: its retention is over */
  async describe(deliveryId: RowId): Promise<UnsubscribeFacts | undefined> {
    const [row] = (await this.dataSource.query(
      `SELECT d.email, w.name AS workspace_name, coalesce(t.language, 'en') AS language,
         coalesce(array_agg(l.name ORDER BY l.name) FILTER (WHERE l.id IS NOT NULL), '{}') AS lists,
         coalesce(bool_or(m.status <> 'unsubscribed'), false) AS is_subscribed
       FROM deliveries d
       JOIN workspaces w ON w.id = d.workspace_id
       LEFT JOIN campaigns c ON c.id = d.campaign_id
       LEFT JOIN templates t ON t.id = c.template_id
       LEFT JOIN list_memberships m ON m.contact_id = d.contact_id AND c.audience->'include'->'lists' ? m.list_id::text
       LEFT JOIN lists l ON l.id = m.list_id
       WHERE d.id = $1 GROUP BY d.email, w.name, t.language`,
      [deliveryId],
    )) as { email: string; workspace_name: string; language: string; lists: string[]; is_subscribed: boolean }[];
    if (!row) return undefined;
    return {
      maskedEmail: maskEmail(row.email),
      workspaceName: row.workspace_name,
      lists: row.lists,
      language: row.language,
      isSubscribed: row.is_subscribed,
    };
  }

  /** Committed before it returns: the answer to the mail program is a promise. */
  async unsubscribe(request: UnsubscribeRequest): Promise<void> {
    await this.dataSource.transaction((manager) => this.unsubscribeWithin(manager, request));
  }

  /** The same in the caller's transaction. */
  async unsubscribeWithin(manager: EntityManager, request: UnsubscribeRequest): Promise<void> {
    const changed = await this.setStatus(manager, request.deliveryId, 'unsubscribed');
    if (!changed) return;
    await this.recorder.record(manager, [
      {
        workspaceId: changed.workspaceId,
        campaignId: changed.campaignId,
        deliveryId: request.deliveryId,
        contactId: changed.contactId,
        kind: EventKind.unsubscribe,
        actor: Actor.human,
        actorReason: reasons[request.method],
        ip: request.ip,
        userAgent: request.userAgent,
      },
    ]);
  }

  async resubscribe(deliveryId: RowId): Promise<void> {
    await this.dataSource.transaction((manager) => this.setStatus(manager, deliveryId, 'subscribed'));
  }

  private async setStatus(manager: EntityManager, deliveryId: RowId, status: 'subscribed' | 'unsubscribed') {
    const [delivery] = (await manager.query('SELECT workspace_id, campaign_id, contact_id FROM deliveries WHERE id = $1 AND kind = 0', [
      deliveryId,
    ])) as {
      workspace_id: string;
      campaign_id: string | null;
      contact_id: string | null;
    }[];
    if (!delivery?.campaign_id || !delivery.contact_id) return undefined;
    const [, changed] = (await manager.query(
      `UPDATE list_memberships m SET status = $3, updated_at = now()
       FROM campaigns c WHERE c.id = $1 AND m.contact_id = $2 AND c.audience->'include'->'lists' ? m.list_id::text
         AND m.status = ANY($4::text[])`,
      [delivery.campaign_id, delivery.contact_id, status, status === 'unsubscribed' ? ['subscribed', 'unconfirmed'] : ['unsubscribed']],
    )) as [unknown, number];
    if (changed === 0) return undefined;
    return { workspaceId: delivery.workspace_id, campaignId: delivery.campaign_id, contactId: delivery.contact_id };
  }
}

/** `sara@example.org` → `s•••@example.org` */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return at < 1 ? '•••' : `${[...email][0]}•••${email.slice(at)}`;
}
