import { Client } from 'pg';
import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';
import { messageOf } from '#base/kernel';
import { databaseError } from './database.errors.js';

export interface DataSourceOptions {
  readonly url: string;
  readonly entities?: readonly EntityTarget<ObjectLiteral>[];
  readonly migrations?: readonly (new () => object)[];
  /** Connections this process may hold at once. */
  readonly poolSize?: number;
  readonly applicationName?: string;
}

/**
 * An error on a client that nobody listens to ends the process. Pool and ORM take turns listening, and between them is a
 * gap: a server that dies right after it let us in says so in the same packet. Whoever uses the client learns it anyway.
 */
class SteadyClient extends Client {
  constructor(...options: ConstructorParameters<typeof Client>) {
    super(...options);
    this.on('error', () => undefined);
  }
}

/**
 * Opens the pool of one process.
 * @throws ChaparError `database_unreachable`; the message names host and database, never the password.
 */
export async function openDataSource(options: DataSourceOptions): Promise<DataSource> {
  const source = new DataSource({
    type: 'postgres',
    url: options.url,
    entities: [...(options.entities ?? [])] as never[],
    migrations: [...(options.migrations ?? [])] as never[],
    migrationsTableName: 'chapar_migrations',
    migrationsTransactionMode: 'each',
    synchronize: false,
    installExtensions: false,
    poolSize: options.poolSize ?? 8,
    applicationName: options.applicationName ?? 'chapar',
    extra: { Client: SteadyClient, keepAlive: true, connectionTimeoutMillis: 10_000 },
    // A connection that PostgreSQL drops is replaced by the pool on next use; without a listener it would end the process.
    poolErrorHandler: () => undefined,
  });
  try {
    return await source.initialize();
  } catch (cause) {
    // Without a code it is not the server or the network that failed but our own entities.
    if ((cause as { code?: string }).code === undefined) throw cause;
    const { host, pathname } = new URL(options.url);
    throw databaseError('database_unreachable', `PostgreSQL at ${host}${pathname} does not answer: ${messageOf(cause)}`, { cause });
  }
}
