import { createReadStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { DataSource } from 'typeorm';
import * as z from 'zod';
import { type ActorContext, ChaparError, type Logger, messageOf, silentLogger, uuidv7 } from '#base/kernel';
import { audienceError } from '../audience.errors.js';
import { type CsvHeader, readHeader } from '../csv/read-header.js';
import { type StagedFile, stageFile } from '../csv/stage-file.js';
import { ListService } from '../list.service.js';
import { ContactImportEntity } from './contact-import.entity.js';
import { ImportRun } from './import-run.js';
import { ImportSession, ImportStopped } from './import-session.js';
import { type ImportPreview, previewFile } from './import-preview.js';
import { importView } from './import-view.js';
import {
  type ContactImport,
  type ImportOptions,
  type NewImport,
  type RunOptions,
  type StoredImportOptions,
  importOptionsSchema,
} from './import.types.js';
import { dropStaging, stagingTable } from './staging-table.js';

export interface ImportDependencies {
  /** Files wait in `imports` below it. */
  readonly dataDir: string;
  readonly logger?: Logger;
}

/** Contacts from CSV files: `create` checks and stages a file, `run` (a job, or the command line) brings it in. */
export class ImportService {
  private readonly lists: ListService;
  private readonly logger: Logger;

  constructor(
    private readonly dataSource: DataSource,
    private readonly dependencies: ImportDependencies,
  ) {
    this.lists = new ListService(dataSource);
    this.logger = dependencies.logger ?? silentLogger;
  }

  /**
   * Takes a file in: copies it as UTF-8 and reads its header. Nothing is imported yet.
   * @throws ChaparError `list_not_found`, `import_invalid`, and every `import_*` refusal of a file that is no usable CSV
   */
  async create(context: ActorContext, input: NewImport): Promise<ContactImport> {
    const options = parseOptions(input.options ?? {});
    const list = await this.lists.get(context, input.listId);
    const id = uuidv7();
    const storedPath = path.join('imports', `${id}.csv`);
    const target = path.join(this.dependencies.dataDir, storedPath);
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    const source = 'path' in input.source ? createReadStream(input.source.path, { highWaterMark: 256 * 1024 }) : input.source.stream;
    const staged = await stageFile(source, target, options.encoding).catch((error: unknown) => {
      source.destroy();
      throw error;
    });
    try {
      const header = await readHeader(target, options);
      if (header.dataOffset >= staged.sizeBytes)
        throw audienceError('import_empty', 'The file holds a line with column names and nothing else.');
      await this.dataSource.getRepository(ContactImportEntity).insert({
        id,
        workspaceId: context.workspaceId,
        listId: list.id,
        fileName: shownName(input.fileName),
        storedPath,
        options: storedOptions(options, staged, header),
        bytesTotal: String(staged.sizeBytes),
      });
    } catch (error) {
      await rm(target, { force: true });
      throw error;
    }
    return this.get(context, id);
  }

  /**
   * What a file looks like: how it is read, what each column would fill, and its first rows. Nothing of it is kept.
   * @param source the beginning of a file, cut at the end of a line
   * @throws ChaparError as `create`
   */
  async preview(source: Readable, options: Pick<ImportOptions, 'encoding' | 'delimiter'> = {}): Promise<ImportPreview> {
    const target = path.join(this.dependencies.dataDir, 'imports', `${uuidv7()}.preview.csv`);
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    try {
      return await previewFile(source, target, options);
    } finally {
      source.destroy();
      await rm(target, { force: true });
    }
  }

  /**
   * Brings an import in, from where its last run stopped; an import that is over is left as it is. A file that turns out
   * unusable ends as `failed` with its code, nothing changed; any other error is thrown, and running again continues.
   * @throws ChaparError `import_not_found`, `import_busy`
   */
  async run(importId: string, options: RunOptions = {}): Promise<ContactImport> {
    const session = await ImportSession.open(this.dataSource, await this.existing(importId));
    try {
      await session.manager.query(
        `UPDATE contact_imports SET status = 'running', started_at = coalesce(started_at, now()) WHERE id = $1 AND status IN ('waiting', 'running')`,
        [importId],
      );
      const row = await session.load();
      if (row.status === 'running') await this.work(session, row, options);
      return importView(await session.load());
    } finally {
      await session.close();
    }
  }

  /** @throws ChaparError `import_not_found` */
  async get(context: ActorContext, id: string): Promise<ContactImport> {
    return importView(await this.row(context, id));
  }

  /** The newest imports first. */
  async list(context: ActorContext, options: { limit?: number } = {}): Promise<ContactImport[]> {
    const rows = await this.dataSource.getRepository(ContactImportEntity).find({
      where: { workspaceId: context.workspaceId },
      order: { createdAt: 'DESC', id: 'DESC' },
      take: Math.min(options.limit ?? 50, 200),
    });
    return rows.map(importView);
  }

  /**
   * Stops an import for good; a chunk that is being written is finished first, and what was brought in stays.
   * @throws ChaparError `import_not_found`, `import_finished`
   */
  async cancel(context: ActorContext, id: string): Promise<ContactImport> {
    const row = await this.row(context, id);
    const [, changed] = (await this.dataSource.query(
      `UPDATE contact_imports SET status = 'cancelled', finished_at = now() WHERE id = $1 AND workspace_id = $2 AND status IN ('waiting', 'running')`,
      [id, context.workspaceId],
    )) as [unknown, number];
    if (changed === 0) throw audienceError('import_finished', 'This import is over.');
    await this.cleanUp(row);
    return this.get(context, id);
  }

  /** The refused rows as a CSV file on disk; undefined when every row was good. @throws ChaparError `import_not_found` */
  async findErrorFile(context: ActorContext, id: string): Promise<{ path: string; fileName: string } | undefined> {
    const row = await this.row(context, id);
    if (row.errorFile === null) return undefined;
    return {
      path: path.join(this.dependencies.dataDir, row.errorFile),
      fileName: `${row.fileName.replace(/\.[^.]{1,5}$/, '')}-refused.csv`,
    };
  }

  /** The refused rows as a CSV stream. @throws ChaparError `import_not_found`, `import_no_refused_rows` */
  async openErrorFile(context: ActorContext, id: string): Promise<Readable> {
    const file = await this.findErrorFile(context, id);
    if (file === undefined) throw audienceError('import_no_refused_rows', 'No row of this import was refused.');
    return createReadStream(file.path);
  }

  private async work(session: ImportSession, row: ContactImportEntity, options: RunOptions): Promise<void> {
    try {
      options.signal?.throwIfAborted();
      await new ImportRun(session, row, this.dependencies.dataDir, options).work();
    } catch (error) {
      if (error instanceof ImportStopped) return;
      // A drain: the import stays `running`, and its next run continues.
      if (options.signal?.aborted && error === options.signal.reason) return;
      const final = await this.finalError(session, row, error);
      if (final === undefined) throw error;
      this.logger.warn({ importId: row.id, code: final.code }, `import failed: ${messageOf(error)}`);
      await session.manager.query(
        `UPDATE contact_imports SET status = 'failed', finished_at = now(), error_code = $2, error_message = $3 WHERE id = $1 AND status = 'running'`,
        [row.id, final.code, final.suggestion === undefined ? final.message : `${final.message} ${final.suggestion}`],
      );
      await this.cleanUp(row);
    }
  }

  /** What ends an import for good; undefined: it is worth another try. An outage is none of its failures: it cannot be counted. */
  private async finalError(session: ImportSession, row: ContactImportEntity, error: unknown): Promise<ChaparError | undefined> {
    if (error instanceof ChaparError) return error.retry === 'later' ? undefined : error;
    const { code } = error as { code?: unknown };
    // SQLSTATE classes 22 and 23: the data itself is refused.
    if (typeof code === 'string' && /^2[23]/.test(code))
      return audienceError('import_refused', `The database refused a value: ${messageOf(error)}`, { cause: error });
    const [[counted]] = (await session.manager.query(
      `UPDATE contact_imports SET checkpoint = checkpoint || jsonb_build_object('failures', coalesce((checkpoint->>'failures')::int, 0) + 1)
       WHERE id = $1 RETURNING (checkpoint->>'failures')::int AS failures`,
      [row.id],
    )) as [{ failures: number }[], number];
    this.logger.warn(
      { importId: row.id, failures: counted?.failures, reason: messageOf(error) },
      'an import stopped and will be tried again',
    );
    if ((counted?.failures ?? 0) < MAX_FAILURES) return undefined;
    return audienceError('import_gave_up', `The import failed ${MAX_FAILURES} times, the last time with: ${messageOf(error)}`, {
      cause: error,
    });
  }

  /**
   * Removes files of refused rows, and uploads that nothing needs any more, when they are older than `days`.
   * @returns how many files went
   */
  async removeOldFiles(days: number): Promise<number> {
    const [rows] = (await this.dataSource.query(
      `UPDATE contact_imports SET error_file = NULL WHERE error_file IS NOT NULL AND finished_at < now() - $1 * interval '1 day' RETURNING id`,
      [days],
    )) as [{ id: string }[], number];
    const running = new Set(
      ((await this.dataSource.query(`SELECT id FROM contact_imports WHERE status IN ('waiting', 'running')`)) as { id: string }[]).map(
        ({ id }) => id,
      ),
    );
    const old = new Set(rows.map(({ id }) => id));
    const folder = path.join(this.dependencies.dataDir, 'imports');
    let removed = 0;
    for (const name of await readdir(folder).catch(() => [] as string[])) {
      const id = name.slice(0, 36);
      if (running.has(id)) continue;
      const file = path.join(folder, name);
      const isOld = old.has(id) || (await stat(file)).mtimeMs < Date.now() - days * DAY_MS;
      if (!isOld) continue;
      await rm(file, { force: true });
      removed++;
    }
    return removed;
  }

  private async cleanUp(row: ContactImportEntity): Promise<void> {
    await dropStaging(this.dataSource, stagingTable(row.id));
    await rm(path.join(this.dependencies.dataDir, row.storedPath), { force: true });
  }

  private async row(context: ActorContext, id: string): Promise<ContactImportEntity> {
    const row = z.uuid().safeParse(id).success
      ? await this.dataSource.getRepository(ContactImportEntity).findOneBy({ id, workspaceId: context.workspaceId })
      : null;
    if (row === null) throw notFound(id);
    return row;
  }

  private async existing(id: string): Promise<string> {
    if (!z.uuid().safeParse(id).success || !(await this.dataSource.getRepository(ContactImportEntity).existsBy({ id }))) throw notFound(id);
    return id;
  }
}

/** Ten tries of an import take five minutes at least: long enough for what passes by itself. */
const MAX_FAILURES = 10;
const DAY_MS = 24 * 3600_000;

function notFound(id: string) {
  return audienceError('import_not_found', `This workspace has no import ${id}.`);
}

function parseOptions(input: unknown): z.output<typeof importOptionsSchema> {
  const parsed = importOptionsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), code: issue.code, message: issue.message }));
  throw audienceError('import_invalid', `The import cannot be made: ${details.map((d) => `${d.field} ${d.message}`.trim()).join('; ')}.`, {
    details,
  });
}

function storedOptions(options: z.output<typeof importOptionsSchema>, staged: StagedFile, header: CsvHeader): StoredImportOptions {
  return {
    encoding: staged.encoding,
    ...header,
    onDuplicate: options.onDuplicate,
    resubscribe: options.resubscribe,
    ...(options.status ? { status: options.status } : {}),
  };
}

/** The name for people: no folders, nothing that could end a header or a line. */
function shownName(fileName: string): string {
  const base = fileName.split(/[\\/]/).at(-1)!;
  return (
    base
      .replace(/[\p{Cc}\p{Cf}\u2028\u2029"]+/gu, ' ')
      .trim()
      .slice(0, 200) || 'contacts.csv'
  );
}
