import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { audienceError } from '../audience.errors.js';
import type { ImportColumn } from '../import/import.types.js';
import { targetOfColumn } from './column-names.js';
import { type CsvPlace, type CsvRecord, MAX_RECORD_BYTES, csvRecords } from './csv-records.js';
import { mapColumns } from './map-columns.js';
import { breaksIn } from './stage-file.js';

export interface CsvHeader {
  readonly delimiter: string;
  readonly columns: readonly ImportColumn[];
  /** Where the first record after the header starts. */
  readonly dataOffset: number;
  readonly dataLine: number;
}

const delimiters = [',', ';', '\t', '|'];

/**
 * Reads the first record of a staged file: which delimiter it uses and what its columns fill.
 * @throws ChaparError `import_empty`, `import_no_email_column`, and what `mapColumns` and `csvRecords` throw
 */
export async function readHeader(
  file: string,
  options: { delimiter?: string; mapping?: Readonly<Record<string, string>> } = {},
): Promise<CsvHeader> {
  const start = await readStart(file);
  // Excel's own way to name the delimiter: a first line of "sep=;". Blank lines may come before the header.
  const before = /^(?:sep=([,;\t|])(?:\r\n|\n|\r))?(?:[ \t]*(?:\r\n|\n|\r))*/i.exec(start)!;
  const from = { byteOffset: before[0].length, line: 1 + breaksIn(before[0]) };
  const text = start.slice(from.byteOffset);
  if (text.trim() === '')
    throw audienceError('import_empty', 'The file holds only blank lines.', {
      suggestion: 'It needs a first line with column names and a line per contact.',
    });
  const named = options.delimiter ?? before[1];
  const attempts = await Promise.all((named === undefined ? delimiters : [named]).map((delimiter) => attempt(text, delimiter, from)));
  const best = attempts.toSorted((a, b) => rank(b.record) - rank(a.record))[0]!;
  if (best.record === undefined) throw best.error;
  return {
    delimiter: best.delimiter,
    columns: mapColumns(best.record.cells, options.mapping),
    dataOffset: best.record.endOffset,
    dataLine: best.record.endLine,
  };
}

interface Attempt {
  readonly delimiter: string;
  readonly record?: CsvRecord;
  readonly error?: unknown;
}

async function attempt(text: string, delimiter: string, from: CsvPlace): Promise<Attempt> {
  try {
    for await (const record of csvRecords(Readable.from([Buffer.from(text)]), delimiter, from, 1)) return { delimiter, record };
    return { delimiter };
  } catch (error) {
    return { delimiter, error };
  }
}

/** The delimiter under which a column for addresses appears, or else the one that finds most columns. */
function rank(record: CsvRecord | undefined): number {
  if (record === undefined) return -1;
  const hasEmail = record.cells.some((cell) => targetOfColumn(cell, true)?.kind === 'email');
  return (hasEmail ? 1_000_000 : 0) + record.cells.length;
}

/** Enough for one record of the permitted size, and a little more so that a larger one is seen to be larger. */
async function readStart(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(MAX_RECORD_BYTES + 100_000);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    // A character cut in two at the end comes far behind the first record.
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}
