import type { DataSource } from 'typeorm';
import { type ActorContext, type Clock, isRowId } from '#base/kernel';
import { type WebhookEventType } from './event-types.js';
import { MessageState } from './webhook-message.entity.js';
import { webhookError } from './webhooks.errors.js';

export interface WebhookLogEntry {
  readonly id: string;
  readonly eventId: string;
  readonly type: string;
  readonly occurredAt: Date;
  readonly state: 'waiting' | 'delivered' | 'given_up';
  readonly attempts: number;
  /** When it is tried next; null when it is not. */
  readonly nextAttemptAt: Date | null;
  readonly lastStatusCode: number | null;
  readonly lastError: string;
}

export interface WebhookTry {
  readonly at: Date;
  readonly statusCode: number | null;
  readonly error: string;
  readonly response: string;
  readonly durationMs: number;
}

export interface WebhookLogQuery {
  readonly limit: number;
  /** Entries older than this one. */
  readonly before?: string | undefined;
  readonly state?: WebhookLogEntry['state'] | undefined;
  readonly type?: WebhookEventType | undefined;
}

const stateNames = ['waiting', 'delivered', 'given_up'] as const;

interface EntryRow {
  readonly id: string;
  readonly event_id: string;
  readonly type: string;
  readonly occurred_at: Date;
  readonly state: MessageState;
  readonly attempts: number;
  readonly due_at: Date;
  readonly status_code: number | null;
  readonly error: string | null;
}

const ENTRY = `m.id, m.event_id, m.type, m.occurred_at, m.state, m.attempts, m.due_at, last.status_code, last.error
  FROM webhook_messages m
  LEFT JOIN LATERAL (SELECT status_code, error FROM webhook_attempts a WHERE a.message_id = m.id ORDER BY a.id DESC LIMIT 1) AS last ON true`;

/** What was sent to a webhook and what it answered; and sending it once more. */
export class WebhookLog {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** The newest first. */
  async list(context: ActorContext, webhookId: string, query: WebhookLogQuery): Promise<{ entries: WebhookLogEntry[]; hasMore: boolean }> {
    const rows = (await this.dataSource.query(
      `SELECT ${ENTRY} WHERE m.endpoint_id = $1 AND m.workspace_id = $2 AND ($3::bigint IS NULL OR m.id < $3)
         AND ($4::smallint IS NULL OR m.state = $4) AND ($5::text IS NULL OR m.type = $5)
       ORDER BY m.id DESC LIMIT $6`,
      [
        webhookId,
        context.workspaceId,
        query.before ?? null,
        query.state === undefined ? null : stateNames.indexOf(query.state),
        query.type ?? null,
        query.limit + 1,
      ],
    )) as EntryRow[];
    return { entries: rows.slice(0, query.limit).map(view), hasMore: rows.length > query.limit };
  }

  /** @throws ChaparError `webhook_not_found` */
  async show(context: ActorContext, webhookId: string, id: string): Promise<WebhookLogEntry & { readonly tries: readonly WebhookTry[] }> {
    const [row] = isRowId(id)
      ? ((await this.dataSource.query(`SELECT ${ENTRY} WHERE m.id = $1 AND m.endpoint_id = $2 AND m.workspace_id = $3`, [
          id,
          webhookId,
          context.workspaceId,
        ])) as EntryRow[])
      : [];
    if (!row) throw webhookError('webhook_not_found', 'This webhook has no such message.');
    const tries = (await this.dataSource.query(
      `SELECT at, status_code AS "statusCode", error, response, duration_ms AS "durationMs" FROM webhook_attempts WHERE message_id = $1 ORDER BY id`,
      [id],
    )) as WebhookTry[];
    return { ...view(row), tries };
  }

  /** Sends one once more, whatever became of it. It keeps its event id, by which receivers know it. @throws ChaparError `webhook_not_found` */
  async replay(context: ActorContext, webhookId: string, id: string): Promise<void> {
    await this.show(context, webhookId, id);
    await this.askAgain('id = $4', [webhookId, context.workspaceId], id);
  }

  /** Sends everything of a span of time once more. @returns how many messages */
  async replaySpan(context: ActorContext, webhookId: string, span: { since: Date; until: Date; onlyFailed: boolean }): Promise<number> {
    const failed = span.onlyFailed ? ` AND state = ${MessageState.givenUp}` : '';
    return this.askAgain(`occurred_at >= $4 AND occurred_at < $5${failed}`, [webhookId, context.workspaceId], span.since, span.until);
  }

  /** Queues an event that did not happen, for trying a receiver. @returns its id */
  async sendTest(context: ActorContext, webhookId: string, type: WebhookEventType): Promise<string> {
    const now = this.clock.now();
    const [row] = (await this.dataSource.query(
      `INSERT INTO webhook_messages (endpoint_id, workspace_id, event_id, type, facts, occurred_at, due_at)
       SELECT id, workspace_id, 'evt_test_' || gen_random_uuid(), $3, '{"reply": "250 2.0.0 OK (test event)", "actor": 1, "actor_reason": "test event"}', $4, $4
       FROM webhook_endpoints WHERE id = $1 AND workspace_id = $2 RETURNING id`,
      [webhookId, context.workspaceId, type, now],
    )) as { id: string }[];
    if (!row) throw webhookError('webhook_not_found', 'This workspace has no such webhook.');
    return row.id;
  }

  private async askAgain(which: string, scope: readonly string[], ...values: readonly unknown[]): Promise<number> {
    const [, changed] = (await this.dataSource.query(
      `UPDATE webhook_messages SET state = ${MessageState.waiting}, attempts = 0, due_at = $3, give_up_at = $3::timestamptz + interval '3 days'
       WHERE endpoint_id = $1 AND workspace_id = $2 AND ${which}`,
      [...scope, this.clock.now(), ...values],
    )) as [unknown, number];
    return changed;
  }
}

function view(row: EntryRow): WebhookLogEntry {
  return {
    id: row.id,
    eventId: row.event_id,
    type: row.type,
    occurredAt: row.occurred_at,
    state: stateNames[row.state],
    attempts: row.attempts,
    nextAttemptAt: row.state === MessageState.waiting ? row.due_at : null,
    lastStatusCode: row.status_code,
    lastError: row.error ?? '',
  };
}
