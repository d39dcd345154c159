import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { migrations } from '#migrations';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
  }
}

/** One real PostgreSQL for the integration tests, with a migrated template database that each test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-test-'));
  const server = await EmbeddedPostgres.start({ dataDir, serverSettings: { fsync: 'off', max_connections: '200' } });
  const remove = async () => {
    await server.stop();
    removeDataDir(dataDir);
  };
  try {
    const source = await openDataSource({ url: server.url, migrations });
    await migrate(source).finally(() => source.destroy());
  } catch (error) {
    await remove();
    throw error;
  }
  project.provide('postgresUrl', server.url);
  return remove;
}
