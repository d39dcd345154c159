export { DataDirLock, type LockHolder, type ProcessIdentity, findLockHolder } from './data-dir-lock.js';
export { type DataSourceOptions, openDataSource } from './data-source.js';
export { type SeparateCluster, removeDataDir, separateClusters } from './embedded/cluster-place.js';
export { EmbeddedPostgres, type EmbeddedPostgresOptions, runningServerUrl } from './embedded/embedded-postgres.js';
export { commandLine, isAlive, processMarker, waitForExit } from './embedded/running-process.js';
export { isSchemaCurrent, migrate } from './migrate.js';
