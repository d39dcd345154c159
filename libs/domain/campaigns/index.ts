import { CampaignEntity, CampaignRangeEntity } from './campaign.entity.js';

export { campaignTickets, workOnCampaigns } from './campaign-jobs.js';
export { CampaignClock } from './campaign-clock.js';
export { type CampaignAudience, CampaignEntity } from './campaign.entity.js';
export { CampaignFreeze, type FreezeTickets } from './campaign.freeze.js';
export { type CampaignPatch, type NewCampaign, campaignAudienceSchema, campaignPatchSchema, newCampaignSchema } from './campaign.input.js';
export type { CampaignReport, LedgerAudit } from './campaign-report.js';
export { CampaignService, type PrepareTickets } from './campaign.service.js';
export type { CampaignStatus } from './campaign-status.policy.js';

export const campaignsEntities = [CampaignEntity, CampaignRangeEntity];
