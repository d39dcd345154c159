// Imports contacts from CSV, new and known ones; against COPY of the same file into a bare table.
import { createReadStream, createWriteStream, mkdtempSync } from 'node:fs';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DataSource } from 'typeorm';
import { systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { ImportService, ListService, audienceEntities } from '#domain/audience';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { migrations } from '#migrations';
import { Report, option } from './support/report.js';

/**
 * How fast contacts come in from CSV, against the limit that the same machine sets in
 * the same run: COPY of the same file, unchecked, into one bare table. The database is one of its own and has its production settings.
 */
const rows = option('rows', 200_000);
const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-bench-import-'));

async function main(): Promise<void> {
  const file = path.join(dataDir, 'contacts.csv');
  await writeContacts(file);
  const server = await EmbeddedPostgres.start({ dataDir });
  const source = await openDataSource({ url: server.url, entities: [...accountsEntities, ...audienceEntities], migrations });
  try {
    await migrate(source);
    const limit = await measure(() => rawCopy(source, file));
    await source.query('CHECKPOINT');
    const peaks = watchMemory();
    const first = await measure(() => importFile(source, file, 'first'));
    const again = await measure(() => importFile(source, file, 'again'));
    const memory = peaks();
    const report = new Report('import', { rows, 'MB of memory at most': memory.rssMb, 'MB of heap at most': memory.heapMb });
    report.limit('COPY into a bare table, unchecked', rows / limit);
    report.figure('import, all contacts new', rows / first, 'rows/s', { limit: rows / limit });
    report.figure('the same file again', rows / again, 'rows/s', { limit: rows / limit });
    report.print();
  } finally {
    await source.destroy();
    await server.stop();
    removeDataDir(dataDir);
  }
}

async function importFile(source: DataSource, file: string, name: string): Promise<void> {
  const context = systemActor(await workspace(source), 'bench');
  const list =
    (await new ListService(source).findByName(context, 'Everyone')) ??
    (await new ListService(source).create(context, { name: 'Everyone' }));
  const imports = new ImportService(source, { dataDir });
  const { id } = await imports.create(context, { source: { path: file }, fileName: `${name}.csv`, listId: list.id });
  const done = await imports.run(id);
  const accounted = done.rowsCreated + done.rowsUpdated + done.rowsUnchanged + done.rowsDuplicate + done.rowsRejected;
  if (done.status !== 'finished' || done.rowsRead !== rows || accounted !== rows)
    throw new Error(`the import does not add up: ${JSON.stringify(done)}`);
}

async function workspace(source: DataSource): Promise<string> {
  const [row] = (await source.query(
    `INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Bench', 'bench') ON CONFLICT (slug) DO UPDATE SET name = excluded.name RETURNING id`,
    [uuidv7()],
  )) as { id: string }[];
  return row!.id;
}

async function rawCopy(source: DataSource, file: string): Promise<void> {
  await source.query(
    'CREATE TABLE raw_copy (email text, first_name text, last_name text, language text, city text, plan text, joined text)',
  );
  const runner = source.createQueryRunner();
  try {
    const client = (await runner.connect()) as ClientBase;
    await pipeline(
      createReadStream(file, { highWaterMark: 256 * 1024 }),
      client.query(copyFrom('COPY raw_copy FROM STDIN (FORMAT csv, HEADER)')),
    );
  } finally {
    await runner.release();
  }
  await source.query('DROP TABLE raw_copy');
}

/** Mostly plain rows; one in a hundred has a quoted cell with a line end, a Persian name or an address that came before. */
async function writeContacts(file: string): Promise<void> {
  const out = createWriteStream(file);
  out.write('email,first_name,last_name,language,city,plan,joined\n');
  for (let i = 0; i < rows; i++) {
    const person = i % 100 === 99 ? i - 50 : i;
    // Multiplying scatters the keys, as the addresses of real people are.
    const local = ((person * 2_654_435_761) % 4_294_967_296).toString(36);
    const last = i % 100 === 50 ? '"Moradi\n""the younger"""' : `"Ahmadi, ${i % 77}"`;
    const line = `${local}.${person}@example${person % 500}.org,${i % 3 ? 'Sara' : 'سارا'},${last},fa,شهر ${i % 30},gold,2026-01-${String(1 + (i % 28)).padStart(2, '0')}\n`;
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
}

async function measure(work: () => Promise<void>): Promise<number> {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
}

function watchMemory(): () => { rssMb: number; heapMb: number } {
  let [rss, heap] = [0, 0];
  const timer = setInterval(() => {
    const usage = process.memoryUsage();
    rss = Math.max(rss, usage.rss);
    heap = Math.max(heap, usage.heapUsed);
  }, 50);
  return () => {
    clearInterval(timer);
    return { rssMb: Math.round(rss / 1024 / 1024), heapMb: Math.round(heap / 1024 / 1024) };
  };
}

await main();
