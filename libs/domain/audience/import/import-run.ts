import { createReadStream } from 'node:fs';
import { access, rm } from 'node:fs/promises';
import path from 'node:path';
import type { EntityManager } from 'typeorm';
import { audienceError } from '../audience.errors.js';
import { type CsvPlace, type CsvRecord, csvRecords } from '../csv/csv-records.js';
import { ContactRowReader } from './contact-row.js';
import type { ContactImportEntity } from './contact-import.entity.js';
import { ErrorFile } from './error-file.js';
import type { ImportSession } from './import-session.js';
import { importView } from './import-view.js';
import type { ImportCheckpoint, RunOptions } from './import.types.js';
import { endOfChunk, mergeChunk } from './merge-chunk.js';
import { RowChunk } from './row-chunk.js';
import { copyRows, createStaging, dropStaging, foldDuplicates, stagedRows, stagingTable } from './staging-table.js';

const CHUNK_ROWS = 10_000;
const ANALYZE_FROM = 10_000;

interface Increments {
  readonly bytesDone?: number;
  readonly read?: number;
  readonly created?: number;
  readonly updated?: number;
  readonly duplicate?: number;
  readonly rejected?: number;
  readonly errorFile?: string | null;
}

/** One run of an import, new or resumed. Every chunk commits its rows, its counts and the checkpoint together. */
export class ImportRun {
  private readonly table: string;
  private readonly file: string;
  private readonly chunkRows: number;
  private checkpoint: ImportCheckpoint;

  constructor(
    private readonly session: ImportSession,
    private readonly row: ContactImportEntity,
    private readonly dataDir: string,
    private readonly options: RunOptions,
  ) {
    this.table = stagingTable(row.id);
    this.file = path.join(dataDir, row.storedPath);
    this.chunkRows = options.chunkRows ?? CHUNK_ROWS;
    this.checkpoint = { ...firstCheckpoint(row), ...row.checkpoint };
  }

  /** @throws ChaparError for a file that cannot be used: nothing was changed then */
  async work(): Promise<void> {
    await this.resume();
    if (this.checkpoint.phase === 'reading') await this.read();
    await this.merge();
    await this.session.chunk(async (manager) => {
      await manager.query(`UPDATE contact_imports SET status = 'finished', finished_at = now(), bytes_done = bytes_total WHERE id = $1`, [
        this.row.id,
      ]);
      await dropStaging(manager, this.table);
    });
    await rm(this.file, { force: true });
    // The next thing people do is count an audience: the planner must not still think that the tables are empty.
    if (this.checkpoint.merged >= ANALYZE_FROM) await this.session.manager.query('ANALYZE contacts, list_memberships');
  }

  /** Checks that the staging table holds what the checkpoint says; if not, the file is read again from its start. */
  private async resume(): Promise<void> {
    const staged = await stagedRows(this.session.manager, this.table);
    if (staged !== undefined && staged === this.checkpoint.staged && this.row.checkpoint.phase !== undefined) return;
    const { mergedLine, merged, unchanged, suppressed, subscribed, keptUnsubscribed } = this.checkpoint;
    await this.session.chunk(async (manager) => {
      await createStaging(manager, this.table);
      await manager.query('UPDATE contact_imports SET bytes_done = 0, rows_read = 0, rows_duplicate = 0, rows_rejected = 0 WHERE id = $1', [
        this.row.id,
      ]);
      // What was merged stays merged: the same file gives the same lines again.
      await this.save(manager, { ...firstCheckpoint(this.row), mergedLine, merged, unchanged, suppressed, subscribed, keptUnsubscribed });
    });
  }

  private async read(): Promise<void> {
    const { options } = this.row;
    await access(this.file).catch((cause: unknown) => {
      throw audienceError('import_file_gone', 'The file is not there any more.', { cause, suggestion: 'Import it again.' });
    });
    const errors = new ErrorFile(
      path.join(this.dataDir, errorFileOf(this.row.id)),
      options.columns.map((column) => column.header),
      this.checkpoint.errorBytes,
    );
    await errors.restore();
    const from = { byteOffset: this.checkpoint.byteOffset, line: this.checkpoint.line };
    await this.stageAll(
      csvRecords(createReadStream(this.file, { start: from.byteOffset, highWaterMark: 256 * 1024 }), options.delimiter, from),
      from,
      errors,
    );
    await this.session.chunk(async (manager) => {
      const duplicate = await foldDuplicates(manager, this.table);
      await this.save(manager, { ...this.checkpoint, phase: 'merging', staged: this.checkpoint.staged - duplicate }, { duplicate });
    });
  }

