import { createPrivateKey } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { DeliveryEngine, RetryPolicy } from '#domain/sending';
import { loopbackTrafficShaping } from '#domain/shaping';
import { TrackingTokens, TrackingUrls } from '#domain/tracking';
import { openDataSource } from '#platform/database';
import { createLogger } from '#platform/observe';
import { mailHosts } from './mail-hosts.js';
import { sendingDomain } from './messages.js';

export interface MtaJob {
  readonly databaseUrl: string;
  readonly port: number;
  readonly journalRoot: string;
  /** PEM; without it nothing is signed. */
  readonly privateKey?: string | undefined;
  readonly trackingKey: string;
  /** Every domain has a mail server of its own, instead of one for all. */
  readonly sitePerDomain?: boolean;
  readonly connections: { readonly start: number; readonly min: number; readonly max: number };
}

// What apps/mta does, towards the sink: claims, renders, signs, sends and records. One process serves one engine after the
// other, as warm as an MTA is that has been up for a minute.
type Order = MtaJob | 'cpu' | 'stop';

let running: { readonly engine: DeliveryEngine; readonly dataSource: DataSource } | undefined;
process.on('message', (order: Order) => void obey(order));
process.on('disconnect', () => void halt().then(() => process.exit(0)));
process.send!('ready');

async function obey(order: Order): Promise<void> {
  if (order === 'cpu') return void process.send!(process.cpuUsage());
  if (order === 'stop') await halt();
  else running = await run(order);
  process.send!('done');
}

async function halt(): Promise<void> {
  await running?.engine.stop(1000);
  await running?.dataSource.destroy();
  running = undefined;
}

async function run(job: MtaJob): Promise<NonNullable<typeof running>> {
  const dataSource = await openDataSource({ url: job.databaseUrl, entities: [], poolSize: 8, applicationName: 'bench-mta' });
  const keys = job.privateKey ? [{ selector: 'r1', algorithm: 'rsa-sha256' as const, privateKey: createPrivateKey(job.privateKey) }] : [];
  const engine = new DeliveryEngine({
    dataSource,
    resolver: mailHosts(job.port, job.sitePerDomain ?? false),
    keys: {
      forDomain: () =>
        Promise.resolve({
          domain: sendingDomain,
          returnPathHost: `bounces.${sendingDomain}`,
          keys,
        }),
    },
    urls: new TrackingUrls(new TrackingTokens(Buffer.from(job.trackingKey, 'hex')), 'https://mail.example.org'),
    hostname: 'mta.example.org',
    journalRoot: job.journalRoot,
    logger: createLogger('bench-mta', { logLevel: 'warn' }),
    maxConnections: Math.max(400, job.connections.max),
    // Who put off mail is asked again within a second or two.
    retry: new RetryPolicy(undefined, 1000),
    shaping: loopbackTrafficShaping({ shape: { connections: job.connections, messagesPerConnection: 100_000 } }),
  });
  await engine.start();
  return { engine, dataSource };
}
