import type { DataSource, EntityManager } from 'typeorm';
import { Actor, DeliveryKind, EventKind } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { EventRecorder } from './event-recorder.js';

/** RFC 8058's POST of a mail program, a person's click on our page, mail to the List-Unsubscribe address (RFC 2369), or an answer in words. */
export type UnsubscribeMethod = 'one-click' | 'page' | 'mail' | 'reply';

const reasons: Readonly<Record<UnsubscribeMethod, string>> = {
  'one-click': 'one-click button of the mail program',
  page: 'button on the unsubscribe page',
  mail: 'mail to the List-Unsubscribe address',
  reply: 'an answer that asks for no more mail',
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
  /** There are topics to choose from instead. */
  readonly hasTopics: boolean;
}

/** Takes a contact off the lists that a campaign went to, or off the topic of a message, and back on when it was a slip. Both are idempotent. */
export class UnsubscribeService {
  private readonly recorder = new EventRecorder();

  constructor(private readonly dataSource: DataSource) {}

  /** @returns undefined when the delivery is gone: its retention is over */
  async describe(deliveryId: RowId): Promise<UnsubscribeFacts | undefined> {
    const [row] = (await this.dataSource.query(
      `SELECT d.email, w.name AS workspace_name, coalesce(t.language, 'en') AS language,
         coalesce(array_agg(coalesce(l.name, o.name) ORDER BY l.name) FILTER (WHERE l.id IS NOT NULL OR o.id IS NOT NULL), '{}') AS lists,
         CASE WHEN o.id IS NULL THEN coalesce(bool_or(m.status <> 'unsubscribed'), false)
           ELSE coalesce(max(h.status), CASE WHEN o.is_opt_in THEN 'unsubscribed' ELSE 'subscribed' END) = 'subscribed' END AS is_subscribed,
         EXISTS (SELECT FROM topics any_topic WHERE any_topic.workspace_id = d.workspace_id) AS has_topics
       FROM deliveries d
       JOIN workspaces w ON w.id = d.workspace_id
       LEFT JOIN campaigns c ON c.id = d.campaign_id
       LEFT JOIN templates t ON t.id = c.template_id
       LEFT JOIN list_memberships m ON m.contact_id = d.contact_id AND c.audience->'include'->'lists' ? m.list_id::text
       LEFT JOIN lists l ON l.id = m.list_id
       LEFT JOIN messages a ON a.id = d.message_id
       LEFT JOIN topics o ON o.id = a.topic_id
       LEFT JOIN contacts k ON k.workspace_id = d.workspace_id AND k.email_key = lower(d.email) AND o.id IS NOT NULL
       LEFT JOIN topic_choices h ON h.topic_id = o.id AND h.contact_id = k.id
       WHERE d.id = $1 GROUP BY d.workspace_id, d.email, w.name, t.language, o.id, o.is_opt_in`,
      [deliveryId],
    )) as { email: string; workspace_name: string; language: string; lists: string[]; is_subscribed: boolean; has_topics: boolean }[];
    if (!row) return undefined;
    return {
      maskedEmail: maskEmail(row.email),
      workspaceName: row.workspace_name,
      lists: row.lists,
      language: row.language,
      isSubscribed: row.is_subscribed,
      hasTopics: row.has_topics,
    };
  }

  /** Committed before it returns: the answer to the mail program is a promise. */
  async unsubscribe(request: UnsubscribeRequest): Promise<void> {
    await this.dataSource.transaction((manager) => this.unsubscribeWithin(manager, request));
  }

  /** The same in the caller's transaction. @returns whether anything changed, and was recorded */
  async unsubscribeWithin(manager: EntityManager, request: UnsubscribeRequest): Promise<boolean> {
    const changed = await this.setStatus(manager, request.deliveryId, 'unsubscribed');
    if (!changed) return false;
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
    return true;
  }

  async resubscribe(deliveryId: RowId): Promise<void> {
    await this.dataSource.transaction((manager) => this.setStatus(manager, deliveryId, 'subscribed'));
  }

  private async setStatus(manager: EntityManager, deliveryId: RowId, status: Status): Promise<Changed | undefined> {
    const [delivery] = (await manager.query(
      `SELECT d.workspace_id, d.campaign_id, d.contact_id, d.email, m.topic_id FROM deliveries d LEFT JOIN messages m ON m.id = d.message_id
       WHERE d.id = $1 AND d.kind <> ${DeliveryKind.test}`,
      [deliveryId],
    )) as DeliveryRow[];
    if (delivery?.topic_id) return this.chooseTopic(manager, delivery, status);
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

  /** Of accepted mail on a topic. Who is no contact yet becomes one: the choice has to be remembered. */
  private async chooseTopic(
    manager: EntityManager,
    { workspace_id, topic_id, email }: DeliveryRow,
    status: Status,
  ): Promise<Changed | undefined> {
    const [contact] = (await manager.query(
      `INSERT INTO contacts AS known (workspace_id, email, email_key) VALUES ($1, $2, lower($2))
       ON CONFLICT (workspace_id, email_key) DO UPDATE SET email = known.email RETURNING id`,
      [workspace_id, email],
    )) as { id: string }[];
    const changed = (await manager.query(
      `INSERT INTO topic_choices AS known (topic_id, contact_id, status, source) VALUES ($1, $2, $3, 'page')
       ON CONFLICT (topic_id, contact_id) DO UPDATE SET status = excluded.status, source = excluded.source, updated_at = now()
       WHERE known.status <> excluded.status RETURNING 1`,
      [topic_id, contact!.id, status],
    )) as unknown[];
    return changed.length === 0 ? undefined : { workspaceId: workspace_id, campaignId: null, contactId: contact!.id };
  }
}

type Status = 'subscribed' | 'unsubscribed';

interface DeliveryRow {
  readonly workspace_id: string;
  readonly campaign_id: string | null;
  readonly contact_id: string | null;
  readonly email: string;
  readonly topic_id: string | null;
}

interface Changed {
  readonly workspaceId: string;
  readonly campaignId: string | null;
  readonly contactId: string;
}

/** `sara@example.org` → `s•••@example.org` */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  return at < 1 ? '•••' : `${[...email][0]}•••${email.slice(at)}`;
}
