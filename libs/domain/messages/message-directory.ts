import type { DataSource } from 'typeorm';
import PostalMime from 'postal-mime';
import { Actor, EventKind, Outcome, Via } from '#base/contracts';
import type { ActorContext } from '#base/kernel';
import { type MessageSpool, QUEUE_CHANNEL, type SettledBatch, fillSlots, settleWholeBatches } from '#domain/sending';
import { serializeHeaders, splitMessage } from '#protocol/mime';
import { messagesError } from './messages.errors.js';
import { LIFETIME_MS } from './message-options.js';
import type { MessageRecipients } from './prepared-message.js';

/** The last thing that happened to a message, in the words of its API. */
export type LastEvent =
  | 'scheduled'
  | 'queued'
  | 'sent'
  | 'delivered'
  | 'delivery_delayed'
  | 'bounced'
  | 'failed'
  | 'canceled'
  | 'suppressed'
  | 'opened'
  | 'clicked'
  | 'complained';

export interface MessageSummary {
  readonly id: string;
  readonly messageId: string;
  readonly sender: string;
  readonly recipients: MessageRecipients;
  readonly replyTo: readonly string[];
  readonly subject: string;
  readonly stream: string;
  readonly topicId: string | null;
  readonly tags: readonly { readonly name: string; readonly value: string }[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly scheduledAt: Date | null;
  readonly createdAt: Date;
  readonly lastEvent: LastEvent;
}

export interface MessageDetail extends MessageSummary {
  readonly html: string | null;
  readonly text: string | null;
}

export interface MessagePage {
  readonly messages: readonly MessageSummary[];
  readonly hasMore: boolean;
}

/** Where large messages lie. */
export interface MessageContents {
  get(ref: string): Promise<Buffer>;
}

export interface PageQuery {
  readonly limit?: number | undefined;
  /** Ids: those that are older than this one, or newer. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_PAGE = 100;

/** Accepted messages as their senders see them; scheduled ones can still be changed. */
export class MessageDirectory {
  constructor(
    private readonly dataSource: DataSource,
    private readonly contents: MessageContents,
  ) {}

  /** @throws ChaparError `email_not_found` */
  async get(context: ActorContext, id: string): Promise<MessageDetail> {
    const [row] = UUID.test(id)
      ? ((await this.dataSource.query(`${SELECT} WHERE m.workspace_id = $1 AND m.id = $2`, [context.workspaceId, id])) as Row[])
      : [];
    if (!row) throw notFound(id);
    return { ...view(row), ...(await this.content(row)) };
  }

  /** The newest first. @throws ChaparError `email_not_found` for a cursor that is no message of the workspace */
  async list(context: ActorContext, { limit = 20, after, before }: PageQuery = {}): Promise<MessagePage> {
    const size = Math.min(Math.max(limit, 1), MAX_PAGE);
    for (const cursor of [after, before]) if (cursor !== undefined && !UUID.test(cursor)) throw notFound(cursor);
    const rows = (await this.dataSource.query(
      `${SELECT} WHERE m.workspace_id = $1 AND ($2::uuid IS NULL OR m.id < $2) AND ($3::uuid IS NULL OR m.id > $3)
       ORDER BY m.id ${before === undefined ? 'DESC' : 'ASC'} LIMIT $4`,
      [context.workspaceId, after ?? null, before ?? null, size + 1],
    )) as Row[];
    const page = rows.slice(0, size).map(view);
    return { messages: before === undefined ? page : page.reverse(), hasMore: rows.length > size };
  }

  /** @throws ChaparError `email_not_found`, `email_not_scheduled` */
  async cancel(context: ActorContext, id: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await this.lockScheduled(manager, context, id);
      const [batches] = (await manager.query(
        'DELETE FROM batches WHERE message_id = $1 RETURNING workspace_id, campaign_id, lane_id, class, attempt, delivery_ids',
        [id],
      )) as [SettledBatch[], number];
      await settleWholeBatches(manager, batches, {
        outcome: Outcome.cancelled,
        via: Via.queue,
        bounceClass: null,
        reply: 'The message was cancelled before it was due.',
      });
    });
  }

