import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { hashFile, readAgeFile, writeAgeFile } from './age-file.js';
import { backupError } from './backup.errors.js';
import type { BackupObject, BackupSummary } from './manifest.js';

const SUMMARY = /^(\d{8}T\d{6}Z)\.json$/;

/**
 * A folder of backups: `<time>.json` for each, and `objects/`, which they share. What has not changed since an earlier
 * backup (old partitions, most blobs) is an object that exists already.
 */
export class BackupStore {
  constructor(readonly folder: string) {}

  fileOf(name: string): string {
    return path.join(this.folder, 'objects', name.slice(0, 2), `${name}.age`);
  }

  async write(name: string, content: Readable, recipient: string): Promise<BackupObject> {
    return { name, ...(await writeAgeFile(this.fileOf(name), content, recipient)) };
  }

  read(object: BackupObject, identity: string): Promise<Readable> {
    return readAgeFile(this.fileOf(object.name), identity);
  }

  /** @throws ChaparError `backup_damaged` when it is missing or not what was written */
  async check({ name, sha256 }: BackupObject): Promise<void> {
    const found = await hashFile(this.fileOf(name));
    if (found !== sha256)
      throw backupError('backup_damaged', `The object ${name} is ${found === undefined ? 'missing' : 'not what was written'}.`);
  }

  /** The newest last. */
  async list(): Promise<{ name: string; summary: BackupSummary }[]> {
    const names = await readdir(this.folder).catch(() => []);
    const stamps = names.flatMap((name) => SUMMARY.exec(name)?.[1] ?? []).sort();
    return Promise.all(stamps.map(async (name) => ({ name, summary: await this.summary(name) })));
  }

  /** @throws ChaparError `backup_not_found` */
  async summary(name: string): Promise<BackupSummary> {
    try {
      return JSON.parse(await readFile(path.join(this.folder, `${path.basename(name)}.json`), 'utf8')) as BackupSummary;
    } catch (cause) {
      throw backupError('backup_not_found', `There is no backup ${name} in ${this.folder}.`, { cause });
    }
  }

  /** Only now the backup exists. */
  async finish(name: string, summary: BackupSummary): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await writeFile(path.join(this.folder, `${name}.json`), JSON.stringify(summary), { mode: 0o600, flush: true });
  }

  /** Forgets all but the newest, and every object that none of those needs. @returns the names of the forgotten backups */
  async prune(keep: number): Promise<string[]> {
    const all = await this.list();
    const kept = all.slice(-Math.max(1, keep));
    const forgotten = all.slice(0, all.length - kept.length).map(({ name }) => name);
    for (const name of forgotten) await rm(path.join(this.folder, `${name}.json`));
    const needed = new Set(kept.flatMap(({ summary }) => objectsOf(summary).map(({ name }) => name)));
    const objects = path.join(this.folder, 'objects');
    for (const file of await readdir(objects, { recursive: true }).catch(() => []))
      if (file.endsWith('.age') && !needed.has(path.basename(file, '.age'))) await rm(path.join(objects, file));
    return forgotten;
  }
}

export function objectsOf({ manifest, files, tables, packs }: BackupSummary): BackupObject[] {
  return [manifest, files, ...tables, ...packs];
}
