import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { print, table } from '../output.js';

interface FolderOption {
  readonly folder?: string;
  readonly json?: boolean;
}
interface KeyOption extends FolderOption {
  readonly identityFile?: string;
}

/** Backups of database, stored mail and keys: encrypted, each adding only what is new. */
export function registerBackupCommands(program: Command): void {
  const backup = program.command('backup').description('copies of everything, encrypted, from which an empty machine becomes this one');
  registerCreate(backup);
  registerInspection(backup);
  registerRestore(backup);
}

function registerCreate(backup: Command): void {
  backup
    .command('create')
    .description('write a backup; the product may run meanwhile')
    .option('--folder <folder>', 'where to (CHAPAR_BACKUP_DIR)')
    .option('--keep <count>', 'then forget all but the newest', parseCount)
    .option('--json', 'print JSON')
    .action(async (options: FolderOption & { keep?: number }, command: Command) => {
      const { backUp } = await import('../backup/create.js');
      const onProgress = process.stderr.isTTY && !options.json ? (what: string) => process.stderr.write(`\r\u001b[K${what}`) : undefined;
      const version = command.parent!.parent!.version()!;
      const done = await backUp(version, { to: options.folder, keep: options.keep, ...(onProgress && { onProgress }) });
      if (onProgress) process.stderr.write('\r\u001b[K');
      const { key, ...facts } = done;
      print({ ...facts, recipient: key.recipient }, options, () =>
        [
          `Backup ${done.name} in ${done.folder}: ${done.rows} rows, ${done.blobs} stored messages and files,`,
          `${megabytes(done.bytesWritten)} written, ${megabytes(done.bytesShared)} shared with earlier backups.`,
          ...(done.forgotten.length > 0 ? [`Forgotten: ${done.forgotten.join(', ')}.`] : []),
          ...(key.isNew ? ['', `Its recovery key is new, in ${key.file}. Keep a copy elsewhere: without it no backup can be opened.`] : []),
        ].join('\n'),
      );
    });
}

function registerInspection(backup: Command): void {
  backup
    .command('list')
    .description('the backups in a folder, the newest last')
    .option('--folder <folder>', 'which (CHAPAR_BACKUP_DIR)')
    .option('--json', 'print JSON')
    .action(async (options: FolderOption) => {
      const { store } = await openStore(options);
      const backups = (await store.list()).map(({ name, summary }) => {
        const objects = [summary.manifest, summary.files, ...summary.tables, ...summary.packs];
        return { name, createdAt: summary.createdAt, version: summary.chapar, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) };
      });
      print({ backups }, options, () =>
        backups.length === 0
          ? `There are no backups in ${store.folder}.`
          : table(
              ['backup', 'made', 'version', 'size'],
              backups.map((one) => [one.name, new Date(one.createdAt), one.version, megabytes(one.bytes)]),
            ),
      );
    });
  backup
    .command('verify [backup]')
    .description('check that every file of a backup (default: the newest) is there, byte for byte; no key is needed')
    .option('--folder <folder>', 'where it is (CHAPAR_BACKUP_DIR)')
    .option('--json', 'print JSON')
    .action(async (name: string | undefined, options: FolderOption) => {
      const { verifyBackup } = await import('#platform/backup');
      const { store } = await openStore(options);
      const chosen = await chooseBackup(store, name);
      const found = await verifyBackup(store, chosen);
      print(
        { backup: chosen, ok: true, ...found },
        options,
        () => `Backup ${chosen} is whole: ${found.objects} files, ${megabytes(found.bytes)}.`,
      );
    });
}

function registerRestore(backup: Command): void {
  withKey(backup.command('restore [backup]'))
    .description('restore a backup (default: the newest) into an empty data directory; waiting mail is held until you resume it')
    .action(async (name: string | undefined, options: KeyOption) => {
      const { restoreBackup } = await import('../backup/restore.js');
      const { opened, config } = await openWithKey(name, options);
      const report = await restoreBackup(opened, config);
      print(report, options, () =>
        [
          `Restored ${report.backup}: ${report.rows} rows of ${report.tables} tables, ${report.blobs} stored messages and files, ${report.files} keys and other files, in ${report.seconds} s.`,
          'All waiting mail is held, because what left after the backup was made would leave again.',
          'Look at it with `npx chapar queue list`, then `npx chapar queue resume --everything`.',
        ].join('\n'),
      );
    });
  withKey(backup.command('drill [backup]'))
    .description('restore a backup (default: the newest) into a database that is thrown away, and compare every table and blob')
    .action(async (name: string | undefined, options: KeyOption) => {
      const { drill } = await import('../backup/restore.js');
      const { opened, config } = await openWithKey(name, options);
      const report = await drill(opened, config);
      print({ ok: true, ...report }, options, () =>
        [
          `The drill succeeded: backup ${report.backup} of ${report.createdAt} was restored in ${report.seconds} s.`,
          `${report.rows} rows of ${report.tables} tables and ${report.blobs} stored messages and files have the checksums of the original.`,
        ].join('\n'),
      );
    });
}

function withKey(command: Command): Command {
  return command
    .option('--folder <folder>', 'where it is (CHAPAR_BACKUP_DIR)')
    .option('--identity-file <file>', 'the recovery key; default: the one in the data directory')
    .option('--json', 'print JSON');
}

async function openStore(options: FolderOption) {
  const [{ processConfig }, { BackupStore }, { backupFolder }] = await Promise.all([
    import('#platform/config'),
    import('#platform/backup'),
    import('../backup/create.js'),
  ]);
  const config = processConfig();
  return { config, store: new BackupStore(backupFolder(config, options.folder)) };
}

async function openWithKey(name: string | undefined, options: KeyOption) {
  const { openBackup, readIdentity, backupError } = await import('#platform/backup');
  const { config, store } = await openStore(options);
  const own = path.join(config.dataDir, 'secrets', 'backup-identity');
  const file = options.identityFile ?? (existsSync(own) ? own : undefined);
  if (file === undefined) throw backupError('backup_key_missing', 'Give the recovery key with --identity-file.');
  const opened = await openBackup(store, await chooseBackup(store, name), await readIdentity(file));
  return { opened, config };
}

async function chooseBackup(
  store: { readonly folder: string; list(): Promise<{ name: string }[]> },
  name: string | undefined,
): Promise<string> {
  if (name !== undefined) return name;
  const newest = (await store.list()).at(-1);
  if (newest) return newest.name;
  const { backupError } = await import('#platform/backup');
  throw backupError('backup_not_found', `There are no backups in ${store.folder}.`);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It is a whole number from 1 on.');
  return count;
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
