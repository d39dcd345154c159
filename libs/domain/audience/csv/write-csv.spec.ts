import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { csvRecords } from './csv-records.js';
import { csvLine, spreadsheetSafe } from './write-csv.js';

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1', '＋1', '－1', '＠x'])('makes %j harmless in a spreadsheet', (cell) => {
  expect(spreadsheetSafe(cell)).toBe(`'${cell}`);
});

it('leaves other cells alone', () => {
  for (const cell of ['', 'a=b', '1-1', 'سارا', "'x"]) expect(spreadsheetSafe(cell)).toBe(cell);
});

it('writes lines that read back as they were meant', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 6 }), async (cells) => {
      const line = csvLine(cells.map((cell) => cell.toWellFormed()));
      for await (const record of csvRecords(Readable.from([Buffer.from(line)]), ','))
        expect(record.cells).toEqual(cells.map((cell) => spreadsheetSafe(cell.toWellFormed())));
    }),
  );
});
