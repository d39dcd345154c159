import type { DataSource } from 'typeorm';
import { type Clock, type Logger, messageOf } from '#base/kernel';
import type { DnsLookup } from '#net/dns';
import { publicHttps } from '#net/tls-policy';
import { appendAudit } from '#platform/audit';
import type { SecretBox } from '#platform/secrets';
import { type EndpointUrlRules, endpointUrlProblem } from './endpoint-url.js';
import { renderPayloads } from './payload.js';
import { DISABLE_AFTER_MS, GIVEN_UP_AFTER_MS, retryAfterMs, retryDelayMs } from './retry.policy.js';
import { signatureHeaders } from './signature.js';
import { MessageState } from './webhook-message.entity.js';

export interface WebhookDispatcherOptions {
  readonly dataSource: DataSource;
  readonly secrets: Pick<SecretBox, 'open'>;
  readonly dns: DnsLookup;
  readonly rules: EndpointUrlRules;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: () => number;
}

interface ClaimedMessage {
  readonly id: string;
  readonly endpoint_id: string;
  readonly workspace_id: string;
  readonly event_id: string;
  readonly type: string;
  readonly subject_id: string | null;
  readonly facts: Record<string, unknown>;
  readonly occurred_at: Date;
  readonly attempts: number;
  readonly give_up_at: Date;
  readonly url: string;
  readonly secret_sealed: Buffer;
  readonly old_secret_sealed: Buffer | null;
}

interface Answer {
  readonly statusCode: number | null;
  readonly error: string;
  readonly response: string;
  readonly retryAfter?: number | undefined;
  readonly durationMs: number;
}

/** Of one endpoint at once, so that a slow one holds up its own messages only. */
const PER_ENDPOINT = 10;
const PER_ROUND = 200;
const TIMEOUT_MS = 15_000;
/** Nobody else takes a claimed message for so long; a process that dies with it lets it go after that. */
const LEASE_SECONDS = 60;
const KEPT_RESPONSE = 1_000;
const MAX_RESPONSE_BYTES = 256 * 1024;

/** Hands messages over: at least once each, those of one delivery in their order, each endpoint at its own pace. */
export class WebhookDispatcher {
  constructor(private readonly options: WebhookDispatcherOptions) {}

  /** Works off what is due; endpoints do not wait for each other. @returns how many messages were tried */
  async dispatchDue(signal?: AbortSignal): Promise<number> {
    const busy = new Map<string, Promise<void>>();
    let tried = 0;
    for (;;) {
      const excluded = [...busy.keys()];
      const claimed = signal?.aborted ? [] : await this.claim(excluded);
      // Who was busy a moment ago may have more by now.
      if (claimed.length === 0 && excluded.length === 0) return tried;
      tried += claimed.length;
      const bodies = await renderPayloads(
        this.options.dataSource.manager,
        claimed.map((row) => ({ type: row.type, subjectId: row.subject_id, occurredAt: row.occurred_at, facts: row.facts })),
      );
      const parts = claimed.map((message, i) => ({ message, body: bodies[i]! }));
      for (const [endpointId, own] of Map.groupBy(parts, ({ message }) => message.endpoint_id)) {
        const work = Promise.all(own.map(({ message, body }) => this.deliver(message, body))).then(() => void busy.delete(endpointId));
        busy.set(endpointId, work);
      }
      if (claimed.length === 0 && busy.size > 0) await Promise.race(busy.values());
    }
  }

  /** Deletes what was delivered or given up before `before`, and what was meant for endpoints that are gone. */
  async forget(before: Date): Promise<void> {
    await this.options.dataSource.query('DELETE FROM webhook_messages WHERE id < chapar_first_row_id($1) AND state <> 0', [before]);
    await this.options.dataSource.query(
      'DELETE FROM webhook_messages m WHERE NOT EXISTS (SELECT FROM webhook_endpoints e WHERE e.id = m.endpoint_id)',
    );
    await this.options.dataSource.query('DELETE FROM outbox WHERE published_at < $1', [before]);
  }

  /** What waits behind an earlier event of the same delivery waits on. */
  private async claim(busyEndpoints: readonly string[]): Promise<ClaimedMessage[]> {
    const now = this.options.clock.now();
    const [rows] = (await this.options.dataSource.query(
      `WITH due AS (
         SELECT m.id FROM webhook_endpoints e CROSS JOIN LATERAL (
           SELECT w.id FROM webhook_messages w
           WHERE w.endpoint_id = e.id AND w.state = 0 AND w.due_at <= $1
             AND NOT EXISTS (SELECT FROM webhook_messages earlier WHERE earlier.endpoint_id = w.endpoint_id
               AND earlier.subject_id = w.subject_id AND earlier.state = 0 AND earlier.id < w.id)
           ORDER BY w.due_at, w.id LIMIT ${PER_ENDPOINT} FOR UPDATE SKIP LOCKED) AS m
         WHERE e.state = 'enabled' AND NOT e.id = ANY($2::uuid[]) ORDER BY random() LIMIT ${PER_ROUND})
       UPDATE webhook_messages m SET due_at = $1::timestamptz + interval '${LEASE_SECONDS} seconds', attempts = m.attempts + 1
       FROM due, webhook_endpoints e WHERE m.id = due.id AND e.id = m.endpoint_id
       RETURNING m.id, m.endpoint_id, m.workspace_id, m.event_id, m.type, m.subject_id, m.facts, m.occurred_at, m.attempts, m.give_up_at,
         e.url, e.secret_sealed, CASE WHEN e.old_secret_until > $1 THEN e.old_secret_sealed END AS old_secret_sealed`,
      [now, busyEndpoints],
    )) as [ClaimedMessage[], number];
    return rows;
  }

