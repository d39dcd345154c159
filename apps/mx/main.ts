import 'reflect-metadata';
import { InboundIntake, InboundRecipients } from '#domain/feedback';
import { TrackingTokens } from '#domain/tracking';
import { startSmtpListener } from '#net/smtp-listener';
import { openBlobStore } from '#platform/blobs';
import { openJobTransport } from '#platform/jobs';
import { runRole } from '#platform/nest';
import { loadTlsCertificate } from '#platform/tls';
import { isLoopback, mxPolicy } from './mx-policy.js';

const MAX_MESSAGE_BYTES = 25 * 1024 * 1024;
const DRAIN_MS = 5_000;

await runRole({
  name: 'mx',
  async start({ config, databaseUrl, dataSource, logger, secrets }) {
    const jobs = await openJobTransport({ databaseUrl, redisUrl: config.redisUrl, logger });
    const recipients = new InboundRecipients(dataSource, new TrackingTokens(secrets.deriveKey('tracking')));
    const intake = new InboundIntake(dataSource, recipients, openBlobStore(config.blobUrl, config.dataDir), jobs, logger);
    const listener = await startSmtpListener({
      bind: config.bind,
      port: config.mxPort,
      hostname: config.hostname,
      tls: await loadTlsCertificate(config),
      maxSizeBytes: MAX_MESSAGE_BYTES,
      policy: mxPolicy(recipients, intake),
      // In the sandbox all the world's mail servers are the simulator on this machine.
      isTrustedPeer: config.delivery === 'live' ? () => false : isLoopback,
      logger,
    });
    return {
      summary: `bounces, complaints and replies on port ${listener.port}`,
      async close() {
        await listener.close();
        await jobs.close({ drainMs: DRAIN_MS });
      },
    };
  },
});
