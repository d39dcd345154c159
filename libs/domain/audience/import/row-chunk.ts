import type { CsvRecord } from '../csv/csv-records.js';
import { type ContactRow, type ContactRowReader, foldRow } from './contact-row.js';
import type { RejectedRow } from './error-file.js';

/** What a chunk may hold at most, so that memory stays bounded when cells are large. */
const MAX_CHUNK_BYTES = 8 * 1024 * 1024;

/** The records of one transaction: good rows with one row per address, and refused ones. */
export class RowChunk {
  readonly rows = new Map<string, ContactRow>();
  readonly rejected: RejectedRow[] = [];
  rowsRead = 0;
  rowsDuplicate = 0;
  endOffset: number;
  endLine: number;

  constructor(
    private readonly startOffset: number,
    startLine: number,
    private readonly maxRows: number,
  ) {
    this.endOffset = startOffset;
    this.endLine = startLine;
  }

  get isFull(): boolean {
    return this.rowsRead >= this.maxRows || this.endOffset - this.startOffset >= MAX_CHUNK_BYTES;
  }

  add(record: CsvRecord, reader: ContactRowReader): void {
    this.rowsRead++;
    this.endOffset = record.endOffset;
    this.endLine = record.endLine;
    const row = reader.read(record.cells, record.line);
    if ('problem' in row) {
      this.rejected.push({ ...row, line: record.line, cells: record.cells });
      return;
    }
    const earlier = this.rows.get(row.emailKey);
    if (earlier) this.rowsDuplicate++;
    this.rows.set(row.emailKey, earlier ? foldRow(earlier, row) : row);
  }
}
