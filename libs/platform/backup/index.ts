export { BackupStore } from './backup-store.js';
export { backupError } from './backup.errors.js';
export { type CreatedBackup, createBackup } from './create-backup.js';
export { type RecoveryKey, readIdentity, recoveryKey } from './recovery-key.js';
export {
  type OpenBackup,
  openBackup,
  requireKnownMigrations,
  restoreBlobs,
  restoreDatabase,
  restoreFiles,
  verifyBackup,
} from './restore-backup.js';
