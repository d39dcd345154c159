import type { DataSource, EntityManager } from 'typeorm';
import { Actor, DeliveryKind, EventKind } from '#base/contracts';
import { type RowId, systemActor } from '#base/kernel';
import { SuppressionService } from '#domain/audience';
import { EventRecorder } from './event-recorder.js';
import { maskEmail } from './unsubscribe.service.js';

export interface PreferenceTopic {
  readonly id: string;
  /** In the reader's language. */
  readonly name: string;
  readonly description: string;
  readonly isSubscribed: boolean;
}

/** What a person may choose; the address is masked, because a forwarded mail carries the link too. */
export interface Preferences {
  readonly maskedEmail: string;
  readonly workspaceName: string;
  /** Of the contact, else of the mail. */
  readonly language: string;
  readonly topics: readonly PreferenceTopic[];
  /** Gets nothing but what answers something they did. */
  readonly isOffEverything: boolean;
}

export interface PreferenceChange {
  readonly deliveryId: RowId;
  /** Topics that are wanted; those not named are not. `none`: nothing at all. */
  readonly wanted: readonly string[] | 'none';
  readonly ip: string | null;
  readonly userAgent: string;
}

/** The choices behind a mail's unsubscribe link: topic by topic, or none at all. */
export class PreferenceService {
  private readonly recorder = new EventRecorder();
  private readonly suppressions: SuppressionService;

  constructor(private readonly dataSource: DataSource) {
    this.suppressions = new SuppressionService(dataSource);
  }

  /** @returns undefined when the delivery is gone: its retention is over */
  async describe(deliveryId: RowId): Promise<Preferences | undefined> {
    const { manager } = this.dataSource;
    const reader = await findReader(manager, deliveryId);
    if (!reader) return undefined;
    const topics = (await manager.query(
      `SELECT t.id, coalesce(t.names -> $3 ->> 'name', t.names -> split_part($3, '-', 1) ->> 'name', t.name) AS name,
         coalesce(t.names -> $3 ->> 'description', t.names -> split_part($3, '-', 1) ->> 'description', t.description) AS description,
         coalesce(c.status, CASE WHEN t.is_opt_in THEN 'unsubscribed' ELSE 'subscribed' END) = 'subscribed' AS "isSubscribed"
       FROM topics t LEFT JOIN topic_choices c ON c.topic_id = t.id AND c.contact_id = $2
       WHERE t.workspace_id = $1 ORDER BY t.name_key`,
      [reader.workspace_id, reader.contact_id, reader.language],
    )) as PreferenceTopic[];
    return {
      maskedEmail: maskEmail(reader.email),
      workspaceName: reader.workspace_name,
      language: reader.language,
      topics: reader.is_off ? topics.map((topic) => ({ ...topic, isSubscribed: false })) : topics,
      isOffEverything: reader.is_off,
    };
  }

  /** Committed before it returns. Choosing a topic takes back that nothing at all was wanted. */
  async save({ deliveryId, wanted, ip, userAgent }: PreferenceChange): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const reader = await findReader(manager, deliveryId);
      if (!reader || reader.kind === DeliveryKind.test) return;
      const contactId = await this.contactOf(manager, reader);
      const chosen = wanted === 'none' ? [] : wanted;
      await manager.query(
        `INSERT INTO topic_choices (topic_id, contact_id, status, source)
         SELECT t.id, $2, CASE WHEN t.id::text = ANY($3::text[]) THEN 'subscribed' ELSE 'unsubscribed' END, 'page'
         FROM topics t WHERE t.workspace_id = $1 ORDER BY t.id
         ON CONFLICT (topic_id, contact_id) DO UPDATE SET status = excluded.status, source = excluded.source, updated_at = now()
         WHERE topic_choices.status <> excluded.status`,
        [reader.workspace_id, contactId, chosen],
      );
      if (wanted === 'none') await this.turnOff(manager, reader, { deliveryId, contactId, ip, userAgent });
      else if (chosen.length > 0 && reader.is_off) await this.turnOn(manager, reader);
    });
  }

  /** Who is no contact yet becomes one: the choice has to be remembered. */
  private async contactOf(manager: EntityManager, { workspace_id, email, contact_id }: Reader): Promise<string> {
    if (contact_id !== null) return contact_id;
    const [contact] = (await manager.query(
      `INSERT INTO contacts AS known (workspace_id, email, email_key) VALUES ($1, $2, lower($2))
       ON CONFLICT (workspace_id, email_key) DO UPDATE SET email = known.email RETURNING id`,
      [workspace_id, email],
    )) as { id: string }[];
    return contact!.id;
  }

  private async turnOff(
    manager: EntityManager,
    reader: Reader,
    by: { deliveryId: RowId; contactId: string; ip: string | null; userAgent: string },
  ): Promise<void> {
    const suppression = {
      address: reader.email,
      reason: 'unsubscribe',
      detail: 'chose no mail at all on the preference page',
      source: 'page',
    } as const;
    const isNew = await this.suppressions.add(
      systemActor(reader.workspace_id, 'preferences'),
      { ...suppression, deliveryId: by.deliveryId },
      manager,
    );
    if (!isNew) return;
    await this.recorder.record(manager, [
      {
        workspaceId: reader.workspace_id,
        campaignId: reader.campaign_id,
        deliveryId: by.deliveryId,
        contactId: by.contactId,
        kind: EventKind.unsubscribe,
        actor: Actor.human,
        actorReason: 'chose no mail at all on the preference page',
        ip: by.ip,
        userAgent: by.userAgent,
      },
    ]);
  }

  /** Only what the person said themselves: a complaint or a bounce stays. */
  private async turnOn(manager: EntityManager, { workspace_id, email }: Reader): Promise<void> {
    await manager.query(
      `DELETE FROM suppressions WHERE workspace_id = $1 AND address_key = lower($2) AND scope = 'marketing' AND reason = 'unsubscribe'`,
      [workspace_id, email],
    );
  }
}

interface Reader {
  readonly workspace_id: string;
  readonly workspace_name: string;
  readonly email: string;
  readonly kind: number;
  readonly campaign_id: string | null;
  readonly contact_id: string | null;
  readonly language: string;
  readonly is_off: boolean;
}

async function findReader(manager: EntityManager, deliveryId: RowId): Promise<Reader | undefined> {
  const [reader] = (await manager.query(
    `SELECT d.workspace_id, w.name AS workspace_name, d.email, d.kind, d.campaign_id, k.id AS contact_id,
       coalesce(nullif(k.language, ''), t.language, 'en') AS language,
       EXISTS (SELECT FROM suppressions s WHERE s.workspace_id = d.workspace_id AND s.address_key = lower(d.email)
         AND s.scope = 'marketing' AND s.reason = 'unsubscribe') AS is_off
     FROM deliveries d JOIN workspaces w ON w.id = d.workspace_id
     LEFT JOIN contacts k ON k.workspace_id = d.workspace_id AND k.email_key = lower(d.email)
     LEFT JOIN campaigns c ON c.id = d.campaign_id LEFT JOIN templates t ON t.id = c.template_id
     WHERE d.id = $1`,
    [deliveryId],
  )) as Reader[];
  return reader;
}
