import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawn, spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmbeddedPostgres, isAlive, processMarker, separateClusters, waitForExit } from '#platform/database';
import { createRunFolder, removeRunFolder, sweepDeadRuns } from './run-folder.js';

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(path.join(os.tmpdir(), 'chapar-parent-'));
});

afterEach(async () => {
  for (const name of readdirSync(parent)) await removeRunFolder(path.join(parent, name));
  rmSync(parent, { recursive: true });
});

const clustersOf = (folder: string) => separateClusters().filter(({ dataDir }) => dataDir.startsWith(folder + path.sep));

describe('the folder of a test run', () => {
  it('goes with the PostgreSQL that still runs in it', async () => {
    const folder = createRunFolder(parent);
    const server = await EmbeddedPostgres.start({ dataDir: path.join(folder, 'data'), serverSettings: { fsync: 'off' } });
    expect(await removeRunFolder(folder)).toEqual(['data']);
    expect(isAlive(server.pid!)).toBe(false);
    expect(existsSync(folder)).toBe(false);
    expect(clustersOf(folder)).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)('names a cluster whose data directory was removed without it', async () => {
    const folder = createRunFolder(parent);
    mkdirSync(path.join(folder, 'data'), { mode: 0o700 });
    const server = await EmbeddedPostgres.start({ dataDir: path.join(folder, 'data'), serverSettings: { fsync: 'off' } });
    await server.stop();
    rmSync(path.join(folder, 'data'), { recursive: true });
    const [cluster] = clustersOf(folder);
    expect(await removeRunFolder(folder)).toEqual([cluster!.folder]);
    expect(existsSync(cluster!.folder)).toBe(false);
  });

  it('goes with the roles that hold a data directory in it, and with no process that merely has such an id', async () => {
    const folder = createRunFolder(parent);
    const [role, stranger] = [1, 2].map(() => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }));
    mkdirSync(path.join(folder, 'data'));
    writeFileSync(
      path.join(folder, 'data', 'chapar.pid'),
      JSON.stringify({
        pid: stranger!.pid,
        marker: 'another time',
        purpose: 'start',
        children: [{ name: 'api', pid: role!.pid, marker: processMarker(role!.pid!) }],
      }),
    );
    await removeRunFolder(folder);
    expect(await waitForExit(role!.pid!, 10_000)).toBe(true);
    expect(isAlive(stranger!.pid!)).toBe(true);
    stranger!.kill();
  });

  it('is swept by a later run when its own was killed, and left alone while it runs', async () => {
    const dead = createRunFolder(parent, spawnSync(process.execPath, ['-e', '']).pid);
    const alive = createRunFolder(parent);
    writeFileSync(path.join(dead, 'something'), '');
    await sweepDeadRuns(parent);
    expect(readdirSync(parent)).toEqual([path.basename(alive)]);
  });
});
