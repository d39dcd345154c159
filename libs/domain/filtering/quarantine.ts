import type { DataSource, EntityManager } from 'typeorm';
import { type ActorContext, type RowId, defineErrors, isRowId } from '#base/kernel';
import { appendAudit } from '#platform/audit';
import type { RuleHit } from '#protocol/spam';
import { rememberMove } from './spam-moves.js';

export const quarantineError = defineErrors({
  quarantine_not_found: {
    kind: 'not-found',
    retry: 'never',
    meaning: 'This workspace holds no such message in quarantine. Of several ids one such is enough, and nothing is done.',
  },
  quarantine_decided: {
    kind: 'conflict',
    retry: 'never',
    meaning: 'The message was released or deleted before; a deleted one cannot be released.',
  },
});

export type QuarantineCause = 'virus' | 'risk' | 'spam';
export type QuarantineState = 'held' | 'released' | 'deleted';

export interface HeldMessage {
  readonly workspaceId: string;
  readonly cause: QuarantineCause;
  /** Who takes it when it is released, and its row there: held once. */
  readonly route: string;
  readonly subjectId: string;
  readonly blob: string;
  readonly sizeBytes: number;
  readonly recipient: string;
  readonly mailFrom: string;
  readonly headerFrom: string;
  readonly subject: string;
  readonly score: number;
  readonly reasons: readonly RuleHit[];
}

export interface QuarantinedMessage extends HeldMessage {
  readonly id: RowId;
  readonly state: QuarantineState;
  readonly heldAt: Date;
  readonly decidedAt: Date | null;
  readonly decidedBy: string;
}

export interface QuarantineQuery {
  readonly state?: QuarantineState | undefined;
  readonly cause?: QuarantineCause | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

/** Sends a released message on its normal way, in the transaction that releases it. */
export type ReleaseRoute = (manager: EntityManager, message: QuarantinedMessage) => Promise<void>;

/** How many may be decided about at once. */
export const MAX_DECIDED = 500;

const columns = `id, workspace_id AS "workspaceId", state, cause, route, subject_id AS "subjectId", blob, size_bytes AS "sizeBytes", recipient,
  mail_from AS "mailFrom", header_from AS "headerFrom", subject, score::float8 AS score, reasons, held_at AS "heldAt", decided_at AS "decidedAt", decided_by AS "decidedBy"`;

/** Mail that waits for somebody to look at it. */
export class Quarantine {
  constructor(
    private readonly dataSource: DataSource,
    private readonly routes: Readonly<Record<string, ReleaseRoute>>,
  ) {}

  /** The newest first; those that are held where no state is asked for. */
  async list(context: ActorContext, { state = 'held', cause, cursor, limit = 50 }: QuarantineQuery = {}) {
    const most = Math.min(Math.max(limit, 1), 200);
    const before = cursor !== undefined && isRowId(cursor) ? cursor : null;
    const rows = (await this.dataSource.query(
      `SELECT ${columns} FROM quarantined_messages
       WHERE workspace_id = $1 AND state = $2 AND ($3::text IS NULL OR cause = $3) AND ($4::bigint IS NULL OR id < $4) ORDER BY id DESC LIMIT $5`,
      [context.workspaceId, state, cause ?? null, before, most + 1],
    )) as QuarantinedMessage[];
    const messages = rows.slice(0, most);
    return { messages, nextCursor: rows.length > most ? messages.at(-1)!.id : null };
  }

  /** @throws ChaparError `quarantine_not_found` */
  async get(context: ActorContext, id: string): Promise<QuarantinedMessage> {
    const [message] = isRowId(id)
      ? ((await this.dataSource.query(`SELECT ${columns} FROM quarantined_messages WHERE workspace_id = $1 AND id = $2`, [
          context.workspaceId,
          id,
        ])) as QuarantinedMessage[])
      : [];
    if (!message) throw notFound(id);
    return message;
  }

