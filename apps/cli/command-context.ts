import type { DataSource } from 'typeorm';
import { type ActorContext, defineErrors } from '#base/kernel';
import { accountsEntities, defaultWorkspace } from '#domain/accounts';
import { audienceEntities } from '#domain/audience';
import { campaignsEntities } from '#domain/campaigns';
import { deliverabilityEntities } from '#domain/deliverability';
import { mailstoreEntities } from '#domain/mailstore';
import { sendingEntities } from '#domain/sending';
import { templatesEntities } from '#domain/templates';
import { trackingEntities } from '#domain/tracking';
import { migrations } from '#migrations';
import { type Config, processConfig } from '#platform/config';
import {
  DataDirLock,
  EmbeddedPostgres,
  findLockHolder,
  isSchemaCurrent,
  migrate,
  openDataSource,
  runningServerUrl,
} from '#platform/database';
import { type SecretBox, openSecrets } from '#platform/secrets';

const commandError = defineErrors({
  schema_behind: {
    kind: 'unavailable',
    retry: 'after-fix',
    meaning: 'The database was not yet migrated to this version. Run `npx chapar migrate`, or start the product, which does it.',
  },
});

const START_WAIT_MS = 60_000;

export interface CommandContext {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly dataSource: DataSource;
  readonly secrets: SecretBox;
  /** The workspace that commands act in. @throws when the product was never started */
  workspace(): Promise<ActorContext>;
}

const entities = [
  ...accountsEntities,
  ...audienceEntities,
  ...campaignsEntities,
  ...deliverabilityEntities,
  ...mailstoreEntities,
  ...sendingEntities,
  ...templatesEntities,
  ...trackingEntities,
];

/**
 * Runs a command on the database of the installation: the one that DATABASE_URL names, else that of the running
 * product, else the embedded one, started for as long as the command takes.
 */
export async function withDatabase<T>(purpose: string, work: (context: CommandContext) => Promise<T>): Promise<T> {
  const config = processConfig();
  const open = async (url: string, prepare: (source: DataSource) => Promise<unknown>) => {
    const dataSource = await openDataSource({ url, entities, migrations, poolSize: 4, applicationName: 'chapar-cli' });
    try {
      await prepare(dataSource);
      return await work({
        config,
        databaseUrl: url,
        dataSource,
        secrets: openSecrets(config.dataDir, config.secretKey),
        workspace: () => defaultWorkspace(dataSource),
      });
    } finally {
      await dataSource.destroy();
    }
  };
  const url = config.databaseUrl ?? (await findRunning(config.dataDir));
  if (url !== undefined) return open(url, requireCurrentSchema);
  const lock = await DataDirLock.acquire(config.dataDir, purpose, (message) => process.stderr.write(`${message}\n`));
  try {
    const server = await EmbeddedPostgres.start({ dataDir: config.dataDir });
    return await open(server.url, migrate).finally(() => server.stop());
  } finally {
    lock.release();
  }
}

/** The database of the running product; while that is still coming up, waits for it. */
async function findRunning(dataDir: string): Promise<string | undefined> {
  const deadline = Date.now() + START_WAIT_MS;
  while (findLockHolder(dataDir)?.purpose === 'start') {
    const url = runningServerUrl(dataDir);
    if (url !== undefined) return url;
    if (Date.now() > deadline) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return undefined;
}

async function requireCurrentSchema(dataSource: DataSource): Promise<void> {
  if (!(await isSchemaCurrent(dataSource)))
    throw commandError('schema_behind', 'The database was not yet migrated to this version of Chapar.', {
      suggestion: 'Run `npx chapar migrate`, or start the product, which does it.',
    });
}
