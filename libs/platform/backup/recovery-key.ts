import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generateHybridIdentity, identityToRecipient } from 'age-encryption';
import { backupError } from './backup.errors.js';

export interface RecoveryKey {
  readonly recipient: string;
  /** Where the installation keeps its copy; undefined when it holds the recipient alone. */
  readonly file: string | undefined;
  readonly isNew: boolean;
}

/**
 * Whom backups are written for. An operator who keeps the recovery key elsewhere configures the recipient alone, and then
 * this machine cannot open its own backups. Otherwise a key is made on the first backup: a hybrid of ML-KEM-768 and X25519,
 * because what is stored for years is what is worth recording today and opening later.
 */
export async function recoveryKey(dataDir: string, configured: string | undefined): Promise<RecoveryKey> {
  if (configured !== undefined) return { recipient: configured, file: undefined, isNew: false };
  const file = path.join(dataDir, 'secrets', 'backup-identity');
  if (existsSync(file)) return { recipient: await identityToRecipient(await readIdentity(file)), file, isNew: false };
  const identity = await generateHybridIdentity();
  const recipient = await identityToRecipient(identity);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `# Recovery key of Chapar's backups (age). Keep a copy elsewhere.\n# public key: ${recipient}\n${identity}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  });
  return { recipient, file, isNew: true };
}

/** The key in a file as `age-keygen` writes it. @throws ChaparError `backup_key_missing` */
export async function readIdentity(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw backupError('backup_key_missing', `The recovery key cannot be read from ${file}.`, { cause });
  });
  const identity = text.split('\n').find((line) => line.startsWith('AGE-SECRET-KEY-'));
  if (identity === undefined) throw backupError('backup_key_missing', `${file} holds no age recovery key.`);
  return identity.trim();
}
