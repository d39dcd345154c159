import { open, truncate } from 'node:fs/promises';
import { BYTE_ORDER_MARK, csvLine } from '../csv/write-csv.js';
import type { RowRefusal } from './contact-row.js';

export interface RejectedRow extends RowRefusal {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * The rows that were refused, as CSV to mend and import again: the original cells behind line and reason. It grows before
 * the transaction that counts its rows, and is cut back to what was counted when a run is resumed.
 */
export class ErrorFile {
  constructor(
    readonly file: string,
    private readonly headers: readonly string[],
    private sizeBytes: number,
  ) {}

  /** Forgets what was written behind the last checkpoint. */
  async restore(): Promise<void> {
    await truncate(this.file, this.sizeBytes).catch((error: unknown) => {
      if ((error as { code?: string }).code !== 'ENOENT') throw error;
      this.sizeBytes = 0;
    });
  }

  /** @returns the size of the file afterwards, for the checkpoint */
  async append(rows: readonly RejectedRow[]): Promise<number> {
    if (rows.length === 0) return this.sizeBytes;
    const head = this.sizeBytes === 0 ? BYTE_ORDER_MARK + csvLine(['import_line', 'import_reason', ...this.headers]) : '';
    const bytes = Buffer.from(
      head + rows.map((row) => csvLine([String(row.line), `${row.reason} (${row.problem})`, ...row.cells])).join(''),
    );
    const handle = await open(this.file, 'a', 0o600);
    try {
      await handle.appendFile(bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    this.sizeBytes += bytes.length;
    return this.sizeBytes;
  }
}
