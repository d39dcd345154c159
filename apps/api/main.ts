import 'reflect-metadata';
import { accountsEntities } from '#domain/accounts';
import { audienceEntities } from '#domain/audience';
import { campaignsEntities } from '#domain/campaigns';
import { deliverabilityEntities, nextHopsFor } from '#domain/deliverability';
import { attachmentFetcher, messagesEntities } from '#domain/messages';
import { sendingEntities } from '#domain/sending';
import { templatesEntities } from '#domain/templates';
import { webhooksEntities } from '#domain/webhooks';
import { systemResolver } from '#net/dns';
import { openBlobStore } from '#platform/blobs';
import { openJobTransport } from '#platform/jobs';
import { runRole } from '#platform/nest';
import { createApp } from './create-app.js';

await runRole({
  name: 'api',
  entities: [
    ...accountsEntities,
    ...audienceEntities,
    ...templatesEntities,
    ...deliverabilityEntities,
    ...sendingEntities,
    ...campaignsEntities,
    ...webhooksEntities,
    ...messagesEntities,
  ],
  async start({ config, databaseUrl, dataSource, logger, secrets }) {
    const jobs = await openJobTransport({ databaseUrl, redisUrl: config.redisUrl, logger });
    const nextHops = nextHopsFor(config);
    const app = await createApp({
      dataSource,
      jobs,
      nextHops,
      logger,
      dataDir: config.dataDir,
      delivery: config.delivery ?? 'sandbox',
      blobs: openBlobStore(config.blobUrl, config.dataDir),
      recordLookup: systemResolver(config.dnsServers),
      fetchAttachment: attachmentFetcher({ dns: systemResolver(config.dnsServers) }),
      requestRate: config.apiRate,
      publicUrl: config.publicUrl,
      secrets,
      hostname: config.hostname,
      webhooksAllowPrivate: config.webhooksAllowPrivate,
      trustedProxies: config.trustedProxies,
      trackerUrl: `http://${config.bind}:${config.trackerPort}`,
    });
    await app.listen({ port: config.httpPort, host: config.bind });
    return {
      summary: `web page and API at ${config.publicUrl}`,
      async close() {
        await app.close();
        await jobs.close({ drainMs: 5_000 });
      },
    };
  },
});
