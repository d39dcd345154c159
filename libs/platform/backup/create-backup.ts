import { createHmac } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { createZstdCompress } from 'node:zlib';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { pack } from 'tar-stream';
import { type Clock, uuidv7 } from '#base/kernel';
import type { BackupStore } from './backup-store.js';
import type { BackupManifest, BackupObject, BackupSummary, TableFacts } from './manifest.js';
import { through } from './through.js';
import { checksumOf, copyOutOf, fixTextForms, listTables, readSequences } from './table-dump.js';

export interface BackupBlobs {
  list(): AsyncIterable<string>;
  get(ref: string): Promise<Buffer>;
}

export interface CreateBackupOptions {
  /** Of its own, connected; the backup is one snapshot of what it sees. */
  readonly client: Client;
  readonly store: BackupStore;
  /** age recipient: whose recovery key will open it. */
  readonly recipient: string;
  /** Names objects: the same content has the same name, and nobody else can tell which. */
  readonly nameKey: Uint8Array;
  readonly blobs: BackupBlobs;
  /** Files of it are kept too: keys, certificates, imports that wait. */
  readonly dataDir: string;
  readonly version: string;
  readonly clock: Clock;
  readonly onProgress?: (what: string) => void;
}

export interface CreatedBackup {
  readonly name: string;
  readonly rows: number;
  readonly blobs: number;
  /** Written now; the rest was there from earlier backups. */
  readonly bytesWritten: number;
  readonly bytesShared: number;
}

const PACK_BYTES = 64 * 1024 * 1024;
/** The database's password is another one where it is restored; the recovery key must lie elsewhere. */
const LEFT_OUT = new Set(['secrets/postgres-password', 'secrets/backup-identity']);

/**
 * Writes a backup while the product runs: the database as of one instant, then all blobs, which are never changed. It exists
 * once its summary does; what a broken-off run leaves is cleared away by the next `prune`.
 */
export async function createBackup(options: CreateBackupOptions): Promise<CreatedBackup> {
  const { store, clock } = options;
  const createdAt = clock.now();
  const run = new BackupRun(options, await store.list().then((all) => all.map(({ summary }) => summary)));
  const database = await run.dumpDatabase();
  const { packs, refs } = await run.packBlobs();
  const files = await run.write(uuidv7(), filesOf(options.dataDir));
  const manifest: BackupManifest = { ...database.manifest, blobs: refs };
  const summary: BackupSummary = {
    format: 1,
    createdAt: createdAt.toISOString(),
    chapar: options.version,
    recipient: options.recipient,
    manifest: await run.write(uuidv7(), Readable.from([JSON.stringify(manifest)])),
    files,
    tables: database.objects,
    packs,
  };
  const name = createdAt.toISOString().replace(/[-:]|\.\d+/g, '');
  await store.finish(name, summary);
  const rows = manifest.tables.reduce((sum, table) => sum + Number(table.rows), 0);
  return { name, rows, blobs: refs.length, bytesWritten: run.bytesWritten, bytesShared: run.bytesShared };
}

class BackupRun {
  bytesWritten = 0;
  bytesShared = 0;
  private readonly knownTables: ReadonlyMap<string, BackupObject>;

  constructor(
    private readonly options: CreateBackupOptions,
    private readonly earlier: readonly BackupSummary[],
  ) {
    // Another recovery key opens nothing of this one's backups, so nothing can be shared with them.
    this.earlier = earlier.filter(({ recipient }) => recipient === options.recipient);
    this.knownTables = new Map(this.earlier.flatMap(({ tables }) => tables.map((object) => [object.name, object] as const)));
  }

  async write(name: string, content: Readable): Promise<BackupObject> {
    const compressed = through(content, createZstdCompress());
    const object = await this.options.store.write(name, compressed, this.options.recipient);
    this.bytesWritten += object.bytes;
    return object;
  }

