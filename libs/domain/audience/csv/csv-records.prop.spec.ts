import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CsvPlace, type CsvRecord, csvRecords } from './csv-records.js';

async function read(pieces: readonly Buffer[], delimiter: string, from?: CsvPlace): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  for await (const record of csvRecords(Readable.from(pieces), delimiter, from)) records.push(record);
  return records;
}

const delimiter = fc.constantFrom(',', ';', '\t', '|');
const cell = fc.string({ unit: fc.constantFrom('a', 'ب', '😀', ' ', ',', ';', '\t', '|', '"', '\n', '\r', '\\', "'"), maxLength: 8 });
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
// At least two cells: a record of one empty cell is a blank line.
const table = fc.array(fc.tuple(fc.array(cell, { minLength: 2, maxLength: 5 }), lineEnd), { maxLength: 12 });
const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
const soup = fc.string({ unit: fc.constantFrom('a', 'é', ',', '"', '\n', '\r', ' '), maxLength: 60 });

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length)).filter((piece) => piece.length > 0);
}

it('reads back every table that was written, whatever its cells hold', async () => {
  await fc.assert(
    fc.asyncProperty(table, delimiter, async (rows, by) => {
      const text = rows.map(([cells, end]) => cells.map(quote).join(by) + end).join('');
      expect((await read([Buffer.from(text)], by)).map((record) => record.cells)).toEqual(rows.map(([cells]) => cells));
    }),
  );
});

it('gives the same records, lines and offsets wherever the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(soup, fc.array(fc.nat(200), { maxLength: 12 }), async (text, cuts) => {
      const bytes = Buffer.from(text);
      const outcome = (pieces: readonly Buffer[]) =>
        read(pieces, ',').catch((error: { code: string; details: unknown }) => [error.code, error.details]);
      expect(await outcome(split(bytes, cuts))).toEqual(await outcome([bytes]));
    }),
    { numRuns: 500 },
  );
});

it('continues behind any record as if it had never stopped', async () => {
  await fc.assert(
    fc.asyncProperty(table, delimiter, fc.nat(), async (rows, by, pick) => {
      const bytes = Buffer.from(rows.map(([cells, end]) => cells.map(quote).join(by) + end).join('\n'));
      const all = await read([bytes], by);
      if (all.length === 0) return;
      const stop = pick % all.length;
      const { endOffset, endLine } = all[stop]!;
      expect(await read([bytes.subarray(endOffset)], by, { byteOffset: endOffset, line: endLine })).toEqual(all.slice(stop + 1));
    }),
  );
});
