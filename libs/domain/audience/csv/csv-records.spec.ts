import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type CsvRecord, csvRecords } from './csv-records.js';

async function read(text: string, delimiter = ','): Promise<CsvRecord[]> {
  const records: CsvRecord[] = [];
  for await (const record of csvRecords(Readable.from([Buffer.from(text)]), delimiter)) records.push(record);
  return records;
}

describe('CSV', () => {
  it.each([
    [
      'plain cells',
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a last line without end',
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['CRLF, LF and CR mixed', 'a\r\nb\nc\rd', [['a'], ['b'], ['c'], ['d']]],
    ['quotes, delimiters and line ends in quotes', '"a,b","c""d","e\r\nf"\n', [['a,b', 'c"d', 'e\r\nf']]],
    ['a quote inside an unquoted cell', 'O"Brien,5" screen\n', [['O"Brien', '5" screen']]],
    ['text behind a closing quote', '"Sara" Moradi,x\n', [['"Sara" Moradi', 'x']]],
    ['empty cells and quoted empty cells', ',"",\n', [['', '', '']]],
    ['blank lines', '\n\na\n\r\n\nb\n\n', [['a'], ['b']]],
    ['rows of unequal length', 'a,b\n1\n1,2,3\n', [['a', 'b'], ['1'], ['1', '2', '3']]],
  ])('reads %s', async (_what, text, expected) => {
    expect((await read(text)).map((record) => record.cells)).toEqual(expected);
  });

  it('knows the physical line on which each record starts, also behind line ends in quotes and blank lines', async () => {
    const records = await read('a\n"b\r\nb\nb"\n\n\rc\r\n"d\r"\r\ne');
    expect(records.map((record) => [record.cells[0]![0], record.line])).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 7],
      ['d', 8],
      ['e', 10],
    ]);
  });

  it('refuses an endless record and an open quote, naming the line where the record starts', async () => {
    const rows = 'x,y\n'.repeat(1_000);
    await expect(read(`${rows}"${'z\n'.repeat(600_000)}`)).rejects.toMatchObject({
      code: 'import_record_too_large',
      details: [{ line: 1_001 }],
    });
    await expect(read(`${rows}"z\nz`)).rejects.toMatchObject({ code: 'import_quote_unclosed', details: [{ line: 1_001 }] });
  });
});
