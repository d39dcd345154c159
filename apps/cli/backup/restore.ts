import { existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { QueueAdmin, sendingEntities } from '#domain/sending';
import { accountsEntities } from '#domain/accounts';
import { deliverabilityEntities } from '#domain/deliverability';
import { templatesEntities } from '#domain/templates';
import { migrations } from '#migrations';
import { type OpenBackup, backupError, requireKnownMigrations, restoreBlobs, restoreDatabase, restoreFiles } from '#platform/backup';
import { openBlobStore } from '#platform/blobs';
import type { Config } from '#platform/config';
import { DataDirLock, EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';

export interface RestoreReport {
  readonly backup: string;
  readonly createdAt: string;
  readonly tables: number;
  readonly rows: number;
  readonly blobs: number;
  readonly files: number;
  readonly seconds: number;
}

/**
 * Restores a backup into an empty data directory, and the database that the configuration names or a new embedded one. What
 * waits to be sent is held: what left after the backup was made would otherwise leave again.
 * @throws ChaparError `backup_target_not_empty`, `backup_newer`, `backup_damaged`, `backup_key_wrong`
 */
export async function restoreBackup(backup: OpenBackup, config: Config): Promise<RestoreReport> {
  requireEmpty(config.dataDir);
  mkdirSync(config.dataDir, { recursive: true });
  const lock = await DataDirLock.acquire(config.dataDir, 'restore', (message) => process.stderr.write(`${message}\n`));
  try {
    return await restoreInto(backup, config);
  } finally {
    lock.release();
  }
}

/** Restores into a folder and a database that are thrown away: whether it would work, tried and not assumed. */
export async function drill(backup: OpenBackup, config: Config): Promise<RestoreReport> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-drill-'));
  try {
    return await restoreInto(backup, { ...config, dataDir, databaseUrl: undefined, blobUrl: 'file:' });
  } finally {
    removeDataDir(dataDir);
  }
}

async function restoreInto(backup: OpenBackup, config: Config): Promise<RestoreReport> {
  const startedAt = Date.now();
  const applied = new Set(
    requireKnownMigrations(
      backup,
      migrations.map(({ name }) => name),
    ),
  );
  const files = await restoreFiles(backup, config.dataDir);
  const server = config.databaseUrl === undefined ? await EmbeddedPostgres.start({ dataDir: config.dataDir }) : undefined;
  try {
    const url = config.databaseUrl ?? server!.url;
    await requireEmptyDatabase(url);
    // The schema as it was, then its rows, then what this version adds to it.
    await migrateTo(
      url,
      migrations.filter(({ name }) => applied.has(name)),
    );
    const restored = await withClient(url, (client) => restoreDatabase(backup, client));
    await migrateTo(url, migrations);
    const blobs = await restoreBlobs(backup, openBlobStore(config.blobUrl, config.dataDir));
    await holdQueue(url, backup);
    const { createdAt } = backup.summary;
    return { backup: backup.name, createdAt, ...restored, blobs, files, seconds: Math.round((Date.now() - startedAt) / 100) / 10 };
  } finally {
    await server?.stop();
  }
}

function requireEmpty(dataDir: string): void {
  const found = existsSync(dataDir) ? readdirSync(dataDir).filter((name) => name !== 'backups' && name !== 'logs') : [];
  if (found.length > 0)
    throw backupError('backup_target_not_empty', `${dataDir} is not empty: it holds ${found.slice(0, 5).join(', ')}.`, {
      suggestion: 'Name another data directory with CHAPAR_DATA_DIR, or move this one away.',
    });
}

async function requireEmptyDatabase(url: string): Promise<void> {
  const exists = await withClient(url, async (client) => {
    const { rows } = await client.query<{ exists: boolean }>(`SELECT to_regclass('chapar_migrations') IS NOT NULL AS exists`);
    return rows[0]!.exists;
  });
  if (exists)
    throw backupError('backup_target_not_empty', 'The database has tables of Chapar already. Name an empty one with DATABASE_URL.');
}

async function migrateTo(url: string, some: typeof migrations): Promise<void> {
  const source = await openDataSource({ url, migrations: some, poolSize: 2, applicationName: 'chapar-restore' });
  await migrate(source).finally(() => source.destroy());
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'chapar-restore' });
  await client.connect();
  return work(client).finally(() => client.end());
}

async function holdQueue(url: string, { summary }: OpenBackup): Promise<void> {
  const entities = [...accountsEntities, ...deliverabilityEntities, ...templatesEntities, ...sendingEntities];
  const source = await openDataSource({ url, entities, poolSize: 2, applicationName: 'chapar-restore' });
  try {
    const reason = `restored from the backup of ${summary.createdAt}: what left after it would leave again; look, then resume`;
    await new QueueAdmin(source).suspend({ workspaceId: null, by: 'chapar backup restore' }, { everything: true }, { reason });
  } finally {
    await source.destroy();
  }
}
