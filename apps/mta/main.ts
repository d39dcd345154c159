import 'reflect-metadata';
import path from 'node:path';
import { accountsEntities } from '#domain/accounts';
import { SigningKeys, deliverabilityEntities } from '#domain/deliverability';
import { DeliveryEngine } from '#domain/sending';
import { TrackingTokens, TrackingUrls } from '#domain/tracking';
import { openBlobStore } from '#platform/blobs';
import { runRole } from '#platform/nest';
import { tokenLender } from './token-lender.js';
import { deliveryMode } from './delivery-mode.js';

const DRAIN_MS = 30_000;

await runRole({
  name: 'mta',
  entities: [...accountsEntities, ...deliverabilityEntities],
  async start({ config, dataSource, logger, secrets }) {
    const mode = deliveryMode(config, dataSource, logger, secrets);
    const lender = tokenLender(config, dataSource, logger);
    const engine = new DeliveryEngine({
      ...mode.options,
      lender,
      dataSource,
      keys: new SigningKeys(dataSource, secrets),
      blobs: openBlobStore(config.blobUrl, config.dataDir),
      urls: new TrackingUrls(new TrackingTokens(secrets.deriveKey('tracking')), config.publicUrl),
      hostname: config.hostname,
      journalRoot: path.join(config.dataDir, 'journals'),
      logger,
    });
    await engine.start();
    return {
      summary: config.delivery === 'live' ? 'delivers by MX' : 'delivers to the built-in simulator',
      async close() {
        await engine.stop(DRAIN_MS);
        await mode.close();
      },
    };
  },
});
