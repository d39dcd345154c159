import type { DataSource, EntityManager } from 'typeorm';
import { type ActorContext, type RowId, defineErrors } from '#base/kernel';
import { rememberMove } from '#domain/filtering';
import { appendAudit } from '#platform/audit';
import { releaseInbound } from './inbound-filtering.js';

export const threadError = defineErrors({
  thread_not_found: { kind: 'not-found', retry: 'never', meaning: 'This workspace has no such conversation.' },
});

/** A conversation: what we sent to an address, and what came back. */
export interface Thread {
  readonly id: RowId;
  readonly subject: string;
  /** Whom it is with. */
  readonly address: string;
  readonly contactId: RowId | null;
  readonly campaignId: string | null;
  readonly deliveryId: RowId | null;
  readonly messageCount: number;
  readonly isOpen: boolean;
  /** It holds nothing but mail that was judged, or marked, as junk. */
  readonly isJunk: boolean;
  readonly createdAt: Date;
  readonly lastMessageAt: Date;
}

export interface ThreadMessage {
  readonly id: RowId;
  readonly direction: 'in' | 'out';
  readonly kind: string;
  readonly messageId: string;
  readonly inboundId: RowId | null;
  readonly deliveryId: RowId | null;
  readonly from: string;
  readonly subject: string;
  /** What the person wrote, without quotations. */
  readonly snippet: string;
  readonly at: Date;
}

export interface ThreadQuery {
  readonly campaignId?: string | undefined;
  readonly contactId?: RowId | undefined;
  readonly isOpen?: boolean | undefined;
  /** Absent: false. */
  readonly isJunk?: boolean | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

const MAX_MESSAGES = 500;
const columns = `id, subject, address_key AS address, contact_id AS "contactId", campaign_id AS "campaignId", delivery_id AS "deliveryId",
  message_count AS "messageCount", is_open AS "isOpen", is_junk AS "isJunk", created_at AS "createdAt", last_message_at AS "lastMessageAt"`;

/** Conversations with the people we wrote to. */
export class ThreadService {
  constructor(private readonly dataSource: DataSource) {}

  /** The one with the newest message first. */
  async list(context: ActorContext, query: ThreadQuery = {}): Promise<{ threads: Thread[]; nextCursor: string | null }> {
    const limit = Math.min(Math.max(query.limit ?? 50, 1), 200);
    const [at, id] = /^(\d{1,16})-(\d{1,19})$/.exec(query.cursor ?? '')?.slice(1) ?? [];
    const rows = (await this.dataSource.query(
      `SELECT ${columns}, (extract(epoch FROM last_message_at) * 1000000)::bigint AS micros FROM threads
       WHERE workspace_id = $1 AND ($2::uuid IS NULL OR campaign_id = $2) AND ($3::bigint IS NULL OR contact_id = $3) AND ($4::boolean IS NULL OR is_open = $4) AND is_junk = $8
         AND ($5::bigint IS NULL OR (last_message_at, id) < ('epoch'::timestamptz + $5::bigint * interval '1 microsecond', $6::bigint))
       ORDER BY last_message_at DESC, id DESC LIMIT $7`,
      [
        context.workspaceId,
        query.campaignId ?? null,
        query.contactId ?? null,
        query.isOpen ?? null,
        at ?? null,
        id ?? null,
        limit + 1,
        query.isJunk ?? false,
      ],
    )) as (Thread & { micros: string })[];
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    return {
      threads: shown.map(({ micros: _micros, ...thread }) => thread),
      nextCursor: rows.length > limit && last ? `${last.micros}-${last.id}` : null,
    };
  }

  /** The conversation with its messages, the oldest first. @throws ChaparError `thread_not_found` */
  async get(context: ActorContext, id: RowId): Promise<Thread & { messages: ThreadMessage[] }> {
    const [thread] = /^\d{1,19}$/.test(id)
      ? ((await this.dataSource.query(`SELECT ${columns} FROM threads WHERE id = $1 AND workspace_id = $2`, [
          id,
          context.workspaceId,
        ])) as Thread[])
      : [];
    if (!thread) throw threadError('thread_not_found', `There is no conversation ${id.slice(0, 30)}.`);
    const messages = (await this.dataSource.query(
      `SELECT id, direction, kind, message_id AS "messageId", inbound_id AS "inboundId", delivery_id AS "deliveryId", from_address AS "from",
         subject, snippet, at FROM thread_messages WHERE thread_id = $1 ORDER BY id LIMIT ${MAX_MESSAGES}`,
      [id],
    )) as ThreadMessage[];
    return { ...thread, messages };
  }

  /**
   * Marks a conversation as junk, or says that it is none: then what was held of it is read as if it had just come, so that
   * `email.received` and the report tell of it. The filter learns from both.
   * @param by who does it, for people
   * @throws ChaparError `thread_not_found`
   */
  async setJunk(context: ActorContext, id: RowId, isJunk: boolean, by: string): Promise<void> {
    await this.get(context, id);
    await this.dataSource.transaction(async (manager) => {
      await manager.query('UPDATE threads SET is_junk = $3, is_open = is_open AND NOT $3 WHERE id = $1 AND workspace_id = $2', [
        id,
        context.workspaceId,
        isJunk,
      ]);
      const messages = (await manager.query(
        `SELECT i.id, i.blob, t.kind FROM thread_messages t JOIN inbound_messages i ON i.id = t.inbound_id
         WHERE t.thread_id = $1 AND t.workspace_id = $2 AND t.direction = 'in' ORDER BY t.id DESC LIMIT ${MAX_MESSAGES}`,
        [id, context.workspaceId],
      )) as { id: RowId; blob: string; kind: string }[];
      const touched = isJunk ? messages : messages.filter(({ kind }) => kind === 'junk');
      if (!isJunk) for (const { id: subjectId } of touched) await releaseInbound(manager, { workspaceId: context.workspaceId, subjectId });
      await rememberMove(
        manager,
        context.workspaceId,
        touched.map(({ blob }) => blob),
        isJunk ? 'junk' : 'ham',
      );
      await appendAudit(manager, {
        workspaceId: context.workspaceId,
        actor: by,
        action: isJunk ? 'thread.junk' : 'thread.not-junk',
        target: `conversation ${id}`,
        detail: { messages: touched.length },
      });
    });
  }

