import type { EntityManager } from 'typeorm';
import { Actor, type CounterMetric, EventKind } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { type CounterIncrement, incrementCounters } from './counters.js';

export interface TrackedEvent {
  readonly workspaceId: string;
  readonly campaignId?: string | null;
  readonly deliveryId?: RowId | null;
  readonly contactId?: string | null;
  readonly kind: EventKind;
  readonly actor: Actor;
  /** Why the actor was judged so, in a few words for people. */
  readonly actorReason: string;
  /** Position of the link, for clicks. */
  readonly link?: number;
  readonly ip?: string | null;
  readonly userAgent?: string;
  readonly data?: object;
  readonly at?: Date;
}

/** What `engagements` remembers of one delivery. */
interface Engagement {
  human_opens: number;
  machine_opens: number;
  human_clicks: number;
  machine_clicks: number;
  unsubscribed_at: Date | null;
  complained_at: Date | null;
  bounced_at: Date | null;
  replied_at: Date | null;
  auto_replied_at: Date | null;
}

interface EngagementRow extends Engagement {
  delivery_id: RowId;
  campaign_id: string | null;
}

/**
 * Appends events and counts them, in the caller's transaction. "Unique" counters follow from the difference between
 * what a delivery's engagement row said before and after, so recording and re-judging cannot drift from each other.
 */
export class EventRecorder {
  async record(manager: EntityManager, events: readonly TrackedEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.append(manager, events);
    const byDelivery = Map.groupBy(
      events.filter((event) => event.deliveryId != null),
      (event) => event.deliveryId!,
    );
    if (byDelivery.size === 0) return;
    const before = await this.lockEngagements(manager, byDelivery);
    const changes = before.map((row) => ({ row, after: applyEvents(row, byDelivery.get(row.delivery_id)!) }));
    await this.store(manager, changes);
    const totals = events.flatMap(totalIncrements);
    await incrementCounters(manager, [...changes.flatMap(({ row, after }) => uniqueIncrements(row, after)), ...totals]);
  }

  /**
   * Judges the human clicks of a delivery since `since` again as a machine's: a burst over many links shows only
   * after its first clicks were recorded.
   */
  async reclassifyClicks(manager: EntityManager, deliveryId: RowId, since: Date, reason: string): Promise<number> {
    const [locked] = await this.lockEngagements(manager, new Map([[deliveryId, []]]));
    if (!locked) return 0;
    const [, changed]: [unknown, number] = await manager.query(
      `UPDATE events SET actor = $3, actor_reason = $4
       WHERE delivery_id = $1 AND kind = $5 AND actor = $6 AND at >= $2`,
      [deliveryId, since, Actor.machine, reason, EventKind.click, Actor.human],
    );
    if (changed === 0) return 0;
    const after = { ...locked, human_clicks: locked.human_clicks - changed, machine_clicks: locked.machine_clicks + changed };
    await this.store(manager, [{ row: locked, after }]);
    const totals: CounterIncrement[] = locked.campaign_id
      ? [
          { campaignId: locked.campaign_id, metric: 'clicks_human_total', by: -changed },
          { campaignId: locked.campaign_id, metric: 'clicks_machine_total', by: changed },
        ]
      : [];
    await incrementCounters(manager, [...uniqueIncrements(locked, after), ...totals]);
    return changed;
  }

  private async append(manager: EntityManager, events: readonly TrackedEvent[]): Promise<void> {
    const rows = events.map((event) => ({
      workspace_id: event.workspaceId,
      campaign_id: event.campaignId ?? null,
      delivery_id: event.deliveryId ?? null,
      contact_id: event.contactId ?? null,
      kind: event.kind,
      actor: event.actor,
      actor_reason: event.actorReason,
      link: event.link ?? null,
      ip: event.ip ?? null,
      user_agent: (event.userAgent ?? '').slice(0, 400),
      data: event.data ?? null,
      at: (event.at ?? new Date()).toISOString(),
    }));
    await manager.query(
      `INSERT INTO events (workspace_id, campaign_id, delivery_id, contact_id, kind, actor, actor_reason, link, ip, user_agent, data, at)
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS e (workspace_id uuid, campaign_id uuid, delivery_id bigint, contact_id bigint,
         kind smallint, actor smallint, actor_reason text, link smallint, ip inet, user_agent text, data jsonb, at timestamptz)`,
      [JSON.stringify(rows)],
    );
  }

