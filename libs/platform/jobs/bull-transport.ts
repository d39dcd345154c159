import Bull from 'bull';
import { type Logger, messageOf } from '#base/kernel';
import { type EnqueueOptions, type JobDefinition, type JobHandler, type JobTransport, RETRY_LIMIT, checkPayload } from './job-transport.js';

/** Jobs on Redis, for several machines. */
export class BullTransport implements JobTransport {
  private readonly queues = new Map<string, Bull.Queue>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly redisUrl: string,
    private readonly logger: Logger,
    private readonly prefix = 'chapar',
  ) {}

  async enqueue<T extends object>(job: JobDefinition<T>, payload: T, options: EnqueueOptions = {}): Promise<void> {
    const queue = this.queue(job.name);
    const delay = options.startAfter ? Math.max(0, options.startAfter.getTime() - Date.now()) : 0;
    const jobId = options.key === undefined ? undefined : await freeJobId(queue, options.key);
    await queue.add(checkPayload(job, payload), { delay, ...(jobId === undefined ? {} : { jobId }) });
  }

  async work<T extends object>(job: JobDefinition<T>, { concurrency }: { concurrency: number }, handler: JobHandler<T>): Promise<void> {
    const queue = this.queue(job.name);
    void queue.process(concurrency, async (ticket) => {
      await handler(checkPayload(job, ticket.data), { signal: this.stopping.signal });
    });
    await queue.isReady();
  }

  async close({ drainMs }: { drainMs: number }): Promise<void> {
    this.stopping.abort();
    const closing = Promise.all([...this.queues.values()].map((queue) => queue.close()));
    await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, drainMs).unref())]);
  }

  private queue(name: string): Bull.Queue {
    let queue = this.queues.get(name);
    if (!queue) {
      queue = new Bull(name, this.redisUrl, {
        prefix: this.prefix,
        defaultJobOptions: {
          attempts: RETRY_LIMIT + 1,
          backoff: { type: 'exponential', delay: 1000 },
          removeOnComplete: true,
          removeOnFail: true,
        },
        // A worker that stalls is taken over; its ticket is idempotent, so running it twice is safe.
        settings: { maxStalledCount: 5 },
      });
      queue.on('error', (error) =>
        this.logger.warn({ queue: name, reason: messageOf(error) }, 'the job queue had a Redis error and goes on'),
      );
      this.queues.set(name, queue);
    }
    return queue;
  }
}

/** Bull's job id is taken until its job is done; a ticket asked for while its twin is being worked on must wait as another. */
async function freeJobId(queue: Bull.Queue, key: string): Promise<string> {
  const twin = await queue.getJob(key);
  return twin && (await twin.isActive()) ? `${key}:again` : key;
}
