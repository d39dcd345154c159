import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { extract } from 'tar-stream';
import { backupError } from './backup.errors.js';
import { type BackupStore, objectsOf } from './backup-store.js';
import type { BackupManifest, BackupObject, BackupSummary } from './manifest.js';
import { through } from './through.js';
import { checksumOf, copyInto, fixTextForms, listTables, quoteName } from './table-dump.js';

/** One backup, opened with its recovery key. */
export interface OpenBackup {
  readonly name: string;
  readonly store: BackupStore;
  readonly summary: BackupSummary;
  readonly manifest: BackupManifest;
  readonly identity: string;
}

/** @throws ChaparError `backup_not_found`, `backup_key_wrong`, `backup_damaged` */
export async function openBackup(store: BackupStore, name: string, identity: string): Promise<OpenBackup> {
  const summary = await store.summary(name);
  const manifest = JSON.parse((await buffer(await contentOf(store, summary.manifest, identity))).toString('utf8')) as BackupManifest;
  return { name, store, summary, manifest, identity };
}

/** Whether every object is there, byte for byte. Needs no key. @throws ChaparError `backup_damaged` */
export async function verifyBackup(store: BackupStore, name: string): Promise<{ objects: number; bytes: number }> {
  const objects = objectsOf(await store.summary(name));
  for (const object of objects) await store.check(object);
  return { objects: objects.length, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** The migrations of the backup, when this version knows them all. @throws ChaparError `backup_newer` */
export function requireKnownMigrations({ manifest }: OpenBackup, known: readonly string[]): readonly string[] {
  const unknown = manifest.migrations.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw backupError('backup_newer', `The backup has the migration ${unknown}, which this version does not know.`);
  return manifest.migrations;
}

export interface RestoredTables {
  readonly tables: number;
  readonly rows: number;
}

/**
 * Fills a database that has exactly the migrations of the backup and no rows of its own. All or nothing: rows and checksums
 * of every table are compared with the backup's before anything is committed.
 * @throws ChaparError `backup_damaged`, `backup_key_wrong`
 */
export async function restoreDatabase({ store, summary, manifest, identity }: OpenBackup, client: Client): Promise<RestoredTables> {
  const objects = new Map(summary.tables.map((object) => [object.name, object]));
  await fixTextForms(client);
  await client.query('BEGIN');
  try {
    await dropTriggersAside(client);
    await addPartitions(client, manifest);
    const present = await listTables(client);
    await client.query(`TRUNCATE ${present.map(({ name }) => quoteName(name)).join(', ')} CASCADE`);
    for (const table of manifest.tables) {
      if (table.object === null) continue;
      const object = objects.get(table.object);
      if (!object) throw backupError('backup_damaged', `The backup does not hold the table ${table.name}.`);
      await pipeline(await contentOf(store, object, identity), client.query(copyFrom(copyInto(table.name, table.columns))));
      const found = await checksumOf(client, table.name, table.columns);
      if (found.rows !== table.rows || found.checksum !== table.checksum)
        throw backupError(
          'backup_damaged',
          `The table ${table.name} is not what was backed up: ${found.rows} rows instead of ${table.rows}, or other values.`,
        );
    }
    for (const { name, lastValue, isCalled } of manifest.sequences)
      await client.query('SELECT setval($1::regclass, $2, $3)', [quoteName(name), lastValue, isCalled]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
  await client.query('ANALYZE');
  return { tables: manifest.tables.length, rows: manifest.tables.reduce((sum, { rows }) => sum + Number(rows), 0) };
}

export interface BlobTarget {
  put(workspaceId: string, content: Uint8Array): Promise<{ readonly ref: string }>;
}

/** Brings back every blob, and compares what it is with what it is called. @returns how many @throws ChaparError `backup_damaged` */
export async function restoreBlobs({ store, summary, manifest, identity }: OpenBackup, target: BlobTarget): Promise<number> {
  const wanted = new Set(manifest.blobs);
  for (const pack of summary.packs)
    for await (const { name, content } of entriesOf(await contentOf(store, pack, identity))) {
      if (!wanted.delete(name)) continue;
      const { ref } = await target.put(name.split('/')[0]!, content);
      if (ref !== name) throw backupError('backup_damaged', `The blob ${name} is not what was backed up.`);
    }
  const [missing] = wanted;
  if (missing !== undefined) throw backupError('backup_damaged', `The backup lacks the blob ${missing}.`);
  return manifest.blobs.length;
}

/** Keys, certificates and waiting imports, into an empty data directory. */
export async function restoreFiles({ store, summary, identity }: OpenBackup, dataDir: string): Promise<number> {
  let files = 0;
  for await (const { name, content } of entriesOf(await contentOf(store, summary.files, identity))) {
    const file = path.resolve(dataDir, name);
    if (!file.startsWith(path.resolve(dataDir) + path.sep))
      throw backupError('backup_damaged', `The backup holds a file outside of the data directory: ${name}`);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, content, { mode: 0o600, flush: true });
    files++;
  }
  return files;
}

/** Where the role may, nothing reacts to what is loaded; elsewhere the order of tables and empty endpoints see to it. */
async function dropTriggersAside(client: Client): Promise<void> {
  await client.query('SAVEPOINT replica');
  await client.query(`SET LOCAL session_replication_role = 'replica'`).catch(() => client.query('ROLLBACK TO SAVEPOINT replica'));
}

/** Partitions of other months than those that migrations have just made. */
async function addPartitions(client: Client, { tables }: BackupManifest): Promise<void> {
  for (const { name, partition } of tables) {
    if (!partition) continue;
    const { rows } = await client.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [quoteName(name)]);
    if (!rows[0]!.exists)
      await client.query(`CREATE TABLE ${quoteName(name)} PARTITION OF ${quoteName(partition.parent)} ${partition.bound}`);
  }
}

async function contentOf(store: BackupStore, object: BackupObject, identity: string): Promise<Readable> {
  return through(await store.read(object, identity), createZstdDecompress());
}

async function* entriesOf(tar: Readable): AsyncGenerator<{ name: string; content: Buffer }> {
  const entries = extract();
  tar.on('error', (error) => entries.destroy(error));
  tar.pipe(entries);
  for await (const entry of entries) yield { name: entry.header.name, content: await buffer(entry) };
}
