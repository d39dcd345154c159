import { Controller, Get, Inject } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { DELIVERY } from '../tokens.js';
import { statusAnswer } from '../schemas/delivery.schema.js';

/** What the start page shows beside the campaigns: who works, what waits, and why. */
@Controller('v1/status')
@Access('signed-in')
export class StatusController {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(DELIVERY) private readonly delivery: 'sandbox' | 'live',
  ) {}

  @Answers(statusAnswer)
  @Get()
  async status(@CurrentActor() actor: ActorContext) {
    const [workers, lanes] = await Promise.all([
      this.dataSource.query(`SELECT count(*)::int AS alive FROM mta_workers WHERE heartbeat_at > now() - interval '30 seconds'`) as Promise<
        [{ alive: number }]
      >,
      this.dataSource.query(
        `SELECT l.site, l.provider, l.reason, l.suspended_until, sum(cardinality(b.delivery_ids))::int AS waiting, min(b.due_at) AS next_due
         FROM lanes l JOIN batches b ON b.lane_id = l.id AND b.workspace_id = $1
         GROUP BY l.id ORDER BY waiting DESC LIMIT 50`,
        [actor.workspaceId],
      ) as Promise<LaneRow[]>,
    ]);
    const waiting = lanes.reduce((sum, lane) => sum + lane.waiting, 0);
    return { delivery: this.delivery, mta_workers: workers[0].alive, waiting, lanes };
  }
}

interface LaneRow {
  readonly site: string;
  readonly provider: string;
  readonly reason: string;
  readonly suspended_until: Date | null;
  readonly waiting: number;
  readonly next_due: Date | null;
}
