import type { ClientBase } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { audienceError } from '../audience.errors.js';
import { ContactImportEntity } from './contact-import.entity.js';

/** Thrown inside a chunk's transaction when the import was cancelled or deleted meanwhile: the chunk is rolled back. */
export class ImportStopped extends Error {}

const LOCK_TIMEOUT = '10s';
const TRANSIENT = new Set(['40001', '40P01']);

/** One connection that holds the import's lock, so that two workers with the same job cannot both count a chunk. */
export class ImportSession {
  private constructor(
    private readonly runner: QueryRunner,
    readonly client: ClientBase,
    private readonly importId: string,
  ) {}

  /** @throws ChaparError `import_busy` */
  static async open(dataSource: DataSource, importId: string): Promise<ImportSession> {
    const runner = dataSource.createQueryRunner();
    const client = (await runner.connect()) as ClientBase;
    try {
      await runner.startTransaction();
      // A worker that was killed a moment ago may still have its lock: PostgreSQL needs to notice first.
      await runner.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
      await runner.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`chapar import ${importId}`]);
      await runner.commitTransaction();
      return new ImportSession(runner, client, importId);
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction();
      await runner.release();
      if ((error as { code?: string }).code !== '55P03') throw error;
      throw audienceError('import_busy', 'This import is being run by another process.', { cause: error });
    }
  }

  get manager(): EntityManager {
    return this.runner.manager;
  }

  load(): Promise<ContactImportEntity> {
    return this.manager.getRepository(ContactImportEntity).findOneByOrFail({ id: this.importId });
  }

  /** A transaction that holds the import's row, so that cancelling waits for it, and that a cancelled import refuses. */
  async chunk<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      await this.runner.startTransaction();
      try {
        const [row] = (await this.manager.query('SELECT status FROM contact_imports WHERE id = $1 FOR UPDATE', [this.importId])) as {
          status: string;
        }[];
        if (row?.status !== 'running') throw new ImportStopped();
        const result = await work(this.manager);
        await this.runner.commitTransaction();
        return result;
      } catch (error) {
        if (this.runner.isTransactionActive) await this.runner.rollbackTransaction();
        if (attempt >= 5 || !TRANSIENT.has((error as { code?: string }).code ?? '')) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await this.runner
      .query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [`chapar import ${this.importId}`])
      .catch(() => undefined);
    await this.runner.release();
  }
}