  /**
   * Lets messages go their normal way, each exactly once, and learns that they are wanted. All or none.
   * @param by who decides, for people
   * @returns how many were still held
   * @throws ChaparError `quarantine_not_found`, `quarantine_decided` when one was deleted
   */
  release(context: ActorContext, ids: readonly string[], by: string): Promise<number> {
    return this.decide(context, ids, by, 'released', async (manager, message) => {
      await this.routes[message.route]!(manager, message);
      // What holds a virus says nothing of the mail that somebody wants.
      if (message.cause !== 'virus') await rememberMove(manager, message.workspaceId, [message.blob], 'ham');
    });
  }

  /** Nothing comes of them any more; spam among them is learnt from. All or none. @throws as `release` */
  delete(context: ActorContext, ids: readonly string[], by: string): Promise<number> {
    return this.decide(context, ids, by, 'deleted', async (manager, message) => {
      if (message.cause === 'spam') await rememberMove(manager, message.workspaceId, [message.blob], 'junk');
    });
  }

  private async decide(
    context: ActorContext,
    ids: readonly string[],
    by: string,
    state: 'released' | 'deleted',
    act: (manager: EntityManager, message: QuarantinedMessage) => Promise<void>,
  ): Promise<number> {
    const wanted = [...new Set(ids)].slice(0, MAX_DECIDED);
    const odd = wanted.find((id) => !isRowId(id));
    if (odd !== undefined) throw notFound(odd);
    return this.dataSource.transaction(async (manager) => {
      const found = (await manager.query(
        `SELECT ${columns} FROM quarantined_messages WHERE workspace_id = $1 AND id = ANY($2::bigint[]) ORDER BY id FOR UPDATE`,
        [context.workspaceId, wanted],
      )) as QuarantinedMessage[];
      const missing = wanted.find((id) => !found.some((message) => message.id === id));
      if (missing !== undefined) throw notFound(missing);
      const decided = found.find((message) => message.state !== 'held' && message.state !== state);
      if (decided) throw quarantineError('quarantine_decided', `The message ${decided.id} was ${decided.state} before.`);
      const held = found.filter((message) => message.state === 'held');
      if (held.length === 0) return 0;
      for (const message of held) await act(manager, message);
      await manager.query(
        `UPDATE quarantined_messages SET state = $3, decided_at = now(), decided_by = $4 WHERE workspace_id = $1 AND id = ANY($2::bigint[]) AND state = 'held'`,
        [context.workspaceId, held.map(({ id }) => id), state, by.slice(0, 200)],
      );
      await appendAudit(manager, {
        workspaceId: context.workspaceId,
        actor: by,
        action: `quarantine.${state === 'released' ? 'release' : 'delete'}`,
        target: held.length === 1 ? `message ${held[0]!.id}` : `${held.length} messages`,
        detail: { messages: held.map(({ id, cause }) => ({ id, cause })) },
      });
      return held.length;
    });
  }
}

/** Holds a message, once. In the transaction that takes it out of its way. */
export async function holdMessage(manager: EntityManager, message: HeldMessage): Promise<void> {
  const { reasons, ...plain } = message;
  await manager.query(
    `INSERT INTO quarantined_messages (workspace_id, cause, route, subject_id, blob, size_bytes, recipient, mail_from, header_from, subject, score, reasons)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb) ON CONFLICT (route, subject_id) DO NOTHING`,
    [
      plain.workspaceId,
      plain.cause,
      plain.route,
      plain.subjectId,
      plain.blob,
      plain.sizeBytes,
      plain.recipient,
      plain.mailFrom,
      plain.headerFrom,
      plain.subject,
      plain.score,
      JSON.stringify(reasons),
    ],
  );
  await appendAudit(manager, {
    workspaceId: message.workspaceId,
    actor: 'mail filter',
    action: 'quarantine.hold',
    target: `message to ${message.recipient.slice(0, 320)}`,
    detail: { cause: message.cause, rules: reasons.slice(0, 10).map(({ rule }) => rule) },
  });
}

function notFound(id: string) {
  return quarantineError('quarantine_not_found', `There is no message ${id.slice(0, 30)} in quarantine.`);
}
