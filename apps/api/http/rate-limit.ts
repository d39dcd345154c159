import type { FastifyReply } from 'fastify';
import { defineErrors } from '#base/kernel';
import { CallerRates } from '#platform/limits';

const rateError = defineErrors({
  api_rate_limited: {
    kind: 'limit',
    retry: 'later',
    meaning: 'The key or session asks more often than CHAPAR_API_RATE allows. Wait for the time that Retry-After names.',
  },
});

/** So many requests a second for each caller; what is left is told with every answer. */
export class RateLimiter {
  private readonly rates: CallerRates;

  constructor(perSecond: number) {
    this.rates = new CallerRates(perSecond);
  }

  /** @throws ChaparError `api_rate_limited` */
  take(caller: string, reply: FastifyReply): void {
    const { isAllowed, remaining, fullInSeconds } = this.rates.take(caller);
    void reply.header('ratelimit-limit', String(this.rates.perSecond));
    void reply.header('ratelimit-remaining', String(remaining));
    void reply.header('ratelimit-reset', String(fullInSeconds));
    if (isAllowed) return;
    void reply.header('retry-after', '1');
    throw rateError('api_rate_limited', `More than ${this.rates.perSecond} requests a second.`);
  }
}
