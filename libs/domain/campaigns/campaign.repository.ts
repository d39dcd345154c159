import type { DataSource, EntityManager } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import { CampaignEntity } from './campaign.entity.js';
import { type CampaignAction, type CampaignStatus, nextStatus, statusesThatCan } from './campaign-status.policy.js';
import { campaignError } from './campaigns.errors.js';

/** The columns that a transition may set beside the status. */
export type CampaignFields = Partial<
  Omit<CampaignEntity, 'id' | 'workspaceId' | 'status' | 'workspace' | 'template' | 'templateVersion' | 'domain'>
>;

/** Reads and moves campaigns of one workspace; a campaign of another one does not exist. */
export class CampaignRepository {
  constructor(private readonly dataSource: DataSource) {}

  async get(context: ActorContext, id: string, manager: EntityManager = this.dataSource.manager): Promise<CampaignEntity> {
    const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
    const campaign = isUuid ? await manager.getRepository(CampaignEntity).findOneBy({ id, workspaceId: context.workspaceId }) : null;
    if (campaign === null) throw campaignError('campaign_not_found', `There is no campaign ${id}.`);
    return campaign;
  }

  list(context: ActorContext, limit: number): Promise<CampaignEntity[]> {
    return this.dataSource
      .getRepository(CampaignEntity)
      .find({ where: { workspaceId: context.workspaceId }, order: { createdAt: 'DESC', id: 'DESC' }, take: limit });
  }

  /**
   * Moves a campaign along one transition, together with other fields. The update itself checks the status, so of two
   * people who press "send" at once exactly one sends.
   * @throws ChaparError `campaign_status_conflict`
   */
  async move(
    context: ActorContext,
    id: string,
    action: CampaignAction,
    fields: CampaignFields = {},
    manager: EntityManager = this.dataSource.manager,
  ): Promise<CampaignEntity> {
    const campaign = await this.get(context, id, manager);
    const status: CampaignStatus = nextStatus(campaign.status, action);
    const result = await manager
      .createQueryBuilder()
      .update(CampaignEntity)
      .set({ statusReason: '', ...fields, status, updatedAt: () => 'now()' })
      .where('id = :id AND workspace_id = :workspaceId AND status = :current', {
        id,
        workspaceId: context.workspaceId,
        current: campaign.status,
      })
      .execute();
    if (result.affected !== 1) return this.retryMove(context, id, action, fields, manager);
    return this.get(context, id, manager);
  }

  /** Somebody moved it between our read and our update: judge again by what it is now. */
  private async retryMove(
    context: ActorContext,
    id: string,
    action: CampaignAction,
    fields: CampaignFields,
    manager: EntityManager,
  ): Promise<CampaignEntity> {
    const campaign = await this.get(context, id, manager);
    if (!statusesThatCan(action).includes(campaign.status)) nextStatus(campaign.status, action);
    return this.move(context, id, action, fields, manager);
  }
}
