import { setTimeout as sleep } from 'node:timers/promises';

/** Rounds closer together than this do more asking than working. */
const AT_LEAST_MS = 5;

/** A wait that somebody may cut short. A ring while nobody waits cuts the next wait. */
export class Alarm {
  private hasRung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.hasRung = true;
    this.wake?.();
  }

  async wait(ms: number): Promise<void> {
    if (!this.hasRung && ms > AT_LEAST_MS) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = undefined;
    } else {
      await sleep(AT_LEAST_MS);
    }
    this.hasRung = false;
  }
}
