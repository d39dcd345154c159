import type { Readable } from 'node:stream';
import { CsvError, type InfoRecord, parse } from 'csv-parse';
import { audienceError } from '../audience.errors.js';
import { breaksIn } from './stage-file.js';

export const MAX_COLUMNS = 1_000;
export const MAX_RECORD_BYTES = 1_000_000;

export interface CsvRecord {
  readonly cells: readonly string[];
  /** Physical line (1-based) on which the record starts. */
  readonly line: number;
  /** Byte offset, and physical line, right after the record. */
  readonly endOffset: number;
  readonly endLine: number;
}

export interface CsvPlace {
  readonly byteOffset: number;
  readonly line: number;
}

/**
 * The records of UTF-8 text that starts at `from`: cells quoted or not, quotes doubled, line ends inside quotes, CRLF, LF and
 * CR mixed (RFC 4180, and what spreadsheets make of it). Blank lines are passed over. Memory is bounded by one record and
 * one piece of the source.
 * @throws ChaparError `import_record_too_large`, `import_quote_unclosed`
 */
export async function* csvRecords(
  source: Readable,
  delimiter: string,
  from: CsvPlace = { byteOffset: 0, line: 1 },
  maxRecords = -1,
): AsyncGenerator<CsvRecord, void, undefined> {
  let line = from.line;
  const parser = parse({
    delimiter,
    to: maxRecords,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    // A quote in the middle of an unquoted cell is a quote: O"Brien.
    relax_quotes: true,
    max_record_size: MAX_RECORD_BYTES,
    on_record(cells: string[], info: InfoRecord) {
      const start = line;
      // Counted here, because the parser counts a CRLF inside quotes twice; and as it reads, so that an error knows its line.
      line += 1 + cells.reduce((breaks, cell) => breaks + breaksIn(cell), 0);
      if (cells.length === 1 && cells[0] === '') return null;
      const record: CsvRecord = { cells, line: start, endOffset: from.byteOffset + info.bytes, endLine: line };
      // The typings know no other shape of record than string[] without named columns.
      return record as never;
    },
  });
  source.once('error', (error) => parser.destroy(error));
  try {
    yield* source.pipe(parser) as AsyncIterable<CsvRecord>;
  } catch (error) {
    throw error instanceof CsvError ? refusalOf(error, line) : error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

function refusalOf(error: CsvError, line: number): Error {
  const details = [{ line, code: error.code, message: error.message }];
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    return audienceError('import_record_too_large', `The record that starts in line ${line} is larger than 1 MB. Nothing was imported.`, {
      cause: error,
      details,
      suggestion: 'Look there for a quotation mark that is never closed.',
    });
  }
  return audienceError(
    'import_quote_unclosed',
    `The quotation mark opened in the record of line ${line} is never closed. Nothing was imported.`,
    {
      cause: error,
      details,
      suggestion: 'Close it, or double it if the cell should hold a quotation mark.',
    },
  );
}
