import type { FastifyReply } from 'fastify';
import { defineErrors } from '#base/kernel';

const rateError = defineErrors({
  api_rate_limited: {
    kind: 'limit',
    retry: 'later',
    meaning: 'The key or session asks more often than CHAPAR_API_RATE allows. Wait for the time that Retry-After names.',
  },
});

const MAX_CALLERS = 50_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** So many requests a second for each caller, with a second's worth at once; what is left is told with every answer. */
export class RateLimiter {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws ChaparError `api_rate_limited` */
  take(caller: string, reply: FastifyReply): void {
    const now = this.now();
    const bucket = this.bucketOf(caller, now);
    bucket.tokens = Math.min(this.perSecond, bucket.tokens + ((now - bucket.at) / 1000) * this.perSecond);
    bucket.at = now;
    const isOver = bucket.tokens < 1;
    if (!isOver) bucket.tokens--;
    void reply.header('ratelimit-limit', String(this.perSecond));
    void reply.header('ratelimit-remaining', String(Math.floor(bucket.tokens)));
    void reply.header('ratelimit-reset', String(Math.ceil((this.perSecond - bucket.tokens) / this.perSecond)));
    if (!isOver) return;
    void reply.header('retry-after', '1');
    throw rateError('api_rate_limited', `More than ${this.perSecond} requests a second.`);
  }

  private bucketOf(caller: string, now: number): Bucket {
    const known = this.buckets.get(caller);
    if (known) return known;
    if (this.buckets.size >= MAX_CALLERS) this.buckets.clear();
    const bucket = { tokens: this.perSecond, at: now };
    this.buckets.set(caller, bucket);
    return bucket;
  }
}
