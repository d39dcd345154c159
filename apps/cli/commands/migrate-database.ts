import { migrations } from '#migrations';
import { processConfig } from '#platform/config';
import { DataDirLock, EmbeddedPostgres, findLockHolder, migrate, openDataSource, runningServerUrl } from '#platform/database';

/** Migrates the installation's database, starting the embedded one for it if it does not run. @returns names of what ran */
export async function migrateDatabase(): Promise<string[]> {
  const config = processConfig();
  const running = config.databaseUrl ?? (findLockHolder(config.dataDir) ? runningServerUrl(config.dataDir) : undefined);
  if (running !== undefined) return migrateAt(running);
  const lock = await DataDirLock.acquire(config.dataDir, 'migrate', (message) => process.stderr.write(`${message}\n`));
  try {
    const server = await EmbeddedPostgres.start({ dataDir: config.dataDir });
    return await migrateAt(server.url).finally(() => server.stop());
  } finally {
    lock.release();
  }
}

async function migrateAt(url: string): Promise<string[]> {
  const source = await openDataSource({ url, migrations, poolSize: 2, applicationName: 'chapar-migrate' });
  return migrate(source).finally(() => source.destroy());
}
