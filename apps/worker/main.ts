import 'reflect-metadata';
import { accountsEntities } from '#domain/accounts';
import { audienceEntities } from '#domain/audience';
import { campaignsEntities } from '#domain/campaigns';
import { deliverabilityEntities } from '#domain/deliverability';
import { feedbackEntities } from '#domain/feedback';
import { filteringEntities } from '#domain/filtering';
import { sendingEntities } from '#domain/sending';
import { templatesEntities } from '#domain/templates';
import { trackingEntities } from '#domain/tracking';
import { webhooksEntities } from '#domain/webhooks';
import { PeriodicWork, openJobTransport } from '#platform/jobs';
import { runRole } from '#platform/nest';
import { runCampaignWork } from './campaign-work.js';
import { runDkimWork } from './dkim-work.js';
import { runFeedbackWork } from './feedback-work.js';
import { runImportWork } from './import-work.js';
import { runMessageWork } from './message-work.js';
import { keepPartitionsAhead } from './partitions.js';
import { runReturnWork } from './return-work.js';
import { runTlsReportWork } from './tls-report-work.js';
import { runWebhookWork } from './webhook-work.js';

/** A ticket in hand gets this long to reach a place where it can be taken up again. */
const DRAIN_MS = 25_000;

await runRole({
  name: 'worker',
  poolSize: 12,
  entities: [
    ...accountsEntities,
    ...audienceEntities,
    ...templatesEntities,
    ...deliverabilityEntities,
    ...trackingEntities,
    ...sendingEntities,
    ...campaignsEntities,
    ...feedbackEntities,
    ...filteringEntities,
    ...webhooksEntities,
  ],
  async start({ config, databaseUrl, dataSource, logger, secrets }) {
    const jobs = await openJobTransport({ databaseUrl, redisUrl: config.redisUrl, logger, supervise: true });
    const periodic = new PeriodicWork(dataSource, logger);
    const parts = { config, dataSource, logger, jobs, periodic, secrets };
    await runImportWork(parts);
    await runCampaignWork(parts);
    await runFeedbackWork(parts);
    runTlsReportWork(parts);
    runDkimWork(parts);
    runReturnWork(parts);
    runWebhookWork(parts);
    runMessageWork(parts);
    keepPartitionsAhead(parts);
    return {
      summary: `imports, campaign preparation, incoming mail and schedules; jobs on ${config.redisUrl === undefined ? 'PostgreSQL' : 'Redis'}`,
      async close() {
        await Promise.all([periodic.close(), jobs.close({ drainMs: DRAIN_MS })]);
      },
    };
  },
});
