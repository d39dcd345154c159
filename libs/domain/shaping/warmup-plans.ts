import type { DataSource, EntityManager } from 'typeorm';
import * as z from 'zod';
import { type Clock, type RowId, systemClock } from '#base/kernel';
import { appendAudit } from '#platform/audit';
import { utcDay } from './shared-limit.js';
import type { WarmupPlanState } from './warmup-plan.entity.js';
import { type WarmupRamp, quotaOf, stepsOf } from './warmup-ramp.js';
import { warmupError } from './warmup.errors.js';
import { type WarmupDecisionKind, type WarmupThresholds, daysBetween } from './warmup.policy.js';
import { type WarmupPlanSettings, warmupPlanSchema, warmupThresholdsSchema } from './warmup.schema.js';

/** A plan as people see it. */
export interface WarmupPlan {
  readonly id: number;
  readonly sourceId: number;
  readonly source: string;
  readonly site: string;
  readonly state: WarmupPlanState;
  readonly ramp: WarmupRamp;
  readonly thresholds: WarmupThresholds;
  readonly startedOn: string;
  readonly day: string;
  readonly step: number;
  /** Messages a day at this step. */
  readonly quota: number;
  /** Of today's, as far as it is lent to processes. */
  readonly used: number;
  /** The last decision's sentence. */
  readonly reason: string;
}

export interface WarmupDecision {
  readonly id: RowId;
  readonly at: Date;
  readonly day: string;
  readonly kind: WarmupDecisionKind;
  readonly step: number;
  readonly quota: number;
  readonly sentence: string;
  readonly facts: object;
}

/** Names the limit of a plan among those that processes share. */
export function warmupLimitKey(id: number): string {
  return `day warmup:${id}`;
}

const PLANS = `SELECT p.id, p.source_id AS "sourceId", s.name AS source, p.site, p.state, p.ramp, p.thresholds, p.started_on::text AS "startedOn",
    p.day::text AS day, p.step, p.quota,
    coalesce((SELECT t.used FROM token_limits t WHERE t.key = 'day warmup:' || p.id AND t.day = (now() AT TIME ZONE 'UTC')::date), 0) AS used,
    coalesce((SELECT d.sentence FROM warmup_decisions d WHERE d.plan_id = p.id ORDER BY d.id DESC LIMIT 1), '') AS reason
  FROM warmup_plans p JOIN egress_sources s ON s.id = p.source_id AND s.state <> 'removed'`;

