import type { DataSource } from 'typeorm';
import { databaseError } from './database.errors.js';

const MIGRATION_LOCK = 4_276_107;

/**
 * Brings the schema to this version and makes sure the next months have their partitions.
 * Safe to run from several processes at once: an advisory lock lets one work while the others wait.
 * @returns the names of the migrations that ran
 * @throws ChaparError `schema_ahead` when the database knows a migration that this version does not.
 */
export async function migrate(source: DataSource): Promise<string[]> {
  const runner = source.createQueryRunner();
  await runner.connect();
  try {
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await refuseNewerSchema(source);
    const executed = await source.runMigrations({ transaction: 'each' });
    await runner.query(`SELECT chapar_ensure_partitions(parent, 2) FROM (VALUES ('deliveries'), ('attempts'), ('events')) AS p (parent)`);
    return executed.map((migration) => migration.name);
  } finally {
    await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await runner.release();
  }
}

async function refuseNewerSchema(source: DataSource): Promise<void> {
  const [{ exists }] = (await source.query(`SELECT to_regclass('chapar_migrations') IS NOT NULL AS exists`)) as [{ exists: boolean }];
  if (!exists) return;
  const applied = (await source.query('SELECT name FROM chapar_migrations ORDER BY id')) as { name: string }[];
  const known = new Set(source.migrations.map((migration) => migration.name ?? migration.constructor.name));
  const unknown = applied.find(({ name }) => !known.has(name));
  if (unknown) {
    throw databaseError(
      'schema_ahead',
      `The database already has the migration ${unknown.name}, which this version of Chapar does not know. Run the newer version, or restore a backup made before it.`,
    );
  }
}

/** Whether every migration that this version knows has run. */
export async function isSchemaCurrent(source: DataSource): Promise<boolean> {
  const [{ exists }] = (await source.query(`SELECT to_regclass('chapar_migrations') IS NOT NULL AS exists`)) as [{ exists: boolean }];
  return exists && !(await source.showMigrations());
}
