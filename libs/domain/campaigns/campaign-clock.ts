import type { DataSource } from 'typeorm';
import { type Clock, ChaparError, type Logger, systemActor } from '#base/kernel';
import { CampaignRepository } from './campaign.repository.js';
import type { CampaignService } from './campaign.service.js';

/** What time does to campaigns: starts those that are due and closes those whose queue has run dry. */
export class CampaignClock {
  private readonly campaigns: CampaignRepository;

  constructor(
    private readonly dataSource: DataSource,
    private readonly service: CampaignService,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.campaigns = new CampaignRepository(dataSource);
  }

  async startDue(): Promise<void> {
    const due = (await this.dataSource.query(
      `SELECT id, workspace_id FROM campaigns WHERE status = 'scheduled' AND scheduled_at <= $1 ORDER BY scheduled_at LIMIT 50`,
      [this.clock.now()],
    )) as { id: string; workspace_id: string }[];
    for (const { id, workspace_id } of due) {
      const context = systemActor(workspace_id, 'schedule');
      try {
        await this.service.send(context, id);
      } catch (error) {
        if (!(error instanceof ChaparError) || error.code === 'campaign_status_conflict') continue;
        this.logger.warn({ campaign: id, reason: error.message }, 'a scheduled campaign could not be sent');
        await this.campaigns.move(context, id, 'fail', { statusReason: error.message });
      }
    }
  }

  /** A campaign is sent when nothing of it is queued any more: every recipient has a final outcome. */
  async closeFinished(): Promise<void> {
    const finished = (await this.dataSource.query(
      `SELECT c.id, c.workspace_id FROM campaigns c WHERE c.status = 'sending' AND NOT EXISTS (SELECT FROM batches b WHERE b.campaign_id = c.id AND b.class = 2)`,
    )) as { id: string; workspace_id: string }[];
    for (const { id, workspace_id } of finished) {
      await this.campaigns
        .move(systemActor(workspace_id, 'schedule'), id, 'finish', { finishedAt: this.clock.now() })
        .catch((error: unknown) => {
          if ((error as { code?: string }).code !== 'campaign_status_conflict') throw error;
        });
    }
  }
}
