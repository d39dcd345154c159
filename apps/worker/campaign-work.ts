import { systemClock } from '#base/kernel';
import { CampaignClock, CampaignFreeze, CampaignService, campaignTickets, workOnCampaigns } from '#domain/campaigns';
import { nextHopsFor } from '#domain/deliverability';
import { SendingControl, SiteDirectory } from '#domain/sending';
import type { WorkerParts } from './worker-parts.js';

const CLOCK_MS = 1_000;
const RECOVERY_MS = 30_000;

/** Campaigns: freezing their audience, starting those that are due, closing those that are done. */
export async function runCampaignWork({ config, dataSource, logger, jobs, periodic }: WorkerParts): Promise<void> {
  const sites = new SiteDirectory(dataSource, nextHopsFor(config));
  const tickets = campaignTickets(jobs);
  const freeze = new CampaignFreeze(dataSource, sites, tickets);
  const service = new CampaignService(
    dataSource,
    new SendingControl(dataSource),
    sites,
    tickets,
    systemClock,
    config.delivery ?? 'sandbox',
  );
  const clock = new CampaignClock(dataSource, service, systemClock, logger);
  await workOnCampaigns(jobs, freeze);
  periodic.every('campaigns.clock', CLOCK_MS, async () => {
    await clock.startDue();
    await clock.closeFinished();
  });
  periodic.every('campaigns.recover', RECOVERY_MS, () => freeze.recover());
}
