import type { DataSource } from 'typeorm';
import { firstRowIdAt } from '#base/kernel';
import type { LaneDecision } from './lane-decision.js';

export interface RecordedDecision extends LaneDecision {
  readonly id: string;
}

const MAX_WAITING = 2_000;
/** How long decisions are kept: a reputation takes weeks, and people ask about the last ones. */
const DAYS_KEPT = 30;
const SWEEP = 5_000;

/** Decisions of many lanes on their way into `lane_decisions`: one statement a round, never one a message. */
export class DecisionHistory {
  private waiting: { readonly laneId: number; readonly decision: LaneDecision }[] = [];

  constructor(private readonly dataSource: DataSource) {}

  /** Where the database is away for long, the oldest are forgotten. */
  add(laneId: number, decisions: readonly LaneDecision[]): void {
    for (const decision of decisions) this.waiting.push({ laneId, decision });
    if (this.waiting.length > MAX_WAITING) this.waiting.splice(0, this.waiting.length - MAX_WAITING);
  }

  /** @throws when the database refuses; what was not written is kept for the next round */
  async flush(): Promise<void> {
    const rows = this.waiting;
    if (rows.length === 0) return;
    this.waiting = [];
    try {
      await this.dataSource.query(
        `INSERT INTO lane_decisions (lane_id, at, kind, sentence, reply, facts)
         SELECT lane_id, at, kind, sentence, reply, facts FROM jsonb_to_recordset($1::jsonb)
           AS d (n int, lane_id int, at timestamptz, kind text, sentence text, reply text, facts jsonb) ORDER BY n`,
        [JSON.stringify(rows.map(({ laneId, decision }, n) => ({ n, lane_id: laneId, ...decision })))],
      );
    } catch (error) {
      this.waiting = [...rows, ...this.waiting].slice(-MAX_WAITING);
      throw error;
    }
  }
}

/** What was decided about a lane, the latest first. */
export async function readDecisions(dataSource: DataSource, laneId: number, limit = 20): Promise<RecordedDecision[]> {
  return dataSource.query('SELECT id, at, kind, sentence, reply, facts FROM lane_decisions WHERE lane_id = $1 ORDER BY id DESC LIMIT $2', [
    laneId,
    limit,
  ]);
}

/** Forgets decisions that are older than a month, some thousands at a time. @returns how many */
export async function forgetOldDecisions(dataSource: DataSource, now: Date): Promise<number> {
  const before = firstRowIdAt(new Date(now.getTime() - DAYS_KEPT * 86_400_000));
  const [, forgotten]: [unknown[], number] = await dataSource.query(
    `DELETE FROM lane_decisions WHERE id IN (SELECT id FROM lane_decisions WHERE id < $1 ORDER BY id LIMIT ${SWEEP})`,
    [before],
  );
  return forgotten;
}
