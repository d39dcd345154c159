import { MailClass } from '#base/contracts';

/** Waiting times before the 2nd, 3rd, … attempt; the last one repeats. */
export interface RetrySchedule {
  readonly delaysMs: readonly number[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Somebody waits for a code or a receipt, so those are tried again soon; a newsletter greylisted now wants 5 minutes. */
export const retrySchedules: Readonly<Record<MailClass, RetrySchedule>> = {
  [MailClass.oneTimeCode]: { delaysMs: [15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE] },
  [MailClass.transactional]: { delaysMs: [30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE, HOUR] },
  [MailClass.bulk]: { delaysMs: [5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 1.5 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR] },
};

const JITTER = 0.2;

/** Chooses when a deferred delivery is tried again. `timeScale` shortens all waits, for a simulated world that lives faster. */
export class RetryPolicy {
  constructor(
    private readonly schedules: Readonly<Record<MailClass, RetrySchedule>> = retrySchedules,
    private readonly timeScale = 1,
    private readonly random: () => number = Math.random,
  ) {}

  /** @param attempt the attempt that was just deferred, from 1; @returns undefined when the delivery would have expired by then */
  nextDue(mailClass: MailClass, attempt: number, now: Date, expiresAt: Date): Date | undefined {
    const { delaysMs } = this.schedules[mailClass];
    const delayMs = delaysMs[Math.min(attempt, delaysMs.length) - 1] ?? 0;
    const jitter = 1 + JITTER * (2 * this.random() - 1);
    const due = new Date(now.getTime() + (delayMs * jitter) / this.timeScale);
    return due < expiresAt ? due : undefined;
  }
}