  /** Puts a scheduled message off, or on. @throws ChaparError `email_not_found`, `email_not_scheduled` */
  async reschedule(context: ActorContext, id: string, scheduledAt: Date): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await this.lockScheduled(manager, context, id);
      const expiresAt = new Date(scheduledAt.getTime() + LIFETIME_MS);
      await manager.query('UPDATE batches SET due_at = $2, expires_at = greatest(expires_at, $3) WHERE message_id = $1', [
        id,
        scheduledAt,
        expiresAt,
      ]);
      await manager.query('UPDATE messages SET scheduled_at = $2, expires_at = greatest(expires_at, $3) WHERE id = $1', [
        id,
        scheduledAt,
        expiresAt,
      ]);
    });
    await this.dataSource.query('SELECT pg_notify($1, $2)', [QUEUE_CHANNEL, '']);
  }

  /** Nobody may have begun to send it, and nobody begins while it is changed. */
  private async lockScheduled(manager: Pick<DataSource, 'query'>, context: ActorContext, id: string): Promise<void> {
    const [message] = UUID.test(id)
      ? ((await manager.query('SELECT id FROM messages WHERE workspace_id = $1 AND id = $2 FOR UPDATE', [
          context.workspaceId,
          id,
        ])) as object[])
      : [];
    if (!message) throw notFound(id);
    const batches = (await manager.query('SELECT lease_owner FROM batches WHERE message_id = $1 FOR UPDATE', [id])) as {
      lease_owner: string | null;
    }[];
    if (batches.length === 0 || batches.some(({ lease_owner }) => lease_owner !== null))
      throw messagesError('email_not_scheduled', 'The message is not waiting for its time any more.');
  }

  private async content(row: Row): Promise<{ html: string | null; text: string | null }> {
    const bytes = await this.bytes(row);
    if (!bytes) return { html: null, text: null };
    const { headers, body } = splitMessage(bytes);
    // As it was given: links lead where they lead.
    const filled = fillSlots({ spool: row.spool, body }, (kind, position) =>
      kind === 'click'
        ? (row.spool.links[position - 1] ?? '#').replaceAll('&', '&amp;')
        : kind === 'unsubscribe'
          ? '{{unsubscribe_url}}'
          : '',
    );
    const mail = await PostalMime.parse(Buffer.concat([Buffer.from(`${serializeHeaders(headers)}\r\n`), filled]), { maxNestingDepth: 50 });
    return { html: mail.html?.replace(/\n$/, '') ?? null, text: mail.text?.replace(/\n$/, '') ?? null };
  }

  private async bytes({ id, blob }: Row): Promise<Buffer | undefined> {
    if (blob !== null) return this.contents.get(blob);
    const [row] = (await this.dataSource.query('SELECT content FROM message_bodies WHERE message_id = $1', [id])) as { content: Buffer }[];
    return row?.content;
  }
}

interface Row {
  readonly id: string;
  readonly message_id: string;
  readonly sender: string;
  readonly recipients: MessageRecipients;
  readonly reply_to: string[];
  readonly subject: string;
  readonly stream: string;
  readonly topic_id: string | null;
  readonly tags: { name: string; value: string }[];
  readonly metadata: Record<string, string>;
  readonly scheduled_at: Date | null;
  readonly created_at: Date;
  readonly blob: string | null;
  readonly spool: MessageSpool;
  readonly outcome: Outcome | null;
  readonly event: EventKind | null;
  readonly is_waiting: boolean;
}

// Ids of attempts and events come from one sequence, so the higher one is the later one. What machines open says nothing.
const SELECT = `
  SELECT m.*, last.outcome, last.event, m.scheduled_at > now() AS is_waiting FROM messages m LEFT JOIN LATERAL (
    SELECT outcome, event FROM (
      (SELECT a.id, a.outcome, NULL::smallint AS event FROM deliveries d JOIN attempts a ON a.delivery_id = d.id
       WHERE d.message_id = m.id ORDER BY a.id DESC LIMIT 1)
      UNION ALL
      (SELECT e.id, NULL, e.kind FROM deliveries d JOIN events e ON e.delivery_id = d.id
       WHERE d.message_id = m.id AND e.kind IN (${EventKind.open}, ${EventKind.click}, ${EventKind.complaint}) AND e.actor <> ${Actor.machine}
       ORDER BY e.id DESC LIMIT 1)
    ) happened ORDER BY id DESC LIMIT 1
  ) last ON true`;

const outcomeNames: Readonly<Record<Outcome, LastEvent>> = {
  [Outcome.delivered]: 'delivered',
  [Outcome.deferred]: 'delivery_delayed',
  [Outcome.bounced]: 'bounced',
  [Outcome.failed]: 'failed',
  [Outcome.cancelled]: 'canceled',
  [Outcome.unknown]: 'sent',
  [Outcome.suppressed]: 'suppressed',
};

function lastEventOf({ outcome, event, is_waiting }: Row): LastEvent {
  if (event !== null) return event === EventKind.open ? 'opened' : event === EventKind.click ? 'clicked' : 'complained';
  if (outcome !== null) return outcomeNames[outcome];
  return is_waiting ? 'scheduled' : 'queued';
}

function view(row: Row): MessageSummary {
  return {
    id: row.id,
    messageId: row.message_id,
    sender: row.sender,
    recipients: row.recipients,
    replyTo: row.reply_to,
    subject: row.subject,
    stream: row.stream,
    topicId: row.topic_id,
    tags: row.tags,
    metadata: row.metadata,
    scheduledAt: row.scheduled_at,
    createdAt: row.created_at,
    lastEvent: lastEventOf(row),
  };
}

function notFound(id: string) {
  return messagesError('email_not_found', `This workspace has no message ${id.slice(0, 60).replace(/[\p{Cc}]/gu, '�')}.`);
}
