import { access, constants, stat } from 'node:fs/promises';
import { defineErrors, messageOf } from '#base/kernel';

export const fileError = defineErrors({
  file_unreadable: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The file that a command was given does not exist, is a folder, or may not be read by this user.',
  },
});

/** @throws ChaparError `file_unreadable` unless it is a file that this user may read */
export async function requireReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK);
    if ((await stat(file)).isDirectory()) throw new Error('it is a folder');
  } catch (cause) {
    const { code } = cause as { code?: string };
    const why = code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'this user may not read it' : messageOf(cause);
    throw fileError('file_unreadable', `${file} cannot be read: ${why}.`, { cause });
  }
}
