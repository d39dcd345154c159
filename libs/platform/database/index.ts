export { DataDirLock, type LockHolder, type ProcessIdentity, findLockHolder } from './data-dir-lock.js';
export { type DataSourceOptions, openDataSource } from './data-source.js';
export { EmbeddedPostgres, type EmbeddedPostgresOptions, removeDataDir, runningServerUrl } from './embedded/embedded-postgres.js';
export { commandLine, isAlive, waitForExit } from './embedded/running-process.js';
export { isSchemaCurrent, migrate } from './migrate.js';
