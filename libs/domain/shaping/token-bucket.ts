/**
 * A rate limit by the generic cell rate algorithm: within any `t` seconds at most `rate × t + burst` are let through.
 * Time is an argument, in milliseconds of any monotonic clock.
 */
export class TokenBucket {
  /** When the bucket will be full again, ms. */
  private fullAt = Number.NEGATIVE_INFINITY;

  /** @param perSecond Infinity lets everything through */
  constructor(
    private perSecond: number,
    private readonly burst = 1,
  ) {}

  get rate(): number {
    return this.perSecond;
  }

  /** What was let through before counts by the old rate. */
  setRate(perSecond: number): void {
    this.perSecond = perSecond;
  }

  /** Takes one token. @returns how long to wait for it, ms; the wait is the caller's promise */
  take(nowMs: number): number {
    if (this.perSecond === Number.POSITIVE_INFINITY) return 0;
    const intervalMs = 1000 / this.perSecond;
    const start = Math.max(this.fullAt, nowMs);
    this.fullAt = start + intervalMs;
    return Math.max(0, start - (this.burst - 1) * intervalMs - nowMs);
  }

  /** The token that was just taken was not used. */
  untake(): void {
    this.fullAt -= 1000 / this.perSecond;
  }
}