  /** @throws ChaparError `thread_not_found` */
  async setOpen(context: ActorContext, id: RowId, isOpen: boolean): Promise<void> {
    await this.get(context, id);
    await this.dataSource.query('UPDATE threads SET is_open = $3 WHERE id = $1 AND workspace_id = $2', [id, context.workspaceId, isOpen]);
  }
}

export interface IncomingAnswer {
  readonly workspaceId: string;
  readonly inboundId: RowId;
  readonly deliveryId: RowId;
  readonly contactId: RowId | null;
  readonly campaignId: string | null;
  /** Whom we had written to. */
  readonly email: string;
  readonly kind: string;
  readonly from: string;
  readonly subject: string;
  readonly messageId: string;
  /** Ids of In-Reply-To and References, without brackets. */
  readonly answers: readonly string[];
  readonly snippet: string;
}

/**
 * Joins an answer to its conversation: that of the mail whose reply address it came to, else one that holds a message which
 * it refers to, else a new one that begins with the mail. Within the caller's transaction, which holds the delivery's
 * engagement row, so that two answers to one mail cannot begin two conversations.
 */
export async function joinThread(manager: EntityManager, answer: IncomingAnswer): Promise<RowId> {
  // Junk never shows up in a conversation with a person: it has one of its own.
  const [known] =
    answer.kind === 'junk'
      ? []
      : ((await manager.query(
          `SELECT * FROM (SELECT id FROM threads WHERE workspace_id = $1 AND delivery_id = $2 AND NOT is_junk ORDER BY id LIMIT 1) AS own
     UNION ALL SELECT * FROM (SELECT m.thread_id FROM thread_messages m JOIN threads t ON t.id = m.thread_id AND NOT t.is_junk
       WHERE m.workspace_id = $1 AND m.message_id = ANY($3::text[]) AND m.message_id <> '' ORDER BY m.id DESC LIMIT 1) AS referred LIMIT 1`,
          [answer.workspaceId, answer.deliveryId, answer.answers],
        )) as { id: RowId }[]);
  const threadId = known?.id ?? (await begin(manager, answer));
  const rows = (await manager.query(
    `INSERT INTO thread_messages (thread_id, workspace_id, direction, kind, message_id, inbound_id, delivery_id, from_address, subject, snippet)
     VALUES ($1, $2, 'in', $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (inbound_id) WHERE inbound_id IS NOT NULL DO UPDATE SET kind = EXCLUDED.kind, thread_id = EXCLUDED.thread_id WHERE thread_messages.kind = 'junk' RETURNING 1`,
    [
      threadId,
      answer.workspaceId,
      answer.kind,
      answer.messageId.slice(0, 500),
      answer.inboundId,
      answer.deliveryId,
      answer.from.slice(0, 320),
      answer.subject.slice(0, 998),
      answer.snippet.slice(0, 2_000),
    ],
  )) as unknown[];
  if (rows.length === 0 || answer.kind === 'junk') return threadId;
  await manager.query(
    `UPDATE threads SET message_count = message_count + 1, last_message_at = now(), is_open = is_open OR $2 WHERE id = $1`,
    [threadId, answer.kind === 'reply'],
  );
  // What was taken for junk may have left a conversation of its own for this one.
  await manager.query(
    `DELETE FROM threads t WHERE workspace_id = $1 AND delivery_id = $2 AND id <> $3
       AND NOT EXISTS (SELECT FROM thread_messages m WHERE m.thread_id = t.id AND m.direction = 'in')`,
    [answer.workspaceId, answer.deliveryId, threadId],
  );
  return threadId;
}

async function begin(manager: EntityManager, answer: IncomingAnswer): Promise<RowId> {
  const subject = answer.subject.replace(/^(?:\s*[\p{L}]{1,6}\s?(?:\[\d{1,3}\])?\s?[:：]\s*)+/u, '').slice(0, 998);
  const [thread] = (await manager.query(
    `INSERT INTO threads (workspace_id, subject, contact_id, campaign_id, delivery_id, address_key, message_count, is_open, is_junk)
     VALUES ($1, $2, $3, $4, $5, lower($6), 1, $7, $8) RETURNING id`,
    [
      answer.workspaceId,
      subject,
      answer.contactId,
      answer.campaignId,
      answer.deliveryId,
      answer.email,
      answer.kind === 'reply',
      answer.kind === 'junk',
    ],
  )) as { id: RowId }[];
  await manager.query(
    `INSERT INTO thread_messages (thread_id, workspace_id, direction, kind, message_id, delivery_id, subject) VALUES ($1, $2, 'out', 'sent', $3, $4, $5)`,
    [thread!.id, answer.workspaceId, answer.answers[0] ?? '', answer.deliveryId, subject],
  );
  return thread!.id;
}
