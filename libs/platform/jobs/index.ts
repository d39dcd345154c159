import type { Logger } from '#base/kernel';
import { BullTransport } from './bull-transport.js';
import type { JobTransport } from './job-transport.js';
import { PgBossTransport } from './pg-boss-transport.js';

export { PeriodicWork, type PeriodicTask } from './periodic-work.js';
export { type EnqueueOptions, type JobDefinition, type JobHandler, type JobTransport, defineJob } from './job-transport.js';

/** Bull where Redis is configured, otherwise pg-boss on the database. */
export function openJobTransport(options: {
  databaseUrl: string;
  redisUrl?: string | undefined;
  logger: Logger;
  supervise?: boolean;
}): Promise<JobTransport> {
  if (options.redisUrl) return Promise.resolve(new BullTransport(options.redisUrl, options.logger));
  return PgBossTransport.open(options);
}
