import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { type ActorContext, systemActor, uuidv7 } from '#base/kernel';
import { accountsEntities } from '#domain/accounts';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { ImportService, ListService, audienceEntities } from '../index.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const ROWS = 12_000;
const CHUNK = 1_000;

let database: TestDatabase;
let source: DataSource;
let dataDir: string;
let context: ActorContext;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities: [...accountsEntities, ...audienceEntities] });
  dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-import-process-'));
  context = systemActor(uuidv7(), 'test');
  await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Test', 'test')`, [context.workspaceId]);
});

afterAll(async () => {
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A worker of its own with the compiled code (`npm test` builds first), printing a line per committed chunk. */
function startWorker(importId: string, options: { chunkRows?: number; heapMb?: number } = {}): ChildProcess {
  const program = `
    import { openDataSource } from '#platform/database';
    import { accountsEntities } from '#domain/accounts';
    import { ImportService, audienceEntities } from '#domain/audience';
    const source = await openDataSource({ url: process.argv[1], entities: [...accountsEntities, ...audienceEntities] });
    const imports = new ImportService(source, { dataDir: process.argv[2] });
    await imports.run(process.argv[3], { ...${JSON.stringify(options.chunkRows ? { chunkRows: options.chunkRows } : {})}, onProgress: () => console.log('chunk') });
    await source.destroy();`;
  const flags = options.heapMb ? [`--max-old-space-size=${options.heapMb}`] : [];
  return spawn(process.execPath, [...flags, '--input-type=module', '-e', program, database.url, dataDir, importId], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function killAfter(importId: string, chunks: number): Promise<void> {
  const child = startWorker(importId, { chunkRows: CHUNK });
  const exit = once(child, 'exit');
  let seen = 0;
  for await (const _line of createInterface({ input: child.stdout! })) if (++seen === chunks) child.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
}

it('counts nothing twice and loses nothing when its worker is killed again and again', async () => {
  const list = await new ListService(source).create(context, { name: 'Everyone' });
  // Every tenth address came before, every hundredth row is bad; one contact was there already and has left the list.
  const lines = Array.from({ length: ROWS }, (_, i) =>
    i % 100 === 7 ? `bad${i},x` : `p${i % 10 === 3 ? i - 1 : i}@example.org,"Person ${i}\nof many"`,
  );
  const imports = new ImportService(source, { dataDir });
  const { id } = await imports.create(context, {
    source: { stream: Readable.from([Buffer.from(`email,first_name\n${lines.join('\n')}\n`)]) },
    fileName: 'many.csv',
    listId: list.id,
  });
  // While reading, at the turn from reading to merging, and while merging.
  for (const chunks of [2, 5, 6, 3, 2]) await killAfter(id, chunks);
  expect(await imports.get(context, id)).toMatchObject({ status: 'running' });

  const done = await imports.run(id, { chunkRows: CHUNK });
  const [rejected, duplicate] = [ROWS / 100, ROWS / 10];
  expect(done).toMatchObject({
    status: 'finished',
    rowsRead: ROWS,
    rowsRejected: rejected,
    rowsDuplicate: duplicate,
    rowsCreated: ROWS - rejected - duplicate,
    rowsUpdated: 0,
    rowsUnchanged: 0,
    subscribed: ROWS - rejected - duplicate,
  });
  const [counts] = (await source.query(
    `SELECT (SELECT count(*) FROM contacts)::int AS contacts, (SELECT count(*) FROM list_memberships)::int AS members`,
  )) as object[];
  expect(counts).toEqual({ contacts: done.rowsCreated, members: done.subscribed });
  const refused = readFileSync((await imports.findErrorFile(context, id))!.path, 'utf8')
    .trimEnd()
    .split('\r\n')
    .slice(1);
  expect(refused.map((line) => Number(line.split(',')[0]))).toEqual(
    lines.flatMap((line, i) => (line.startsWith('bad') ? [lineOf(lines, i)] : [])),
  );
});

it('brings 200,000 rows in with a heap that could not hold them', { timeout: 240_000 }, async () => {
  const list = await new ListService(source).create(context, { name: 'Large' });
  const imports = new ImportService(source, { dataDir });
  const { id } = await imports.create(context, {
    source: { stream: Readable.from(largeFile(200_000)) },
    fileName: 'large.csv',
    listId: list.id,
  });
  const child = startWorker(id, { heapMb: 80 });
  child.stdout!.resume();
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await imports.get(context, id)).toMatchObject({
    status: 'finished',
    rowsRead: 200_000,
    rowsCreated: 199_000,
    rowsDuplicate: 1_000,
    subscribed: 199_000,
  });
});

/** From the middle on, every 100th row is of a person who came 100,000 rows before. */
function* largeFile(rows: number): Generator<Buffer> {
  yield Buffer.from('email,first_name,last_name,language,city,note\n');
  for (let i = 0; i < rows; i++) {
    const person = i >= rows / 2 && i % 100 === 0 ? i - rows / 2 : i;
    yield Buffer.from(
      `large${person}@example${person % 99}.org,Sara,Moradi,fa,Shiraz,"a note of some length, so that a row is not too small: ${i}"\n`,
    );
  }
}

/** The physical line of a row: each good row before it took two. */
function lineOf(lines: readonly string[], index: number): number {
  return 2 + lines.slice(0, index).reduce((sum, line) => sum + line.split('\n').length, 0);
}