  /** Creates what is missing and locks all rows in id order, so that concurrent recorders queue up instead of deadlocking. */
  private async lockEngagements(manager: EntityManager, byDelivery: ReadonlyMap<RowId, readonly TrackedEvent[]>): Promise<EngagementRow[]> {
    const ids = [...byDelivery.keys()].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
    const first = ids.map((id) => byDelivery.get(id)![0]).filter((event) => event !== undefined);
    if (first.length > 0) {
      await manager.query(
        `INSERT INTO engagements (delivery_id, workspace_id, campaign_id, contact_id)
         SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::bigint[]) ON CONFLICT DO NOTHING`,
        [
          first.map((e) => e.deliveryId),
          first.map((e) => e.workspaceId),
          first.map((e) => e.campaignId ?? null),
          first.map((e) => e.contactId ?? null),
        ],
      );
    }
    return manager.query('SELECT * FROM engagements WHERE delivery_id = ANY($1::bigint[]) ORDER BY delivery_id FOR UPDATE', [ids]);
  }

  private async store(manager: EntityManager, changes: readonly { row: EngagementRow; after: Engagement }[]): Promise<void> {
    await manager.query(
      `UPDATE engagements SET human_opens = n.human_opens, machine_opens = n.machine_opens, human_clicks = n.human_clicks,
         machine_clicks = n.machine_clicks, unsubscribed_at = n.unsubscribed_at, complained_at = n.complained_at,
         bounced_at = n.bounced_at, replied_at = n.replied_at, auto_replied_at = n.auto_replied_at
       FROM jsonb_to_recordset($1::jsonb) AS n (delivery_id bigint, human_opens int, machine_opens int, human_clicks int, machine_clicks int,
         unsubscribed_at timestamptz, complained_at timestamptz, bounced_at timestamptz, replied_at timestamptz, auto_replied_at timestamptz)
       WHERE engagements.delivery_id = n.delivery_id`,
      [JSON.stringify(changes.map(({ row, after }) => ({ ...after, delivery_id: row.delivery_id })))],
    );
  }
}

function applyEvents(before: Engagement, events: readonly TrackedEvent[]): Engagement {
  const after = { ...before };
  for (const event of events) {
    const at = event.at ?? new Date();
    const isHuman = event.actor !== Actor.machine;
    switch (event.kind) {
      case EventKind.open:
        if (isHuman) after.human_opens++;
        else after.machine_opens++;
        break;
      case EventKind.click:
        if (isHuman) after.human_clicks++;
        else after.machine_clicks++;
        break;
      case EventKind.unsubscribe:
        after.unsubscribed_at ??= at;
        break;
      case EventKind.complaint:
        after.complained_at ??= at;
        break;
      case EventKind.bounce:
        after.bounced_at ??= at;
        break;
      case EventKind.reply:
        after.replied_at ??= at;
        break;
      case EventKind.autoReply:
        after.auto_replied_at ??= at;
        break;
      default:
        event.kind satisfies never;
    }
  }
  return after;
}

const uniqueMetrics: readonly (readonly [keyof Engagement, CounterMetric])[] = [
  ['human_opens', 'opens_human_unique'],
  ['machine_opens', 'opens_machine_unique'],
  ['human_clicks', 'clicks_human_unique'],
  ['machine_clicks', 'clicks_machine_unique'],
  ['unsubscribed_at', 'unsubscribed'],
  ['complained_at', 'complained'],
  ['replied_at', 'replied'],
  ['auto_replied_at', 'auto_replied'],
];

function uniqueIncrements(row: EngagementRow, after: Engagement): CounterIncrement[] {
  const { campaign_id: campaignId } = row;
  if (campaignId === null) return [];
  return uniqueMetrics.map(([field, metric]) => ({ campaignId, metric, by: Number(Boolean(after[field])) - Number(Boolean(row[field])) }));
}

function totalIncrements(event: TrackedEvent): CounterIncrement[] {
  if (!event.campaignId) return [];
  const actor = event.actor === Actor.machine ? 'machine' : 'human';
  if (event.kind === EventKind.open) return [{ campaignId: event.campaignId, metric: `opens_${actor}_total`, by: 1 }];
  if (event.kind === EventKind.click) return [{ campaignId: event.campaignId, metric: `clicks_${actor}_total`, by: 1 }];
  return [];
}
