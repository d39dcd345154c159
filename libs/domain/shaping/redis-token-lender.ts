import type { Redis } from 'ioredis';
import { HORIZON_MS, SLACK_MS, type TokenLender, type TokenLoan, type TokenRequest } from './token-lender.js';

/**
 * The same arithmetic for rates as in PostgreSQL, in microseconds. Time is Redis' own. A limit is a string: up to when its line
 * of time is lent.
 *
 * ARGV[1] microseconds in place of the clock, or an empty string; then for each key: amount, want, unused.
 */
const LEND = `
  local now
  if ARGV[1] ~= '' then now = tonumber(ARGV[1]) else local t = redis.call('TIME'); now = t[1] * 1000000 + t[2] end
  local out = {}
  for i, key in ipairs(KEYS) do
    local a = 2 + (i - 1) * 3
    local each, want, unused = 1000000 / tonumber(ARGV[a]), tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2])
    local free = math.max(now - ${SLACK_MS}000, tonumber(redis.call('GET', key) or '0') - unused * each)
    local tokens = math.max(0, math.min(want, math.ceil((now + ${HORIZON_MS}000 - free) / each)))
    redis.call('SET', key, string.format('%.0f', free + tokens * each), 'PX', math.ceil(math.max(0, free + tokens * each - now) / 1000) + 60000)
    out[i] = { tokens, string.format('%.0f', tokens == 0 and free - ${HORIZON_MS}000 - now or free - now) }
  end
  return out`;

type LendCommand = (...args: (string | number)[]) => Promise<[number, string][]>;

/** Rates in Redis, for several machines: one call of a script for all of them. Volumes of days are not for a store that forgets. */
export class RedisTokenLender implements TokenLender {
  /**
   * @param redis a connection of its own; ended with this
   * @param prefix its braces put all limits into one slot of a cluster, as a script needs them
   * @param now in place of Redis' clock
   */
  constructor(
    private readonly redis: Redis,
    private readonly prefix = 'chapar:{limit}:',
    private readonly now: () => Date | null = () => null,
  ) {
    this.redis.defineCommand('chaparLend', { lua: LEND });
  }

  async lend(requests: readonly TokenRequest[]): Promise<TokenLoan[]> {
    const now = this.now();
    const { chaparLend } = this.redis as unknown as { chaparLend: LendCommand };
    const rows = await chaparLend.call(
      this.redis,
      requests.length,
      ...requests.map(({ key }) => this.prefix + key),
      now === null ? '' : String(now.getTime() * 1000),
      ...requests.flatMap(({ amount, want, unused }) => [amount, want, unused]),
    );
    return rows.map(([tokens, inUs], n) => ({
      key: requests[n]!.key,
      tokens,
      inMs: Number(inUs) / 1000,
      day: '',
      left: Number.POSITIVE_INFINITY,
    }));
  }

  async close(): Promise<void> {
    this.redis.disconnect();
  }
}

/** Rates by one, volumes of days by another. */
export class SplitTokenLender implements TokenLender {
  constructor(
    private readonly rates: TokenLender,
    private readonly days: TokenLender,
  ) {}

  async lend(requests: readonly TokenRequest[]): Promise<TokenLoan[]> {
    const { rate = [], daily = [] } = Object.groupBy(requests, ({ kind }) => kind);
    const loans = await Promise.all([rate.length > 0 ? this.rates.lend(rate) : [], daily.length > 0 ? this.days.lend(daily) : []]);
    return loans.flat();
  }

  async close(): Promise<void> {
    await Promise.all([this.rates.close(), this.days.close()]);
  }
}
