import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { databaseError } from '../database.errors.js';
import { type DatabaseUser, SHARED_STATE_ROOT, isReachable, publishBinaries } from './database-user.js';
import { type PostgresBinaries, binariesIn, locateBinaries } from './postgres-binaries.js';

const SEPARATE_ROOT = path.join(SHARED_STATE_ROOT, 'clusters');
/** Lies beside a separate cluster and names the data directory it was made for: the link leads only the other way. */
const DATA_DIR_NOTE = 'data-dir';

export interface ClusterPlace {
  readonly binaries: PostgresBinaries;
  readonly clusterDir: string;
}

/** Which PostgreSQL programs to run on which folder: `postgres` in the data directory, or where root's database account can reach it. */
export function choosePlace(
  dataDir: string,
  user: DatabaseUser | undefined,
  notify: (message: string) => void = () => undefined,
): ClusterPlace {
  let binaries = locateBinaries();
  const inDataDir = path.join(dataDir, 'postgres');
  if (!user) return { binaries, clusterDir: inDataDir };
  if (!isReachable(binaries.root, user)) {
    const version = createHash('sha256').update(readFileSync(binaries.postgres)).digest('hex').slice(0, 12);
    binaries = binariesIn(publishBinaries(binaries.root, version));
  }
  if (isSymlink(inDataDir)) return { binaries, clusterDir: linkedCluster(inDataDir) };
  if (isReachable(inDataDir, user)) return { binaries, clusterDir: inDataDir };
  return { binaries, clusterDir: moveOut(inDataDir, notify) };
}

/** Removes a data directory whole, with the cluster that lies elsewhere behind a symlink when root made it. No server may run on it. */
export function removeDataDir(dataDir: string): void {
  const cluster = path.join(dataDir, 'postgres');
  // Only what moveOut() made; a link that somebody set to a disk of theirs is left alone.
  const target = isSymlink(cluster) ? linkTarget(cluster) : '';
  if (target.startsWith(SEPARATE_ROOT + path.sep)) rmSync(path.dirname(target), { recursive: true, force: true });
  rmSync(dataDir, { recursive: true, force: true });
}

export interface SeparateCluster {
  readonly folder: string;
  /** The data directory that it was made for; it may be gone by now. */
  readonly dataDir: string;
}

/** Every cluster on this machine that lies apart from its data directory. */
export function separateClusters(): SeparateCluster[] {
  if (!existsSync(SEPARATE_ROOT)) return [];
  return readdirSync(SEPARATE_ROOT).flatMap((name) => {
    const folder = path.join(SEPARATE_ROOT, name);
    const note = path.join(folder, DATA_DIR_NOTE);
    return existsSync(note) ? [{ folder, dataDir: readFileSync(note, 'utf8').trim() }] : [];
  });
}

/** Root started us under a private folder: the cluster lives where the database account can reach it, behind a symlink. */
function moveOut(link: string, notify: (message: string) => void): string {
  const name = createHash('sha256')
    .update(`${link}\0${os.hostname()}\0${randomBytes(8).toString('hex')}`)
    .digest('hex')
    .slice(0, 16);
  const folder = path.join(SEPARATE_ROOT, name);
  const target = path.join(folder, 'postgres');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const each of [SHARED_STATE_ROOT, SEPARATE_ROOT, folder]) chmodSync(each, 0o755);
  writeFileSync(path.join(folder, DATA_DIR_NOTE), `${path.resolve(path.dirname(link))}\n`);
  if (existsSync(link) && readdirSync(link).length > 0) renameSync(link, target);
  else rmSync(link, { recursive: true, force: true });
  symlinkSync(target, link);
  notify(
    `PostgreSQL may not run as root and its account cannot reach ${path.dirname(link)}; the database lives in ${target}, linked from ${link}`,
  );
  return target;
}

/** A first start that was cut short leaves a link to a cluster that is not made yet; a link to nowhere is a lost database. */
function linkedCluster(link: string): string {
  const target = linkTarget(link);
  if (existsSync(path.dirname(target))) return target;
  throw databaseError('embedded_database_missing', `${link} leads to ${target}, which is gone.`, {
    suggestion: `Put the database back there, or restore a backup. To begin anew with an empty one, remove the link ${link}.`,
  });
}

/** Where a link leads, whether there is anything or not. */
function linkTarget(link: string): string {
  return path.resolve(path.dirname(link), readlinkSync(link));
}

function isSymlink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
