import { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { type Logger, messageOf } from '#base/kernel';
import { PgTokenLender, RedisTokenLender, SplitTokenLender, type TokenLender } from '#domain/shaping';
import type { Config } from '#platform/config';

/** Where processes meet over limits that they share: rates in Redis where it is there; volumes of days are never left to its memory. */
export function tokenLender({ redisUrl }: Config, dataSource: DataSource, logger: Logger): TokenLender {
  const days = new PgTokenLender(dataSource);
  if (redisUrl === undefined) return days;
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: 1, commandTimeout: 2_000 });
  let isAway = false;
  redis.on('error', (error) => {
    if (!isAway) logger.warn({ reason: messageOf(error) }, 'Redis is away: mail under shared rates waits for it');
    isAway = true;
  });
  redis.on('ready', () => void (isAway = false));
  return new SplitTokenLender(new RedisTokenLender(redis), days);
}
