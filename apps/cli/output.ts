/** What a command found, for people, or for machines with `--json`. */
export function print(data: unknown, options: { readonly json?: boolean }, forPeople: () => string): void {
  const text = options.json ? JSON.stringify(data, undefined, 2) : forPeople();
  process.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`);
}

/** Rows under headings, each column as wide as it needs to be. */
export function table(headings: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [headings, ...rows].map((row) => row.map(cell));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A value in a line of a terminal: text from outside may hold nothing that moves the cursor. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = value instanceof Date ? value.toISOString().replace('T', ' ').slice(0, 19) : String(value);
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ');
}

/** All of a stream, as text without its last line break: a password from a pipe. */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
