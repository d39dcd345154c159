import 'reflect-metadata';
import { EngagementService, defaultActorPolicy } from '#domain/tracking';
import { runRole } from '#platform/nest';
import { createTracker } from './create-app.js';

await runRole({
  name: 'tracker',
  async start({ config, dataSource, logger, secrets }) {
    // In sandbox delivery the simulated people live faster, and so must whoever judges how soon is too soon.
    const scale = config.delivery === 'live' ? 1 : config.simulatorTimeScale;
    const policy = { instantMs: defaultActorPolicy.instantMs / scale, burstWindowMs: defaultActorPolicy.burstWindowMs / scale };
    const engagement = new EngagementService(dataSource, logger, { policy });
    const app = await createTracker({
      dataSource,
      engagement,
      trackingKey: secrets.deriveKey('tracking'),
      publicUrl: config.publicUrl,
      trustedProxies: config.trustedProxies,
      logger,
    });
    await app.listen({ port: config.trackerPort, host: config.bind });
    return {
      summary: `opens, clicks and unsubscribes on port ${config.trackerPort}`,
      async close() {
        await app.close();
        await engagement.drain();
      },
    };
  },
});