  async dumpDatabase(): Promise<{ manifest: Omit<BackupManifest, 'blobs'>; objects: BackupObject[] }> {
    const { client } = this.options;
    await fixTextForms(client);
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    try {
      const { rows: migrations } = await client.query<{ name: string }>('SELECT name FROM chapar_migrations ORDER BY id');
      const tables: BackupManifest['tables'][number][] = [];
      const objects: BackupObject[] = [];
      for (const table of await listTables(client)) {
        this.options.onProgress?.(table.name);
        const facts = await checksumOf(client, table.name, table.columns);
        const object = facts.rows === '0' ? undefined : await this.dumpTable({ ...table, ...facts });
        tables.push({ ...table, ...facts, object: object?.name ?? null });
        if (object) objects.push(object);
      }
      // Read last: a sequence is of no transaction, and may be ahead of the rows but never behind.
      const sequences = await readSequences(client);
      return { manifest: { tables, sequences, migrations: migrations.map(({ name }) => name) }, objects };
    } finally {
      await client.query('ROLLBACK');
    }
  }

  private async dumpTable({ name, columns, rows, checksum }: TableFacts): Promise<BackupObject> {
    const objectName = this.keyed(JSON.stringify([name, columns, rows, checksum]));
    const known = this.share(this.knownTables.get(objectName));
    return known ?? this.write(objectName, this.options.client.query(copyTo(copyOutOf(name, columns))));
  }

  async packBlobs(): Promise<{ packs: BackupSummary['packs'][number][]; refs: string[] }> {
    const refs: string[] = [];
    const packedBefore = new Map(
      this.earlier.flatMap(({ packs }) => packs.flatMap((one) => one.blobs.map((blob) => [blob, one] as const))),
    );
    const packs = new Set<BackupSummary['packs'][number]>();
    let fresh: { ref: string; content: Buffer }[] = [];
    let size = 0;
    const flush = async () => {
      if (fresh.length === 0) return;
      const object = await this.write(uuidv7(), tarOf(fresh.map(({ ref, content }) => ({ name: ref, content }))));
      packs.add({ ...object, blobs: fresh.map(({ ref }) => this.keyed(ref)) });
      fresh = [];
      size = 0;
    };
    for await (const ref of this.options.blobs.list()) {
      refs.push(ref);
      const before = packedBefore.get(this.keyed(ref));
      if (before) {
        if (!packs.has(before)) this.share(before);
        packs.add(before);
        continue;
      }
      // What was deleted since it was listed is not missed: no row of the snapshot needs it, or it would still be there.
      const content = await this.options.blobs.get(ref).catch(() => undefined);
      if (content === undefined) {
        refs.pop();
        continue;
      }
      fresh.push({ ref, content });
      size += content.length;
      if (size >= PACK_BYTES) await flush();
    }
    await flush();
    return { packs: [...packs], refs };
  }

  private share<T extends BackupObject>(object: T | undefined): T | undefined {
    if (object) this.bytesShared += object.bytes;
    return object;
  }

  private keyed(text: string): string {
    return createHmac('sha256', this.options.nameKey).update(text).digest('hex').slice(0, 40);
  }
}

function tarOf(entries: Iterable<{ name: string; content: Buffer }>): Readable {
  const tar = pack();
  for (const { name, content } of entries) tar.entry({ name }, content);
  tar.finalize();
  return Readable.from(tar as AsyncIterable<Buffer>);
}

function filesOf(dataDir: string): Readable {
  const tar = pack();
  const add = async () => {
    for (const folder of ['secrets', 'imports']) {
      const names = await readdir(path.join(dataDir, folder), { recursive: true, withFileTypes: true }).catch(() => []);
      for (const entry of names.filter((one) => one.isFile())) {
        const file = path.join(entry.parentPath, entry.name);
        const name = path.relative(dataDir, file);
        if (!LEFT_OUT.has(name)) tar.entry({ name }, await readFile(file));
      }
    }
    tar.finalize();
  };
  add().catch((error: unknown) => tar.destroy(error as Error));
  return Readable.from(tar as AsyncIterable<Buffer>);
}
