export { type DataSourceOptions, openDataSource } from './data-source.js';
export { EmbeddedPostgres, type EmbeddedPostgresOptions, runningServerUrl } from './embedded/embedded-postgres.js';
export { commandLine, isAlive, waitForExit } from './embedded/running-process.js';
export { migrate } from './migrate.js';
