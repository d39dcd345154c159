import * as z from 'zod';
import { type JobTransport, defineJob } from '#platform/jobs';
import type { CampaignFreeze, FreezeTickets } from './campaign.freeze.js';
import type { PrepareTickets } from './campaign.service.js';

export const prepareCampaignJob = defineJob('campaigns.prepare', z.strictObject({ campaignId: z.uuid() }));
export const freezeRangeJob = defineJob('campaigns.freeze-range', z.strictObject({ campaignId: z.uuid(), number: z.int().min(0) }));

/** Tickets of campaigns on the job transport. A ticket that waits already is not added again. */
export function campaignTickets(jobs: JobTransport): FreezeTickets & PrepareTickets {
  return {
    prepare: (campaignId) => jobs.enqueue(prepareCampaignJob, { campaignId }, { key: campaignId }),
    freezeRange: (campaignId, number) => jobs.enqueue(freezeRangeJob, { campaignId, number }, { key: `${campaignId} ${number}` }),
  };
}

/** Has this process prepare campaigns. */
export async function workOnCampaigns(jobs: JobTransport, freeze: CampaignFreeze): Promise<void> {
  await jobs.work(prepareCampaignJob, { concurrency: 1 }, ({ campaignId }) => freeze.prepare(campaignId));
  await jobs.work(freezeRangeJob, { concurrency: 2 }, ({ campaignId, number }) => freeze.freezeRange(campaignId, number));
}
