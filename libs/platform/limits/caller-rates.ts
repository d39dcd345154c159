/** Callers that are remembered; with more of them at once, all begin anew. */
const MAX_CALLERS = 50_000;

export interface RateTaken {
  readonly isAllowed: boolean;
  /** Whole turns that are left at once. */
  readonly remaining: number;
  /** Seconds until a second's worth is there again. */
  readonly fullInSeconds: number;
}

/** So many turns a second for each caller, with a second's worth at once (a token bucket for each). In this process alone. */
export class CallerRates {
  private readonly buckets = new Map<string, { tokens: number; at: number }>();

  constructor(
    readonly perSecond: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  take(caller: string): RateTaken {
    const now = this.nowMs();
    const bucket = this.bucketOf(caller, now);
    bucket.tokens = Math.min(this.perSecond, bucket.tokens + ((now - bucket.at) / 1000) * this.perSecond);
    bucket.at = now;
    const isAllowed = bucket.tokens >= 1;
    if (isAllowed) bucket.tokens--;
    return {
      isAllowed,
      remaining: Math.floor(bucket.tokens),
      fullInSeconds: Math.ceil((this.perSecond - bucket.tokens) / this.perSecond),
    };
  }

  private bucketOf(caller: string, now: number): { tokens: number; at: number } {
    const known = this.buckets.get(caller);
    if (known) return known;
    if (this.buckets.size >= MAX_CALLERS) this.buckets.clear();
    const bucket = { tokens: this.perSecond, at: now };
    this.buckets.set(caller, bucket);
    return bucket;
  }
}
