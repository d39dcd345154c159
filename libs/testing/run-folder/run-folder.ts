import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type LockHolder, commandLine, isAlive, processMarker, removeDataDir, separateClusters, waitForExit } from '#platform/database';

const EXIT_TIMEOUT_MS = 10_000;
/** The host belongs to the name: containers may share the folder, and a process id of one says nothing in another. */
const PREFIX = `chapar-run-${os.hostname()}-`;

/** Where one test run keeps all its temporary files: `os.tmpdir()` of the run and of every process it starts. */
export function createRunFolder(parent: string, owner: number = process.pid): string {
  const folder = mkdtempSync(path.join(parent, `${PREFIX}${owner}-`));
  // Tests that act as another account walk through it.
  chmodSync(folder, 0o755);
  return folder;
}

/** Ends what still runs on the data directories in the folder and removes everything. @returns what was there, by name */
export async function removeRunFolder(folder: string): Promise<string[]> {
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await removeTestDataDir(path.join(folder, entry.name));
  const left = entries.map(({ name }) => name).sort();
  // A data directory that was removed without its cluster.
  for (const cluster of clustersWithin(folder)) {
    await endPostmaster(path.join(cluster, 'postgres'));
    rmSync(cluster, { recursive: true, force: true });
    left.push(cluster);
  }
  rmSync(folder, { recursive: true, force: true });
  return left;
}

/** Removes what runs that were killed left behind. */
export async function sweepDeadRuns(parent: string): Promise<void> {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const owner = Number.parseInt(name.slice(PREFIX.length), 10);
    const folder = path.join(parent, name);
    if (!(owner > 0) || isAlive(owner) || statSync(folder, { throwIfNoEntry: false })?.uid !== process.getuid?.()) continue;
    await removeRunFolder(folder);
  }
}

/** Ends the product and the PostgreSQL that run on a data directory, if they do, and removes it with its cluster. */
export async function removeTestDataDir(dataDir: string): Promise<void> {
  for (const pid of processesOf(dataDir)) await end(pid, 'SIGKILL');
  await endPostmaster(path.join(dataDir, 'postgres'));
  removeDataDir(dataDir);
}

/** The supervisor first, so that it brings nothing back. */
function processesOf(dataDir: string): number[] {
  try {
    const holder = JSON.parse(readFileSync(path.join(dataDir, 'chapar.pid'), 'utf8')) as LockHolder;
    return [holder, ...holder.children]
      .filter(({ pid, marker }) => pid !== process.pid && marker !== '' && processMarker(pid) === marker)
      .map(({ pid }) => pid);
  } catch {
    return [];
  }
}

async function endPostmaster(cluster: string): Promise<void> {
  const lock = path.join(cluster, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  if (pid > 0 && commandLine(pid).includes(realpathSync(cluster))) await end(pid, 'SIGQUIT');
}

async function end(pid: number, signal: NodeJS.Signals): Promise<void> {
  try {
    process.kill(pid, signal);
  } catch {
    return; // It ended by itself.
  }
  await waitForExit(pid, EXIT_TIMEOUT_MS);
}

function clustersWithin(folder: string): string[] {
  return separateClusters()
    .filter(({ dataDir }) => dataDir.startsWith(folder + path.sep))
    .map((cluster) => cluster.folder);
}
