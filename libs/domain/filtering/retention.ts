import type { DataSource } from 'typeorm';

export interface FilteringRetention {
  /** Tokens that were learnt once or twice and not since. */
  readonly rareTokenDays: number;
  readonly tokenDays: number;
  /** After this a message that is shown again counts again. */
  readonly trainingDays: number;
  /** Decided ones, and such as nobody decided about. */
  readonly quarantineDays: number;
  readonly maxTokensPerWorkspace: number;
}

export const filteringRetention: FilteringRetention = {
  rareTokenDays: 60,
  tokenDays: 400,
  trainingDays: 400,
  quarantineDays: 60,
  maxTokensPerWorkspace: 1_000_000,
};

const STEP = 10_000;

/** What was learnt long ago and what was held long enough goes, in small steps. Bytes are blobs, which this leaves alone. */
export async function forgetFiltering(
  dataSource: DataSource,
  signal: AbortSignal,
  keep: FilteringRetention = filteringRetention,
): Promise<void> {
  const steps: readonly (readonly [sql: string, values: readonly unknown[]])[] = [
    [
      `DELETE FROM spam_tokens WHERE ctid = ANY(ARRAY(SELECT ctid FROM spam_tokens
         WHERE seen_on < current_date - $1::int OR (seen_on < current_date - $2::int AND spam + ham <= 2) LIMIT ${STEP}))`,
      [keep.tokenDays, keep.rareTokenDays],
    ],
    [
      `DELETE FROM spam_trainings WHERE ctid = ANY(ARRAY(SELECT ctid FROM spam_trainings WHERE trained_at < now() - $1 * interval '1 day' LIMIT ${STEP}))`,
      [keep.trainingDays],
    ],
    [
      `DELETE FROM quarantined_messages WHERE ctid = ANY(ARRAY(SELECT ctid FROM quarantined_messages
         WHERE coalesce(decided_at, held_at) < now() - $1 * interval '1 day' LIMIT ${STEP}))`,
      [keep.quarantineDays],
    ],
  ];
  for (const [sql, values] of steps) await repeat(dataSource, sql, values, signal);
  await cutTokens(dataSource, keep.maxTokensPerWorkspace, signal);
}

/** Of a workspace with too many tokens the rarest and oldest go. */
async function cutTokens(dataSource: DataSource, max: number, signal: AbortSignal): Promise<void> {
  const large = (await dataSource.query(
    'SELECT workspace_id AS id, count(*)::int - $1::int AS surplus FROM spam_tokens GROUP BY workspace_id HAVING count(*) > $1::int',
    [max],
  )) as { id: string; surplus: number }[];
  for (const { id, surplus } of large)
    for (let left = surplus; left > 0 && !signal.aborted; left -= STEP)
      await dataSource.query(
        `DELETE FROM spam_tokens WHERE ctid = ANY(ARRAY(SELECT ctid FROM spam_tokens WHERE workspace_id = $1
           ORDER BY (spam + ham > 2), seen_on, token LIMIT $2))`,
        [id, Math.min(left, STEP)],
      );
}

async function repeat(dataSource: DataSource, sql: string, values: readonly unknown[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const [, gone] = (await dataSource.query(sql, [...values])) as [unknown, number];
    if (gone < STEP) return;
  }
}
