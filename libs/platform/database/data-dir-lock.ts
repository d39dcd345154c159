import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { messageOf } from '#base/kernel';
import { databaseError } from './database.errors.js';
import { isAlive, processMarker, waitForExit } from './embedded/running-process.js';

/** A process, told from a later one that got the same id by when it started. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly marker: string;
}

export interface LockHolder extends ProcessIdentity {
  /** What holds it: `start` for the running product, or the name of a command. */
  readonly purpose: string;
  /** The processes it started, which may outlive it for as long as their drain takes. */
  readonly children: readonly (ProcessIdentity & { readonly name: string })[];
}

/** Roles whose supervisor was killed drain on their own; after this they are ended. */
const LEFTOVER_TIMEOUT_MS = 45_000;
const RACE_ATTEMPTS = 20;

/** One instance per data directory: the file `chapar.pid` names the process that holds it. */
export class DataDirLock {
  private readonly self = identify(process.pid);
  private children: LockHolder['children'] = [];

  private constructor(
    private readonly file: string,
    private readonly purpose: string,
  ) {}

  /**
   * Takes the lock. One that its holder left behind is taken over, once the processes of that holder have ended.
   * @throws ChaparError `data_directory_in_use` naming the holder, `data_directory_unusable`
   */
  static async acquire(dataDir: string, purpose: string, notify: (message: string) => void = () => undefined): Promise<DataDirLock> {
    const lock = new DataDirLock(lockFile(dataDir), purpose);
    const previous = lock.take(dataDir);
    if (previous) await outlive(previous, notify);
    return lock;
  }

  /** Notes the processes started so far, so that the next start can wait for them if this one is killed. */
  setChildren(children: readonly { readonly name: string; readonly pid: number }[]): void {
    this.children = children.map(({ name, pid }) => ({ name, ...identify(pid) }));
    const partial = `${this.file}.${process.pid}`;
    writeFileSync(partial, this.text());
    renameSync(partial, this.file);
  }

  release(): void {
    const holder = readHolder(this.file);
    if (holder?.pid === this.self.pid && holder.marker === this.self.marker) rmSync(this.file, { force: true });
  }

  /** @returns the dead holder whose lock was taken over, if there was one */
  private take(dataDir: string): LockHolder | undefined {
    let stale: LockHolder | undefined;
    for (let attempt = 0; attempt < RACE_ATTEMPTS; attempt++) {
      if (this.tryCreate(dataDir)) return stale;
      const holder = readHolder(this.file);
      if (holder && isSame(holder)) throw inUse(dataDir, holder);
      if (this.removeStale(holder)) stale = holder ?? stale;
    }
    throw databaseError('data_directory_in_use', `The data directory ${dataDir} is being taken by several starts at once.`, {
      suggestion: 'Start one of them again.',
    });
  }

  /** link() never replaces a file: of starts that race, one wins. */
  private tryCreate(dataDir: string): boolean {
    const partial = `${this.file}.${process.pid}`;
    try {
      mkdirSync(dataDir, { recursive: true });
      writeFileSync(partial, this.text());
      linkSync(partial, this.file);
      return true;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw databaseError('data_directory_unusable', `The data directory ${dataDir} cannot be written: ${messageOf(cause)}`, {
        cause,
        suggestion: 'Give this user write permission on it, or set CHAPAR_DATA_DIR to a folder that it owns.',
      });
    } finally {
      rmSync(partial, { force: true });
    }
  }

  /** Moves the file aside before judging it gone: another start may have put a live one there in the meantime. */
  private removeStale(expected: LockHolder | undefined): boolean {
    const aside = `${this.file}.stale-${process.pid}`;
    try {
      renameSync(this.file, aside);
      const moved = readHolder(aside);
      const isExpected = moved?.pid === expected?.pid && moved?.marker === expected?.marker;
      if (!isExpected) linkSync(aside, this.file);
      rmSync(aside, { force: true });
      return isExpected;
    } catch {
      rmSync(aside, { force: true });
      return false;
    }
  }

  private text(): string {
    return JSON.stringify({ ...this.self, purpose: this.purpose, children: this.children } satisfies LockHolder);
  }
}

/** The live process that holds a data directory, if one does. */
export function findLockHolder(dataDir: string): LockHolder | undefined {
  const holder = readHolder(lockFile(dataDir));
  return holder && isSame(holder) ? holder : undefined;
}

async function outlive(previous: LockHolder, notify: (message: string) => void): Promise<void> {
  notify(`The last run (process ${previous.pid}) was cut short; taking its data directory over.`);
  const alive = previous.children.filter(isSame);
  if (alive.length === 0) return;
  notify(`Waiting for what it left running to finish: ${alive.map(({ name, pid }) => `${name} (process ${pid})`).join(', ')}.`);
  await Promise.all(
    alive.map(async (child) => {
      if (await waitForExit(child.pid, LEFTOVER_TIMEOUT_MS)) return;
      notify(
        `${child.name} (process ${child.pid}) did not finish in ${LEFTOVER_TIMEOUT_MS / 1000} seconds and is ended; what it had in hand is in its journal.`,
      );
      if (isSame(child)) process.kill(child.pid, 'SIGKILL');
      await waitForExit(child.pid, 5000);
    }),
  );
}

function inUse(dataDir: string, holder: LockHolder): Error {
  const who = holder.purpose === 'start' ? 'Chapar is already running' : `\`chapar ${holder.purpose}\` is at work`;
  return databaseError('data_directory_in_use', `${who} on ${dataDir} (process ${holder.pid}).`, {
    suggestion: `Stop it first (Ctrl-C in its terminal, or \`kill ${holder.pid}\`), or set CHAPAR_DATA_DIR to another folder.`,
  });
}

function lockFile(dataDir: string): string {
  return path.join(dataDir, 'chapar.pid');
}

function readHolder(file: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as LockHolder;
    return Number.isInteger(holder.pid) ? { ...holder, children: holder.children ?? [] } : undefined;
  } catch {
    return undefined;
  }
}

function identify(pid: number): ProcessIdentity {
  return { pid, marker: processMarker(pid) };
}

function isSame({ pid, marker }: ProcessIdentity): boolean {
  return isAlive(pid) && processMarker(pid) === marker;
}
