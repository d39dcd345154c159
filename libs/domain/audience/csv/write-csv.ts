// What a spreadsheet may take for a formula, also in full width.
const FORMULA_START = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A cell that a spreadsheet shows instead of computing: what looks like a formula gets a ' in front. */
export function spreadsheetSafe(value: string): string {
  return FORMULA_START.test(value) ? `'${value}` : value;
}

/** One CSV line (RFC 4180) of formula-safe cells, with its CRLF. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => quoted(spreadsheetSafe(cell))).join(',')}\r\n`;
}

function quoted(cell: string): string {
  return /["\r\n,;\t]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Tells spreadsheets that the file is UTF-8. */
export const BYTE_ORDER_MARK = '\ufeff';