  /** PostgreSQL takes one chunk in while the next is read: with two cores that is a third faster. */
  private async stageAll(records: AsyncIterable<CsvRecord>, from: CsvPlace, errors: ErrorFile): Promise<void> {
    const reader = new ContactRowReader(this.row.options.columns);
    let chunk = new RowChunk(from.byteOffset, from.line, this.chunkRows);
    let staging = Promise.resolve();
    try {
      for await (const record of records) {
        chunk.add(record, reader);
        if (!chunk.isFull) continue;
        await staging;
        staging = this.stage(chunk, errors);
        // Its failure is met at the next await; until then it is no unhandled one.
        staging.catch(() => undefined);
        chunk = new RowChunk(chunk.endOffset, chunk.endLine, this.chunkRows);
      }
    } finally {
      await staging;
    }
    if (chunk.rowsRead > 0) await this.stage(chunk, errors);
  }

  private async stage(chunk: RowChunk, errors: ErrorFile): Promise<void> {
    const errorBytes = await errors.append(chunk.rejected);
    await this.session.chunk(async (manager) => {
      await copyRows(this.session.client, this.table, chunk.rows.values());
      await this.save(
        manager,
        {
          ...this.checkpoint,
          byteOffset: chunk.endOffset,
          line: chunk.endLine,
          staged: this.checkpoint.staged + chunk.rows.size,
          errorBytes,
        },
        {
          bytesDone: chunk.endOffset,
          read: chunk.rowsRead,
          duplicate: chunk.rowsDuplicate,
          rejected: chunk.rejected.length,
          errorFile: errorBytes > 0 ? errorFileOf(this.row.id) : null,
        },
      );
    });
    await this.afterChunk();
  }

  private async merge(): Promise<void> {
    while (await this.mergeNext()) await this.afterChunk();
  }

  private mergeNext(): Promise<boolean> {
    const { mergedLine } = this.checkpoint;
    return this.session.chunk(async (manager) => {
      const toLine = await endOfChunk(manager, this.table, mergedLine, this.chunkRows);
      if (toLine === undefined) return false;
      const counts = await mergeChunk(manager, {
        ...(await this.target(manager)),
        table: this.table,
        workspaceId: this.row.workspaceId,
        fromLine: mergedLine,
        toLine,
        onDuplicate: this.row.options.onDuplicate,
        resubscribe: this.row.options.resubscribe,
      });
      const before = this.checkpoint;
      await this.save(
        manager,
        {
          ...before,
          mergedLine: toLine,
          merged: before.merged + counts.rows,
          unchanged: before.unchanged + counts.rows - counts.created - counts.updated,
          suppressed: before.suppressed + counts.suppressed,
          subscribed: before.subscribed + counts.subscribed,
          keptUnsubscribed: before.keptUnsubscribed + counts.keptUnsubscribed,
        },
        { created: counts.created, updated: counts.updated },
      );
      return true;
    });
  }

  /** The list, locked against being deleted under the chunk, and the status of its new members. */
  private async target(manager: EntityManager): Promise<{ listId: string; status: 'subscribed' | 'unconfirmed' }> {
    const [list] = (await manager.query(
      `SELECT l.id, l.opt_in FROM contact_imports i JOIN lists l ON l.id = i.list_id AND l.workspace_id = i.workspace_id WHERE i.id = $1 FOR KEY SHARE OF l`,
      [this.row.id],
    )) as { id: string; opt_in: string }[];
    if (!list) throw audienceError('import_list_gone', 'The list was deleted.', { suggestion: 'Import the file into another list.' });
    return { listId: list.id, status: this.row.options.status ?? (list.opt_in === 'double' ? 'unconfirmed' : 'subscribed') };
  }

  private async save(manager: EntityManager, checkpoint: ImportCheckpoint, more: Increments = {}): Promise<void> {
    await manager.query(
      `UPDATE contact_imports SET checkpoint = $2, bytes_done = coalesce($3, bytes_done), rows_read = rows_read + $4, rows_created = rows_created + $5,
         rows_updated = rows_updated + $6, rows_duplicate = rows_duplicate + $7, rows_rejected = rows_rejected + $8, error_file = coalesce($9, error_file)
       WHERE id = $1`,
      [
        this.row.id,
        JSON.stringify(checkpoint),
        more.bytesDone ?? null,
        more.read ?? 0,
        more.created ?? 0,
        more.updated ?? 0,
        more.duplicate ?? 0,
        more.rejected ?? 0,
        more.errorFile ?? null,
      ],
    );
    this.checkpoint = checkpoint;
  }

  private async afterChunk(): Promise<void> {
    if (this.options.onProgress) this.options.onProgress(importView(await this.session.load()));
    this.options.signal?.throwIfAborted();
  }
}

export function errorFileOf(importId: string): string {
  return path.join('imports', `${importId}.errors.csv`);
}

function firstCheckpoint(row: ContactImportEntity): ImportCheckpoint {
  const { dataOffset: byteOffset, dataLine: line } = row.options;
  return {
    phase: 'reading',
    byteOffset,
    line,
    staged: 0,
    errorBytes: 0,
    mergedLine: 0,
    merged: 0,
    unchanged: 0,
    suppressed: 0,
    subscribed: 0,
    keptUnsubscribed: 0,
  };
}
