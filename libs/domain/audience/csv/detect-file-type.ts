import { audienceError } from '../audience.errors.js';

/** How many bytes `refuseOtherFormats` wants to see. */
export const MAGIC_BYTES = 4096;

const saveAsCsv = 'Open it in the program it comes from and save it as "CSV UTF-8".';
const unpack = 'Unpack it and import the CSV file that is inside.';

// By what is at the start, never by the name; an archive is named, never opened, so it cannot blow up here.
const signatures: readonly (readonly [hex: string, what: string, advice: string])[] = [
  ['1f8b', 'a gzip archive', unpack],
  ['425a68', 'a bzip2 archive', unpack],
  ['fd377a585a00', 'an xz archive', unpack],
  ['28b52ffd', 'a Zstandard archive', unpack],
  ['377abcaf271c', 'a 7-Zip archive', unpack],
  ['526172211a07', 'a RAR archive', unpack],
  ['d0cf11e0a1b11ae1', 'an old Excel or Word document', saveAsCsv],
  ['255044462d', 'a PDF', 'Export the table from the program that made the PDF as CSV.'],
  ['53514c69746520666f726d617420', 'an SQLite database', 'Export the table as CSV.'],
  ['50415231', 'a Parquet file', 'Export the table as CSV.'],
  ['89504e47', 'a picture', 'Choose the CSV file instead.'],
  ['ffd8ff', 'a picture', 'Choose the CSV file instead.'],
  ['47494638', 'a picture', 'Choose the CSV file instead.'],
];

/**
 * Refuses what is certainly no CSV, by the first bytes of the file.
 * @throws ChaparError `import_not_csv` that says what the file is and what to do
 */
export function refuseOtherFormats(start: Buffer): void {
  const found = start.subarray(0, 4).toString('hex');
  if (found.startsWith('504b0304') || found.startsWith('504b0506')) throw refusal(...zipKind(start));
  const hex = start.subarray(0, 16).toString('hex');
  for (const [signature, what, advice] of signatures) if (hex.startsWith(signature)) throw refusal(what, advice);
  const text = start
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
    .toLowerCase();
  if (/^(<!doctype|<html|<\?xml)/.test(text))
    throw refusal('a web page or XML', 'Export the contacts as CSV; a page that asks to sign in is often saved by mistake.');
  if (/^begin:vcard/.test(text)) throw refusal('a vCard', 'Export the contacts as CSV instead.');
  if (/^(\[\s*)?\{\s*"/.test(text)) throw refusal('JSON', 'Export the contacts as CSV instead.');
}

function zipKind(start: Buffer): readonly [string, string] {
  const names = start.toString('latin1');
  if (names.includes('xl/') || names.includes('[Content_Types].xml'))
    return ['an Excel workbook (XLSX) or another Office document', saveAsCsv];
  if (names.includes('opendocument')) return ['an OpenDocument file', saveAsCsv];
  return ['a ZIP archive', unpack];
}

function refusal(what: string, advice: string) {
  return audienceError('import_not_csv', `The file is ${what}, not CSV. Nothing was imported.`, { suggestion: advice });
}
