import path from 'node:path';
import pg from 'pg';
import { systemClock } from '#base/kernel';
import { BackupStore, type CreatedBackup, type RecoveryKey, createBackup, recoveryKey } from '#platform/backup';
import { openBlobStore } from '#platform/blobs';
import type { Config } from '#platform/config';
import { DataDirLock } from '#platform/database';
import { withDatabase } from '../command-context.js';

export interface BackupOutcome extends CreatedBackup {
  readonly folder: string;
  readonly key: RecoveryKey;
  readonly forgotten: readonly string[];
}

export const backupFolder = (config: Config, chosen: string | undefined): string =>
  path.resolve(chosen ?? config.backupDir ?? path.join(config.dataDir, 'backups'));

/** Backs up the installation, which may run meanwhile. @param keep so many backups stay; undefined: all */
export function backUp(
  version: string,
  options: { to?: string | undefined; keep?: number | undefined; onProgress?: (what: string) => void },
): Promise<BackupOutcome> {
  return withDatabase('backup', async ({ config, databaseUrl, secrets }) => {
    const folder = backupFolder(config, options.to);
    const store = new BackupStore(folder);
    const key = await recoveryKey(config.dataDir, config.backupRecipient);
    // Two backups into one folder could clear away each other's objects.
    const lock = await DataDirLock.acquire(folder, 'backup', () => undefined);
    const client = new pg.Client({ connectionString: databaseUrl, application_name: 'chapar-backup' });
    try {
      await client.connect();
      const created = await createBackup({
        client,
        store,
        recipient: key.recipient,
        nameKey: secrets.deriveKey('backup-names'),
        blobs: openBlobStore(config.blobUrl, config.dataDir),
        dataDir: config.dataDir,
        version,
        clock: systemClock,
        ...(options.onProgress && { onProgress: options.onProgress }),
      });
      return { ...created, folder, key, forgotten: options.keep === undefined ? [] : await store.prune(options.keep) };
    } finally {
      await client.end();
      lock.release();
    }
  });
}