/** Plans of warm-up and their history. They belong to the installation. */
export class WarmupPlans {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock = systemClock,
  ) {}

  list(): Promise<WarmupPlan[]> {
    return this.dataSource.query(`${PLANS} ORDER BY s.name, p.site`);
  }

  /** @throws ChaparError `warmup_not_found` */
  async get(source: string, site: string): Promise<WarmupPlan> {
    return readPlan(this.dataSource, source, site);
  }

  /** @throws ChaparError `warmup_not_found` */
  async byId(id: number): Promise<WarmupPlan> {
    const [plan] = (await this.dataSource.query(`${PLANS} WHERE p.id = $1`, [id])) as WarmupPlan[];
    if (!plan) throw warmupError('warmup_not_found', `There is no warm-up plan ${id}.`);
    return plan;
  }

  /** The latest first. */
  history(id: number, limit = 50): Promise<WarmupDecision[]> {
    return this.dataSource.query(
      'SELECT id, at, day::text AS day, kind, step, quota, sentence, facts FROM warmup_decisions WHERE plan_id = $1 ORDER BY id DESC LIMIT $2',
      [id, limit],
    );
  }

  /**
   * Makes a plan, which begins today, or changes one, which goes on where it is unless a step is named.
   * @throws ChaparError `warmup_not_found` for the source, `warmup_settings_invalid`
   */
  async set(settings: WarmupPlanSettings, by: string): Promise<WarmupPlan> {
    const parsed = warmupPlanSchema.safeParse(settings);
    if (!parsed.success) throw warmupError('warmup_settings_invalid', `The plan cannot be used:\n${z.prettifyError(parsed.error)}`);
    const { source, site, ramp, step: asked } = parsed.data;
    if (asked !== undefined && asked > stepsOf(ramp))
      throw warmupError('warmup_settings_invalid', `The ramp has ${stepsOf(ramp)} steps; it cannot begin at step ${asked}.`);
    const today = utcDay(this.clock.now().getTime());
    return this.dataSource.transaction(async (manager) => {
      const [found] = (await manager.query(`SELECT id FROM egress_sources WHERE name = $1 AND state <> 'removed'`, [source])) as {
        id: number;
      }[];
      if (!found) throw warmupError('warmup_not_found', `There is no egress source ${source}.`);
      const before = await findPlan(manager, source, site);
      const thresholds = parsed.data.thresholds ?? before?.thresholds ?? warmupThresholdsSchema.parse({});
      const isNew = !before || before.state === 'finished';
      const step = asked ?? Math.min(isNew ? 1 : before.step, stepsOf(ramp));
      const quota = quotaOf(ramp, step);
      const state = before?.state === 'paused' ? 'paused' : 'active';
      await manager.query(
        `INSERT INTO warmup_plans (source_id, site, state, ramp, thresholds, started_on, day, step, quota, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9)
         ON CONFLICT (source_id, site) DO UPDATE SET state = excluded.state, ramp = excluded.ramp, thresholds = excluded.thresholds,
           started_on = CASE WHEN $10 THEN excluded.started_on ELSE warmup_plans.started_on END, day = excluded.day, step = excluded.step,
           quota = excluded.quota, updated_at = now()`,
        [found.id, site, state, JSON.stringify(ramp), JSON.stringify(thresholds), today, step, quota, by, isNew],
      );
      const plan = await readPlan(manager, source, site);
      const sentence = isNew
        ? `${labelOf(plan)}: warm-up begins with ${quota} a day, ${stepsOf(ramp) - step + 1} good days to go`
        : `${labelOf(plan)}: day ${dayOf(plan, today)} of warm-up, ${quota} a day; the plan was changed by ${by}`;
      await noteDecision(manager, plan.id, { kind: isNew ? 'started' : 'changed', step, quota, sentence }, today, this.clock.now());
      await this.audit(manager, by, 'set', plan, { ramp, step });
      return readPlan(manager, source, site);
    });
  }

  /** The ramp stands still: each day has the quota of today, whatever happens. */
  pause(source: string, site: string, by: string): Promise<WarmupPlan> {
    return this.turn(source, site, by, 'paused');
  }

  resume(source: string, site: string, by: string): Promise<WarmupPlan> {
    return this.turn(source, site, by, 'active');
  }

  /** No limit any more, and no history. */
  async remove(source: string, site: string, by: string): Promise<WarmupPlan> {
    return this.dataSource.transaction(async (manager) => {
      const plan = await readPlan(manager, source, site);
      await manager.query('DELETE FROM warmup_plans WHERE id = $1', [plan.id]);
      await manager.query('DELETE FROM token_limits WHERE key = $1', [warmupLimitKey(plan.id)]);
      await this.audit(manager, by, 'remove', plan, {});
      return plan;
    });
  }

  private turn(source: string, site: string, by: string, state: 'paused' | 'active'): Promise<WarmupPlan> {
    const now = this.clock.now();
    const today = utcDay(now.getTime());
    return this.dataSource.transaction(async (manager) => {
      const plan = await readPlan(manager, source, site);
      if (plan.state === 'finished')
        throw warmupError('warmup_settings_invalid', `The warm-up of ${labelOf(plan)} is finished; set a new plan.`);
      if (plan.state === state) return plan;
      // A pause is no evidence: the first day after it is decided about, none before it.
      await manager.query('UPDATE warmup_plans SET state = $2, day = $3, updated_at = now() WHERE id = $1', [plan.id, state, today]);
      const did = state === 'paused' ? 'paused' : 'resumed';
      const sentence = `${labelOf(plan)}: day ${dayOf(plan, today)} of warm-up, ${plan.quota} a day; ${did} by ${by}`;
      await noteDecision(manager, plan.id, { kind: did, step: plan.step, quota: plan.quota, sentence }, today, now);
      await this.audit(manager, by, state === 'paused' ? 'pause' : 'resume', plan, {});
      return readPlan(manager, source, site);
    });
  }

  private audit(manager: EntityManager, actor: string, verb: string, { source, site }: WarmupPlan, detail: object): Promise<void> {
    return appendAudit(manager, { workspaceId: null, actor, action: `warmup.${verb}`, target: `warm-up of ${source} to ${site}`, detail });
  }
}

/** As sentences call it. */
export function labelOf({ source, site }: Pick<WarmupPlan, 'source' | 'site'>): string {
  return site === '*' ? source : `${source} to ${site}`;
}

/** From 1. */
export function dayOf({ startedOn }: Pick<WarmupPlan, 'startedOn'>, today: string): number {
  return daysBetween(startedOn, today) + 1;
}

export async function noteDecision(
  manager: EntityManager,
  planId: number,
  { kind, step, quota, sentence }: Pick<WarmupDecision, 'kind' | 'step' | 'quota' | 'sentence'>,
  day: string,
  at: Date,
  facts: object = {},
): Promise<void> {
  await manager.query(
    'INSERT INTO warmup_decisions (plan_id, at, day, kind, step, quota, sentence, facts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
    [planId, at, day, kind, step, quota, sentence, JSON.stringify(facts)],
  );
}

async function findPlan(manager: Pick<EntityManager, 'query'>, source: string, site: string): Promise<WarmupPlan | undefined> {
  const [row] = (await manager.query(`${PLANS} WHERE s.name = $1 AND p.site = $2`, [source, site])) as WarmupPlan[];
  return row;
}

async function readPlan(manager: Pick<EntityManager, 'query'>, source: string, site: string): Promise<WarmupPlan> {
  const plan = await findPlan(manager, source, site);
  if (!plan) throw warmupError('warmup_not_found', `There is no warm-up plan of ${labelOf({ source, site })}.`);
  return plan;
}
