import { createPrivateKey } from 'node:crypto';
import { DeliveryEngine, RetryPolicy, loopbackTrafficShaping } from '#domain/sending';
import { TrackingTokens, TrackingUrls } from '#domain/tracking';

import { openDataSource } from '#platform/database';
import { createLogger } from '#platform/observe';
import { mailHosts } from './mail-hosts.js';
import { sendingDomain } from './messages.js';

export interface MtaJob {
  readonly databaseUrl: string;
  readonly port: number;
  readonly journalRoot: string;
  readonly privateKey: string;
  readonly trackingKey: string;
  /** Every domain has a mail server of its own, instead of one for all. */
  readonly sitePerDomain?: boolean;
  readonly connections: { readonly start: number; readonly min: number; readonly max: number };
}

// What apps/mta does, towards the sink: claims, renders, signs, sends and records. A second message asks for the CPU time it took.
process.once('message', (job: MtaJob) => void run(job));
process.send!('ready');

async function run(job: MtaJob): Promise<void> {
  const dataSource = await openDataSource({ url: job.databaseUrl, entities: [], poolSize: 8, applicationName: 'bench-mta' });
  const engine = new DeliveryEngine({
    dataSource,
    resolver: mailHosts(job.port, job.sitePerDomain ?? false),
    keys: {
      forDomain: () =>
        Promise.resolve({
          domain: sendingDomain,
          returnPathHost: `bounces.${sendingDomain}`,
          keys: [{ selector: 'r1', algorithm: 'rsa-sha256' as const, privateKey: createPrivateKey(job.privateKey) }],
        }),
    },
    urls: new TrackingUrls(new TrackingTokens(Buffer.from(job.trackingKey, 'hex')), 'https://mail.example.org'),
    hostname: 'mta.example.org',
    journalRoot: job.journalRoot,
    logger: createLogger('bench-mta', { logLevel: 'warn' }),
    // Who put off mail is asked again within a second or two.
    retry: new RetryPolicy(undefined, 1000),
    shaping: loopbackTrafficShaping({ shape: { connections: job.connections, messagesPerConnection: 100_000 } }),
  });
  await engine.start();
  const before = process.cpuUsage();
  process.on('message', () => process.send!(process.cpuUsage(before)));
  process.send!('started');
  process.on('disconnect', () => {
    void engine.stop(1000).then(() => process.exit(0));
  });
}
