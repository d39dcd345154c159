import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';

/** PostgreSQL refuses to run as root: the unprivileged account it runs as instead, or undefined when we are not root. */
export interface DatabaseUser {
  readonly uid: number;
  readonly gid: number;
}

const CANDIDATES = ['chapar', 'postgres', 'nobody'];

export function databaseUser(): DatabaseUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of CANDIDATES) {
    const uid = accountId('-u', name);
    const gid = accountId('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  return undefined;
}

function accountId(flag: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
  } catch {
    return undefined;
  }
}

/** Whether an unprivileged account can walk down to `target`: every folder above it grants it the x bit. */
export function isReachable(target: string, user: DatabaseUser): boolean {
  for (let folder = path.resolve(target); ; folder = path.dirname(folder)) {
    if (existsSync(folder)) {
      const { mode, uid, gid } = statSync(folder);
      const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return false;
    }
    if (folder === path.dirname(folder)) return true;
  }
}

/** A place that root owns and everyone can walk to, for clones that live under a private folder such as /root. */
export const SHARED_STATE_ROOT = '/var/lib/chapar';

/** Copies the PostgreSQL programs to a place the database account can reach, once per version. */
export function publishBinaries(root: string, version: string): string {
  const published = path.join(SHARED_STATE_ROOT, `postgresql-${version}`);
  if (existsSync(published)) return published;
  mkdirSync(SHARED_STATE_ROOT, { recursive: true, mode: 0o755 });
  const partial = `${published}.partial-${process.pid}`;
  cpSync(root, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, published);
  } catch (error) {
    // Another start published the same version in the meantime: its copy serves as well.
    if (!existsSync(published)) throw error;
  }
  return published;
}
