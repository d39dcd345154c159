import type { DataSource } from 'typeorm';
import type { WarmupPlan, WarmupPlanSettings, WarmupPlans } from '#domain/shaping';
import { announceOrders } from './queue-orders.js';

/** Changes of warm-up plans of sources that have mail: what waits for a used-up day is looked at again. */
export class WarmupControl {
  constructor(
    private readonly dataSource: DataSource,
    private readonly plans: WarmupPlans,
  ) {}

  /** @throws ChaparError `warmup_not_found`, `warmup_settings_invalid` */
  async set(settings: WarmupPlanSettings, by: string): Promise<WarmupPlan> {
    return this.freed(await this.plans.set(settings, by));
  }

  async pause(source: string, site: string, by: string): Promise<WarmupPlan> {
    return this.freed(await this.plans.pause(source, site, by));
  }

  async resume(source: string, site: string, by: string): Promise<WarmupPlan> {
    return this.freed(await this.plans.resume(source, site, by));
  }

  async remove(source: string, site: string, by: string): Promise<WarmupPlan> {
    return this.freed(await this.plans.remove(source, site, by));
  }

  private async freed(plan: WarmupPlan): Promise<WarmupPlan> {
    await this.dataSource.query(
      `UPDATE lanes SET suspended_until = NULL, quota_until = NULL, reason = '', retries_asked = retries_asked + 1 WHERE source_id = $1 AND quota_until > now()`,
      [plan.sourceId],
    );
    await announceOrders(this.dataSource.manager);
    return plan;
  }
}
