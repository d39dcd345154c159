import { type Job, PgBoss } from 'pg-boss';
import { type Logger, messageOf, uuidv7 } from '#base/kernel';
import { type EnqueueOptions, type JobDefinition, type JobHandler, type JobTransport, RETRY_LIMIT, checkPayload } from './job-transport.js';

export interface PgBossTransportOptions {
  readonly databaseUrl: string;
  readonly logger: Logger;
  /** Whether this process also does pg-boss's housekeeping; one per machine is enough. */
  readonly supervise?: boolean;
}

/** Jobs on the product's own PostgreSQL: nothing else to install. */
export class PgBossTransport implements JobTransport {
  private readonly known = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();

  private constructor(private readonly boss: PgBoss) {}

  static async open(options: PgBossTransportOptions): Promise<PgBossTransport> {
    const boss = new PgBoss({
      connectionString: options.databaseUrl,
      application_name: 'chapar-jobs',
      max: 4,
      schema: 'jobs',
      schedule: false,
      supervise: options.supervise ?? false,
    });
    // A lost connection is taken up again by its pool; without a listener the event would end the process.
    boss.on('error', (error) => options.logger.warn({ reason: messageOf(error) }, 'the job queue had a database error and goes on'));
    await boss.start();
    return new PgBossTransport(boss);
  }

  async enqueue<T extends object>(job: JobDefinition<T>, payload: T, options: EnqueueOptions = {}): Promise<void> {
    await this.ensureQueue(job.name);
    // The queue holds one waiting ticket per key: without a key of its own a ticket gets one that nobody shares.
    await this.boss.send(job.name, checkPayload(job, payload), {
      singletonKey: options.key ?? uuidv7(),
      ...(options.startAfter ? { startAfter: options.startAfter } : {}),
    });
  }

  async work<T extends object>(job: JobDefinition<T>, { concurrency }: { concurrency: number }, handler: JobHandler<T>): Promise<void> {
    await this.ensureQueue(job.name);
    const options = { batchSize: 1, localConcurrency: concurrency, pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 5 };
    await this.boss.work<T>(job.name, options, async ([ticket]: Job<T>[]) => {
      if (ticket) await handler(checkPayload(job, ticket.data), { signal: AbortSignal.any([ticket.signal, this.stopping.signal]) });
    });
  }

  async close({ drainMs }: { drainMs: number }): Promise<void> {
    this.stopping.abort();
    await this.boss.stop({ graceful: true, close: true, timeout: drainMs });
  }

  private ensureQueue(name: string): Promise<void> {
    let created = this.known.get(name);
    if (!created) {
      created = this.boss.createQueue(name, {
        policy: 'short',
        notify: true,
        retryLimit: RETRY_LIMIT,
        retryDelay: 1,
        retryBackoff: true,
        expireInSeconds: 3600,
        deleteAfterSeconds: 3600,
      });
      created.catch(() => this.known.delete(name));
      this.known.set(name, created);
    }
    return created;
  }
}
