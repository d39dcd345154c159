import { defineErrors } from '#base/kernel';

export const backupError = defineErrors({
  backup_not_found: {
    kind: 'not-found',
    retry: 'after-fix',
    meaning: 'There is no such backup. `npx chapar backup list` shows what there is.',
  },
  backup_damaged: {
    kind: 'internal',
    retry: 'never',
    meaning: 'A file of the backup is missing, or is not what was written. The message names it. Use another backup, and check the disk.',
  },
  backup_key_missing: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'Reading a backup needs its recovery key: give the file with `--identity-file`.',
  },
  backup_key_wrong: { kind: 'invalid', retry: 'after-fix', meaning: 'The recovery key given does not open this backup.' },
  backup_newer: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'The backup was made by a newer version of Chapar. Restore it with that version, or a later one.',
  },
  backup_target_not_empty: {
    kind: 'conflict',
    retry: 'after-fix',
    meaning: 'A backup is only restored into an empty database and data directory, so that nothing is overwritten.',
  },
});
