import type { DataSource } from 'typeorm';
import { type Logger, messageOf } from '#base/kernel';

export type PeriodicTask = (signal: AbortSignal) => Promise<void>;

/** Advisory locks are numbers; this keeps ours apart from everybody else's. */
const LOCK_CLASS = 4_276_110;

/**
 * Work that comes round: sweepers, clocks, housekeeping. However many machines run it, a task is at work on one of them
 * at a time, fenced by an advisory lock; the others skip that round. A round that fails is logged and comes again.
 */
export class PeriodicWork {
  private readonly stopping = new AbortController();
  private readonly loops: Promise<void>[] = [];

  constructor(
    private readonly dataSource: DataSource,
    private readonly logger: Logger,
  ) {}

  /** Runs `task` now and then again `intervalMs` after each time it ended. */
  every(name: string, intervalMs: number, task: PeriodicTask): void {
    this.loops.push(this.loop(name, intervalMs, task));
  }

  /** Waits for the rounds in hand. */
  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.loops);
  }

  private async loop(name: string, intervalMs: number, task: PeriodicTask): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.runAlone(name, task).catch((error: unknown) =>
        this.logger.warn({ task: name, reason: messageOf(error) }, 'a periodic task failed and comes again'),
      );
      await pause(intervalMs, signal);
    }
  }

  private async runAlone(name: string, task: PeriodicTask): Promise<void> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const key = [LOCK_CLASS, name];
      const [{ taken }] = (await runner.query('SELECT pg_try_advisory_lock($1, hashtext($2)) AS taken', key)) as [{ taken: boolean }];
      if (!taken) return;
      await task(this.stopping.signal).finally(() => runner.query('SELECT pg_advisory_unlock($1, hashtext($2))', key));
    } finally {
      await runner.release();
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
