import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { uuidv7 } from '#base/kernel';
import { FileBlobStore } from '#platform/blobs';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import {
  BackupStore,
  createBackup,
  openBackup,
  requireKnownMigrations,
  restoreBlobs,
  restoreDatabase,
  restoreFiles,
  verifyBackup,
} from './index.js';

const clock = { at: new Date('2026-03-01T10:00:00Z'), now: () => clock.at };
const nameKey = Buffer.alloc(32, 5);
let database: TestDatabase;
let client: pg.Client;
let folder: string;
let dataDir: string;
let blobs: FileBlobStore;
let store: BackupStore;
let identity: string;
let recipient: string;
const workspace = uuidv7();

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, $2, 'shop')`, [workspace, 'فروشگاه "چاپار"\n\\N\t']);
  await client.query(
    `INSERT INTO contacts (workspace_id, email, email_key, attributes) SELECT $1, n || '@example.org', n || '@example.org', jsonb_build_object('n', n)
     FROM generate_series(1, 5000) AS n`,
    [workspace],
  );
  await client.query(`INSERT INTO deliveries (workspace_id, contact_id, email) SELECT workspace_id, id, email FROM contacts`);
  // A month that no migration of today makes.
  await client.query(`CREATE TABLE deliveries_200001 PARTITION OF deliveries FOR VALUES FROM (0) TO (1000)`);
  await client.query(`INSERT INTO deliveries (id, workspace_id, email) VALUES (7, $1, 'old@example.org')`, [workspace]);
  await client.query(
    `INSERT INTO attempts (workspace_id, delivery_id, number, outcome, reply) SELECT workspace_id, id, 1, 1, '250 ok' FROM deliveries`,
  );
  identity = await generateHybridIdentity();
  recipient = await identityToRecipient(identity);
});

afterAll(async () => {
  await client.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  if (folder) rmSync(folder, { recursive: true, force: true });
  folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-backup-spec-'));
  dataDir = path.join(folder, 'data');
  blobs = new FileBlobStore(path.join(dataDir, 'blobs'));
  store = new BackupStore(path.join(folder, 'backups'));
  await mkdir(path.join(dataDir, 'secrets'), { recursive: true });
  await writeFile(path.join(dataDir, 'secrets', 'master-key'), 'the master key');
  await writeFile(path.join(dataDir, 'secrets', 'postgres-password'), 'of this database only');
  await writeFile(path.join(dataDir, 'secrets', 'backup-identity'), identity);
  for (let i = 0; i < 20; i++) await blobs.put(workspace, Buffer.from(`message ${i} ${'x'.repeat(i * 1000)}`));
});

async function create(more: object = {}) {
  clock.at = new Date(clock.at.getTime() + 60_000);
  return createBackup({ client, store, recipient, nameKey, blobs, dataDir, version: '1.2.3', clock, ...more });
}

async function restored<T>(work: (target: pg.Client) => Promise<T>): Promise<T> {
  const empty = await createTestDatabase();
  const target = new pg.Client({ connectionString: empty.url });
  await target.connect();
  try {
    return await work(target);
  } finally {
    await target.end();
    await empty.drop();
  }
}

const rowsOf = async (which: pg.Client, table: string) => (await which.query(`SELECT t::text FROM ${table} t ORDER BY 1`)).rows;
const objectFiles = () =>
  readdirSync(path.join(folder, 'backups', 'objects'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.age'))
    .map((name) => path.join(folder, 'backups', 'objects', name));

describe('a backup', () => {
  it('brings back every row, blob and key, and what comes next does not collide', async () => {
    const { name } = await create();
    const backup = await openBackup(store, name, identity);
    await restored(async (target) => {
      await restoreDatabase(backup, target);
      for (const table of ['workspaces', 'contacts', 'deliveries', 'attempts', 'egress_sources'])
        expect(await rowsOf(target, table)).toEqual(await rowsOf(client, table));
      const { rows } = await target.query(
        `INSERT INTO contacts (workspace_id, email, email_key) VALUES ($1, 'new@x', 'new@x') RETURNING id`,
        [workspace],
      );
      expect(rows[0].id).toBe('5001');
    });
    const target = new FileBlobStore(path.join(folder, 'restored', 'blobs'));
    expect(await restoreBlobs(backup, target)).toBe(20);
    for await (const ref of blobs.list()) expect(await target.get(ref)).toEqual(await blobs.get(ref));
    await restoreFiles(backup, path.join(folder, 'restored'));
    expect(readdirSync(path.join(folder, 'restored', 'secrets'))).toEqual(['master-key']);
    expect(readFileSync(path.join(folder, 'restored', 'secrets', 'master-key'), 'utf8')).toBe('the master key');
  });

  it('is one instant, whatever is written meanwhile', async () => {
    let isWritten = false;
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    const { name } = await create({
      onProgress: () => {
        if (isWritten) return;
        isWritten = true;
        void other.query(`INSERT INTO lists (id, workspace_id, name, name_key) VALUES ($1, $2, 'later', 'later')`, [uuidv7(), workspace]);
      },
    });
    await other.end();
    const { manifest } = await openBackup(store, name, identity);
    expect(manifest.tables.find((table) => table.name === 'lists')!.rows).toBe('0');
    expect((await client.query('DELETE FROM lists')).rowCount).toBe(1);
  });

  it('adds only what is new to those before it', async () => {
    const first = await create();
    expect(first.bytesShared).toBe(0);
    const { ref } = await blobs.put(workspace, Buffer.from('a new message'));
    await client.query(`UPDATE workspaces SET name = 'renamed'`);
    const before = objectFiles().length;
    const second = await create();
    // The table that changed, one pack with the new blob, the files and the manifest.
    expect(objectFiles().length - before).toBe(4);
    expect(second.bytesWritten).toBeLessThan(first.bytesWritten / 2);
    const backup = await openBackup(store, second.name, identity);
    expect(backup.manifest.blobs).toContain(ref);
    expect(await restoreBlobs(backup, new FileBlobStore(path.join(folder, 'restored')))).toBe(21);
  });

  it('forgets what no kept backup needs, and nothing else', async () => {
    const first = await create();
    await client.query(`UPDATE workspaces SET name = 'renamed again'`);
    const second = await create();
    expect(await store.prune(1)).toEqual([first.name]);
    await verifyBackup(store, second.name);
    await expect(verifyBackup(store, first.name)).rejects.toMatchObject({ code: 'backup_not_found' });
    expect((await store.list()).map(({ name }) => name)).toEqual([second.name]);
    const { objects } = await verifyBackup(store, second.name);
    expect(objectFiles()).toHaveLength(objects);
  });

  it('shows nothing without its key, and only it opens it', async () => {
    await client.query(`UPDATE workspaces SET name = 'a very secret name'`);
    const { name } = await create();
    const everything = [...objectFiles(), path.join(folder, 'backups', `${name}.json`)].map((file) => readFileSync(file, 'latin1')).join();
    for (const text of ['a very secret name', 'the master key', 'contacts', workspace]) expect(everything).not.toContain(text);
    for (const file of objectFiles()) expect(statSync(file).mode & 0o077).toBe(0);
    for (const other of [await generateHybridIdentity(), await generateX25519Identity()])
      await expect(openBackup(store, name, other)).rejects.toMatchObject({ code: 'backup_key_wrong' });
  });

  it('that was damaged is refused, and leaves the database as it was', async () => {
    const { name } = await create();
    const backup = await openBackup(store, name, identity);
    const contacts = backup.manifest.tables.find((table) => table.name === 'contacts')!;
    const file = store.fileOf(contacts.object!);
    const bytes = readFileSync(file);
    bytes[bytes.length - 40]! ^= 1;
    writeFileSync(file, bytes);
    await expect(verifyBackup(store, name)).rejects.toMatchObject({
      code: 'backup_damaged',
      message: expect.stringContaining(contacts.object!),
    });
    await restored(async (target) => {
      await expect(restoreDatabase(backup, target)).rejects.toThrow();
      expect((await target.query('SELECT count(*)::int AS n FROM workspaces')).rows).toEqual([{ n: 0 }]);
    });
    rmSync(file);
    await expect(verifyBackup(store, name)).rejects.toMatchObject({ code: 'backup_damaged', message: expect.stringContaining('missing') });
  });

  it('of a newer version is not touched', async () => {
    const { name } = await create();
    const backup = await openBackup(store, name, identity);
    const known = backup.manifest.migrations;
    expect(requireKnownMigrations(backup, [...known, 'Later1'])).toEqual(known);
    expect(() => requireKnownMigrations(backup, known.slice(0, -1))).toThrow(expect.objectContaining({ code: 'backup_newer' }) as Error);
  });

  it('that is not there is said', async () => {
    await expect(store.summary('20200101T000000Z')).rejects.toMatchObject({ code: 'backup_not_found' });
    await expect(store.summary('../../etc/passwd')).rejects.toMatchObject({ code: 'backup_not_found' });
    expect(await store.list()).toEqual([]);
  });
});
