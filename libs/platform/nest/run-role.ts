import type { DataSource, EntityTarget, ObjectLiteral } from 'typeorm';
import { type Logger, messageOf } from '#base/kernel';
import { type Config, processConfig } from '#platform/config';
import { openDataSource } from '#platform/database';
import { createLogger } from '#platform/observe';
import { type SecretBox, openSecrets } from '#platform/secrets';

/** What every role of the product starts with. */
export interface RoleContext {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly dataSource: DataSource;
  readonly logger: Logger;
  readonly secrets: SecretBox;
}

export interface RunningRole {
  /** What the supervisor tells the user: where it listens, or what it waits for. */
  readonly summary: string;
  /** Stops taking new work, finishes what is in hand, and returns. */
  close(): Promise<void>;
}

export interface RoleOptions {
  readonly name: string;
  readonly entities?: readonly EntityTarget<ObjectLiteral>[];
  readonly poolSize?: number;
  readonly start: (context: RoleContext) => Promise<RunningRole>;
}

/** A drain may take this long: a final dot can be slow. The supervisor waits a little longer. */
const DRAIN_MS = 35_000;
/** npm, the launcher and the terminal may each deliver the same Ctrl-C. */
const SAME_SIGNAL_MS = 1_000;

/**
 * The whole life of a role's process: configuration, database, start, one "ready" word to the supervisor, and a drain
 * on SIGTERM, on SIGINT and when the supervisor is gone. A second signal ends it at once.
 */
export async function runRole(options: RoleOptions): Promise<void> {
  const config = readConfig();
  const logger = createLogger(options.name, config);
  process.on('uncaughtException', (error) => fail(logger, error));
  process.on('unhandledRejection', (error) => fail(logger, error));
  const orphaned = () => process.exit(0);
  // A supervisor that dies while we come up leaves nothing to drain.
  if (process.connected === false) orphaned();
  process.once('disconnect', orphaned);
  try {
    const databaseUrl = config.databaseUrl;
    if (databaseUrl === undefined) throw new Error('a role needs DATABASE_URL; `chapar start` sets it');
    const dataSource = await openDataSource({
      url: databaseUrl,
      entities: options.entities ?? [],
      poolSize: options.poolSize ?? 8,
      applicationName: `chapar-${options.name}`,
    });
    const role = await options.start({ config, databaseUrl, dataSource, logger, secrets: openSecrets(config.dataDir, config.secretKey) });
    process.off('disconnect', orphaned);
    drainOnSignal(logger, async () => {
      await role.close();
      await dataSource.destroy();
    });
    logger.info({}, role.summary);
    process.send?.({ type: 'ready', role: options.name, summary: role.summary });
  } catch (error) {
    fail(logger, error);
  }
}

/** The supervisor has checked the configuration; a role that is started by hand says what is wrong in plain words. */
function readConfig(): Config {
  try {
    return processConfig();
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(1);
  }
}

function drainOnSignal(logger: Logger, drain: () => Promise<void>): void {
  let askedAt: number | undefined;
  const stop = (why: string) => {
    if (askedAt !== undefined) {
      if (Date.now() - askedAt > SAME_SIGNAL_MS && why !== 'disconnect') process.exit(1);
      return;
    }
    askedAt = Date.now();
    logger.info({ why }, 'draining');
    const overdue = setTimeout(() => {
      logger.error({}, 'the drain took too long; ending');
      process.exit(1);
    }, DRAIN_MS);
    overdue.unref();
    drain().then(
      () => process.exit(0),
      (error: unknown) => fail(logger, error),
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('disconnect', () => stop('disconnect'));
}

function fail(logger: Logger, error: unknown): never {
  logger.error(
    { err: error instanceof Error ? { message: error.message, stack: error.stack } : messageOf(error) },
    'the process ends on an error',
  );
  process.exit(1);
}
