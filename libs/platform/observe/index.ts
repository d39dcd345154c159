import pino from 'pino';
import type { Config } from '#platform/config';

export type { Logger } from '#base/kernel';

/** Values under these names never reach a log. */
const REDACTED = ['authorization', 'cookie', 'password', 'secret', 'token', 'key', 'privateKey', 'url'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
]);

/** JSON lines on stdout, one object each, with the role in every line. */
export function createLogger(role: string, config: Pick<Config, 'logLevel'>): pino.Logger {
  return pino({
    level: config.logLevel,
    base: { role },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: REDACTED, censor: '[redacted]' },
    formatters: { level: (level) => ({ level }) },
  });
}
