import type { DataSource } from 'typeorm';
import type { DailyVolume } from './shared-limit.js';
import { utcDay } from './shared-limit.js';
import { type WarmupPlan, dayOf, labelOf, noteDecision, warmupLimitKey } from './warmup-plans.js';
import { type WarmupDayCount, decideStep } from './warmup.policy.js';

/** Counts what became of a day's mail; the tables are of others. */
export interface WarmupCounter {
  /** @param site `*` for all; from `from` until before `to` */
  count(place: { readonly sourceId: number; readonly site: string }, from: Date, to: Date): Promise<WarmupDayCount>;
}

type PlanRow = Omit<WarmupPlan, 'used' | 'reason'>;

const COLUMNS = `p.id, p.source_id AS "sourceId", s.name AS source, p.site, p.state, p.ramp, p.thresholds, p.started_on::text AS "startedOn",
  p.day::text AS day, p.step, p.quota`;
const DAY_MS = 86_400_000;

/**
 * Decides about plans whose last day is over: at most once for each plan and day, whoever comes first.
 * @returns the sentences
 */
export async function turnWarmupDays(dataSource: DataSource, counter: WarmupCounter, now: Date): Promise<string[]> {
  const today = utcDay(now.getTime());
  const due = (await dataSource.query(`SELECT id FROM warmup_plans WHERE state = 'active' AND day < $1`, [today])) as { id: number }[];
  const said: string[] = [];
  for (const { id } of due) {
    const sentence = await dataSource.transaction(async (manager) => {
      const [plan] = (await manager.query(
        `SELECT ${COLUMNS} FROM warmup_plans p JOIN egress_sources s ON s.id = p.source_id WHERE p.id = $1 AND p.state = 'active' AND p.day < $2 FOR UPDATE OF p SKIP LOCKED`,
        [id, today],
      )) as PlanRow[];
      if (!plan) return undefined;
      const from = new Date(plan.day);
      const count = await counter.count(plan, from, new Date(from.getTime() + DAY_MS));
      const next = decideStep({ ...plan, label: labelOf(plan) }, count, today);
      await manager.query('UPDATE warmup_plans SET day = $2, step = $3, quota = $4, state = $5, updated_at = now() WHERE id = $1', [
        id,
        today,
        next.step,
        next.quota,
        next.kind === 'finished' ? 'finished' : 'active',
      ]);
      await noteDecision(manager, id, next, today, now, count);
      return next.sentence;
    });
    if (sentence !== undefined) said.push(sentence);
  }
  return said;
}

/** The plans in force as a sending process knows them, by source. */
export class WarmupDirectory {
  private bySource = new Map<number, readonly PlanRow[]>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly now: () => Date,
  ) {}

  async refresh(): Promise<void> {
    const rows = (await this.dataSource.query(
      `SELECT ${COLUMNS} FROM warmup_plans p JOIN egress_sources s ON s.id = p.source_id WHERE p.state <> 'finished'`,
    )) as PlanRow[];
    this.bySource = Map.groupBy(rows, ({ sourceId }) => sourceId);
  }

  /** The volumes that hold for a lane today: of its site, of its provider, and of all that its source sends. */
  volumesOf({ sourceId, site, provider }: { readonly sourceId: number; readonly site: string; readonly provider: string }): DailyVolume[] {
    const plans = this.bySource.get(sourceId);
    if (!plans) return [];
    const today = utcDay(this.now().getTime());
    return plans
      .filter((plan) => plan.site === '*' || plan.site === site || (plan.site === provider && provider !== 'default'))
      .map((plan) => ({
        kind: 'daily',
        key: warmupLimitKey(plan.id),
        label: labelOf(plan),
        perDay: plan.quota,
        why: `${labelOf(plan)}: day ${dayOf(plan, today)} of warm-up, ${plan.quota} today`,
      }));
  }
}
