import { createHash } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import { type TokenHash, type TrainedCounts, examine, nothingTrained } from '#protocol/spam';

export type TrainingKind = 'ham' | 'junk';

/** What a message is to be learnt as from now on; null: it was that already. */
export type TrainingChange = 'new' | 'moved' | null;

/** A workspace's own experience of wanted and unwanted mail, as counts of hashed tokens. */
export class SpamTraining {
  constructor(private readonly dataSource: DataSource) {}

  /** Each message counts once, however often it is shown; shown as the other kind, it moves. */
  train(context: ActorContext, raw: Buffer, kind: TrainingKind): Promise<TrainingChange> {
    const tokens = tokensOf(raw);
    return this.dataSource.transaction((manager) => this.trainWithin(manager, context.workspaceId, { raw, tokens, kind }));
  }

  /** The same in the caller's transaction. */
  async trainWithin(
    manager: EntityManager,
    workspaceId: string,
    { raw, kind, tokens = tokensOf(raw) }: { raw: Buffer; kind: TrainingKind; tokens?: readonly TokenHash[] },
  ): Promise<TrainingChange> {
    const hash = createHash('sha256').update(raw).digest();
    const added = (await manager.query(
      'INSERT INTO spam_trainings (workspace_id, message_hash, kind) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1',
      [workspaceId, hash, kind],
    )) as unknown[];
    if (added.length > 0) {
      await this.count(manager, workspaceId, tokens, kind === 'junk' ? { spam: 1, ham: 0 } : { spam: 0, ham: 1 });
      return 'new';
    }
    const [, moved] = (await manager.query(
      'UPDATE spam_trainings SET kind = $3, trained_at = now() WHERE workspace_id = $1 AND message_hash = $2 AND kind <> $3',
      [workspaceId, hash, kind],
    )) as [unknown, number];
    if (moved === 0) return null;
    await this.count(manager, workspaceId, tokens, kind === 'junk' ? { spam: 1, ham: -1 } : { spam: -1, ham: 1 });
    return 'moved';
  }

  /** In the order of tokens, so that two that learn at the same time wait for each other instead of blocking each other. */
  private async count(
    manager: EntityManager,
    workspaceId: string,
    tokens: readonly TokenHash[],
    by: { spam: number; ham: number },
  ): Promise<void> {
    await manager.query(
      `INSERT INTO spam_totals AS t (workspace_id, spam, ham) VALUES ($1, greatest(0, $2::int), greatest(0, $3::int))
       ON CONFLICT (workspace_id) DO UPDATE SET spam = greatest(0, t.spam + $2::int), ham = greatest(0, t.ham + $3::int)`,
      [workspaceId, by.spam, by.ham],
    );
    await manager.query(
      `INSERT INTO spam_tokens AS t (workspace_id, token, spam, ham, seen_on)
       SELECT $1, token, greatest(0, $3::int), greatest(0, $4::int), current_date FROM unnest($2::bigint[]) AS token ORDER BY token
       ON CONFLICT (workspace_id, token) DO UPDATE
         SET spam = greatest(0, t.spam + $3::int), ham = greatest(0, t.ham + $4::int), seen_on = current_date`,
      [workspaceId, tokens, by.spam, by.ham],
    );
  }

  /** What is known of the given tokens. */
  async countsOf(workspaceId: string, tokens: readonly TokenHash[]): Promise<TrainedCounts> {
    const [totals] = (await this.dataSource.query('SELECT spam, ham FROM spam_totals WHERE workspace_id = $1', [workspaceId])) as {
      spam: number;
      ham: number;
    }[];
    if (!totals || totals.spam === 0 || totals.ham === 0) return nothingTrained;
    const rows = (await this.dataSource.query(
      'SELECT token::float8 AS token, spam, ham FROM spam_tokens WHERE workspace_id = $1 AND token = ANY($2::bigint[])',
      [workspaceId, tokens],
    )) as { token: number; spam: number; ham: number }[];
    return { messages: totals, tokens: new Map(rows.map(({ token, spam, ham }) => [token, { spam, ham }])) };
  }
}

function tokensOf(raw: Buffer): TokenHash[] {
  return [...new Set(examine(raw).tokens.map(({ hash }) => hash))];
}
