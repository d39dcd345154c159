import { silentLogger, systemClock } from '#base/kernel';
import { CampaignService, campaignTickets } from '#domain/campaigns';
import { nextHopsFor } from '#domain/deliverability';
import { SendingControl, SiteDirectory } from '#domain/sending';
import { openJobTransport } from '#platform/jobs';
import { withDatabase } from '../command-context.js';
import { deliveryMode } from '../start/delivery-mode.js';

/** Starts a campaign as the web app does; the worker and the MTA of the running product do the rest. */
export async function sendCampaign(id: string): Promise<{ id: string; name: string; status: string; recipients: number }> {
  return withDatabase('campaign send', async ({ dataSource, databaseUrl, config, workspace }) => {
    const jobs = await openJobTransport({ databaseUrl, redisUrl: config.redisUrl, logger: silentLogger });
    try {
      const delivery = await deliveryMode(config, dataSource);
      const nextHops = nextHopsFor({ ...config, delivery });
      const service = new CampaignService(
        dataSource,
        new SendingControl(dataSource),
        new SiteDirectory(dataSource, nextHops),
        campaignTickets(jobs),
        systemClock,
        delivery,
      );
      const { name, status, recipients } = await service.send(await workspace(), id);
      return { id, name, status, recipients: Number(recipients) };
    } finally {
      await jobs.close({ drainMs: 1000 });
    }
  });
}