  private async deliver(message: ClaimedMessage, body: string): Promise<void> {
    try {
      await this.record(message, await this.post(message, body));
    } catch (error) {
      // Its lease runs out, and it comes again.
      this.options.logger.warn({ webhook: message.endpoint_id, reason: messageOf(error) }, 'a webhook message could not be recorded');
    }
  }

  private async post(message: ClaimedMessage, body: string): Promise<Answer> {
    const { clock, dns, rules, secrets } = this.options;
    const at = clock.now();
    const startedAt = performance.now();
    const durationMs = () => Math.round(performance.now() - startedAt);
    // Rules may have become stricter since the address was saved.
    const problem = endpointUrlProblem(message.url, rules);
    if (problem !== undefined) return { statusCode: null, error: problem, response: '', durationMs: 0 };
    const url = new URL(message.url);
    const sealed = [message.secret_sealed, message.old_secret_sealed].filter((secret) => secret !== null);
    const keys = sealed.map((secret) => secrets.open(secret, `webhook:${message.endpoint_id}`).toString('utf8'));
    try {
      const { response, text } = await publicHttps(
        { dns, timeoutMs: TIMEOUT_MS, ...(rules.allowsPrivate && { isAllowedAddress: () => true }) },
        {
          scheme: url.protocol === 'http:' ? 'http' : 'https',
          host: url.hostname,
          ...(url.port !== '' && { port: Number(url.port) }),
          path: `${url.pathname}${url.search}`,
          method: 'POST',
          headers: {
            ...signatureHeaders({ id: message.event_id, at, body }, keys),
            'content-type': 'application/json',
            'user-agent': 'Chapar-Webhooks/1',
          },
          body: Buffer.from(body),
          maxBytes: MAX_RESPONSE_BYTES,
        },
      );
      const statusCode = response.statusCode ?? 0;
      const isRedirect = statusCode >= 300 && statusCode < 400;
      return {
        statusCode,
        error: isRedirect ? 'The receiver redirects; redirects are not followed. Save the new address.' : '',
        response: text.slice(0, KEPT_RESPONSE).replaceAll('\0', ''),
        retryAfter: retryAfterMs(response.headers['retry-after'], at),
        durationMs: durationMs(),
      };
    } catch (error) {
      return { statusCode: null, error: messageOf(error).slice(0, KEPT_RESPONSE), response: '', durationMs: durationMs() };
    }
  }

  private async record(message: ClaimedMessage, answer: Answer): Promise<void> {
    const { dataSource, clock, random = Math.random } = this.options;
    const now = clock.now();
    const isTaken = answer.statusCode !== null && answer.statusCode >= 200 && answer.statusCode < 300;
    const isOver = !isTaken && now >= message.give_up_at;
    const state = isTaken ? MessageState.delivered : isOver ? MessageState.givenUp : MessageState.waiting;
    const dueAt = new Date(now.getTime() + (isTaken ? 0 : retryDelayMs(message.attempts, answer.retryAfter, random())));
    await dataSource.transaction(async (manager) => {
      await manager.query(
        'INSERT INTO webhook_attempts (message_id, at, status_code, error, response, duration_ms) VALUES ($1, $2, $3, $4, $5, $6)',
        [message.id, now, answer.statusCode, answer.error, answer.response, answer.durationMs],
      );
      await manager.query('UPDATE webhook_messages SET state = $2, due_at = $3 WHERE id = $1', [message.id, state, dueAt]);
      if (isTaken) {
        await manager.query('UPDATE webhook_endpoints SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL', [
          message.endpoint_id,
        ]);
        return;
      }
      const reason =
        answer.statusCode === 410
          ? 'The receiver answered 410 Gone.'
          : `Nothing gets through any more; the last answer was ${answer.statusCode ?? answer.error}.`;
      const [disabled] = (await manager.query(
        `UPDATE webhook_endpoints SET failing_since = coalesce(failing_since, $2),
           state = CASE WHEN $3 OR failing_since < $4 THEN 'disabled' ELSE state END,
           state_reason = CASE WHEN $3 OR failing_since < $4 THEN $5 ELSE state_reason END
         WHERE id = $1 AND state = 'enabled' RETURNING state`,
        [
          message.endpoint_id,
          now,
          answer.statusCode === 410,
          new Date(now.getTime() - (isOver ? GIVEN_UP_AFTER_MS : DISABLE_AFTER_MS)),
          reason,
        ],
      )) as [{ state: string }[], number];
      if (disabled[0]?.state === 'disabled') {
        await appendAudit(manager, {
          workspaceId: message.workspace_id,
          actor: 'webhooks',
          action: 'webhook.disable',
          target: message.url,
          detail: { webhook: message.endpoint_id, reason },
        });
        this.options.logger.warn({ webhook: message.endpoint_id, url: message.url, reason }, 'a webhook was disabled');
      }
    });
  }
}
