import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { audienceError } from '../audience.errors.js';
import { fieldName } from '../csv/column-names.js';
import { csvRecords } from '../csv/csv-records.js';
import { readHeader } from '../csv/read-header.js';
import { stageFile } from '../csv/stage-file.js';
import type { ImportOptions } from './import.types.js';

export interface ImportPreview {
  readonly encoding: string;
  readonly delimiter: string;
  /** Each column with the field that it would fill. */
  readonly columns: readonly { readonly column: string; readonly field: string }[];
  /** The first rows, cell by cell, each cell shortened. */
  readonly rows: readonly (readonly string[])[];
}

const SHOWN_ROWS = 8;
const SHOWN_CHARACTERS = 200;
const MAX_PREVIEW_BYTES = 1024 * 1024;

/** @param target a path where the file is kept meanwhile; the caller removes it */
export async function previewFile(
  source: Readable,
  target: string,
  options: Pick<ImportOptions, 'encoding' | 'delimiter'>,
): Promise<ImportPreview> {
  const { encoding } = await stageFile(limited(source), target, options.encoding);
  const header = await readHeader(target, options.delimiter === undefined ? {} : { delimiter: options.delimiter });
  const rows: string[][] = [];
  const place = { byteOffset: header.dataOffset, line: header.dataLine };
  const data = createReadStream(target, { start: header.dataOffset });
  try {
    for await (const { cells } of csvRecords(data, header.delimiter, place, SHOWN_ROWS)) {
      rows.push(cells.map((cell) => cell.slice(0, SHOWN_CHARACTERS)));
      if (rows.length === SHOWN_ROWS) break;
    }
  } finally {
    data.destroy();
  }
  const columns = header.columns.map(({ header: column, target: field }) => ({ column, field: fieldName(field) }));
  return { encoding, delimiter: header.delimiter, columns, rows };
}

async function* limited(source: Readable): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_PREVIEW_BYTES) throw audienceError('import_invalid', 'A preview takes the first megabyte of a file at most.');
    yield chunk;
  }
}
