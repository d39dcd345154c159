import { Readable } from 'node:stream';
import { csvRecords } from './csv/csv-records.js';
import type { SuppressionReason, SuppressionScope } from './suppression.entity.js';

/** One row of a file of suppressions, as its writer put it. */
export interface SuppressionRow {
  /** 1-based line on which the row starts. */
  readonly line: number;
  readonly address: string;
  readonly reason?: SuppressionReason;
  readonly scope?: SuppressionScope;
  readonly detail: string;
}

/** Names of columns, without case and punctuation, of the exports of listmonk, Amazon SES, SendGrid, Mailgun, Postmark and others. */
const columnNames = {
  address: /^(?:e ?mail(?: ?address)?|address|recipient|suppressed ?address|domain|value)$/,
  reason: /^(?:reason|suppression ?reason|type|event|bounce ?type)$/,
  scope: /^scope$/,
  status: /^status$/,
  detail: /^(?:detail|error|description|note|notes|comment|created ?at|created|last ?update ?time|origin|code)$/,
} as const;
type Column = keyof typeof columnNames;

type Columns = Partial<Record<Column, number>> & { details: number[] };

/**
 * The rows of a CSV file with or without a header, or of JSON as the AWS command line prints it. A listmonk export holds
 * every subscriber; of it only the blocklisted are suppressed.
 */
export async function* suppressionRows(source: Readable): AsyncGenerator<SuppressionRow | { line: number; isSkipped: true }> {
  const { start, stream } = await peek(source);
  if (/^\s*[[{]/.test(start)) {
    yield* jsonRows(await collect(stream));
    return;
  }
  const firstLine = start.split(/\r?\n|\r/, 1)[0]!;
  const delimiter = [',', ';', '\t'].toSorted((a, b) => firstLine.split(b).length - firstLine.split(a).length)[0]!;
  let columns: Columns | undefined;
  for await (const { cells, line } of csvRecords(stream, delimiter)) {
    if (columns === undefined) {
      const header = readColumns(cells);
      columns = header ?? { address: 0, reason: 1, details: [2] };
      if (header) continue;
    }
    const row = readRow(cells, columns, line);
    if (row) yield row;
  }
}

function readColumns(cells: readonly string[]): Columns | undefined {
  const names = cells.map((cell) =>
    cell
      .replace(/^\ufeff/, '')
      .trim()
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .replace(/[^a-z]+/g, ' ')
      .trim(),
  );
  const find = (column: Column) => names.findIndex((name) => columnNames[column].test(name));
  // `address` alone would do, but a value that is called "email" is the address where both stand.
  const email = names.findIndex((name) => /^e ?mail/.test(name));
  const address = email >= 0 ? email : find('address');
  if (address < 0 || cells[address]!.includes('@')) return undefined;
  const at = (column: Column) => (find(column) < 0 ? {} : { [column]: find(column) });
  const details = names.flatMap((name, place) => (columnNames.detail.test(name) ? [place] : []));
  return { address, ...at('reason'), ...at('scope'), ...at('status'), details };
}

function readRow(cells: readonly string[], columns: Columns, line: number): SuppressionRow | { line: number; isSkipped: true } | undefined {
  const cell = (place: number | undefined) => (place === undefined ? '' : (cells[place] ?? '').replace(/^\ufeff/, '').trim());
  const address = cell(columns.address);
  if (address === '') return undefined;
  const status = cell(columns.status).toLowerCase();
  // Subscribers of listmonk are enabled, disabled or blocklisted; other exports have SMTP codes there.
  if (status === 'enabled' || status === 'disabled') return { line, isSkipped: true };
  const words = cell(columns.reason);
  const reason = status === 'blocklisted' ? 'manual' : reasonOf(words);
  const scope = cell(columns.scope).toLowerCase();
  return {
    line,
    address,
    ...(reason ? { reason } : {}),
    ...(scope === 'all' || scope === 'marketing' ? { scope } : {}),
    detail: [words, ...columns.details.map(cell)].filter(Boolean).join('; ').slice(0, 2_000),
  };
}

/** BOUNCE and COMPLAINT of SES; HardBounce, SpamComplaint and ManualSuppression of Postmark; words of servers in bounces of SendGrid. */
function reasonOf(words: string): SuppressionReason | undefined {
  if (words === '') return undefined;
  if (/unsub|opt.?out/i.test(words)) return 'unsubscribe';
  if (/complain|spam ?report|^spam$|^abuse$/i.test(words)) return 'complaint';
  if (/bounce|invalid|unknown|^[45]\d\d|\b5\.\d\.\d/i.test(words)) return 'hard-bounce';
  if (/manual|blocklist|blacklist/i.test(words)) return 'manual';
  if (/^policy$/i.test(words)) return 'policy';
  return undefined;
}

interface ExportedDestination {
  readonly EmailAddress?: unknown;
  readonly emailAddress?: unknown;
  readonly Reason?: unknown;
  readonly reason?: unknown;
  readonly LastUpdateTime?: unknown;
}

function* jsonRows(text: string): Generator<SuppressionRow> {
  let line = 0;
  for (const one of jsonValues(text)) {
    line++;
    const { EmailAddress, emailAddress, Reason, reason, LastUpdateTime } = one;
    const words = String(Reason ?? reason ?? '');
    const known = reasonOf(words);
    yield {
      line,
      address: String(EmailAddress ?? emailAddress ?? ''),
      ...(known ? { reason: known } : {}),
      detail: [words, LastUpdateTime].filter(Boolean).join('; ').slice(0, 2_000),
    };
  }
}

function jsonValues(text: string): ExportedDestination[] {
  try {
    const whole = JSON.parse(text) as { SuppressedDestinationSummaries?: ExportedDestination[] } | ExportedDestination[];
    const list = Array.isArray(whole) ? whole : (whole.SuppressedDestinationSummaries ?? [whole as ExportedDestination]);
    return list.map((one) => (typeof one === 'object' && one !== null ? one : {}));
  } catch {
    // One object a line.
    return text
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '')
      .map((line) => {
        try {
          return (JSON.parse(line) as ExportedDestination | null) ?? {};
        } catch {
          return { EmailAddress: line.slice(0, 200) };
        }
      });
  }
}

const PEEK = 64 * 1024;
const MAX_JSON = 64 * 1024 * 1024;

async function peek(source: Readable): Promise<{ start: string; stream: Readable }> {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer | string>;
  const chunks: Buffer[] = [];
  let size = 0;
  while (size < PEEK) {
    const { value, done } = await iterator.next();
    if (done) break;
    chunks.push(Buffer.from(value as Buffer));
    size += chunks.at(-1)!.length;
  }
  let head: Buffer = Buffer.concat(chunks);
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) head = head.subarray(3);
  async function* all(): AsyncGenerator<Buffer> {
    yield head;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield Buffer.from(next.value as Buffer);
  }
  return { start: head.toString('utf8', 0, PEEK), stream: Readable.from(all()) };
}

async function collect(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    if (size > MAX_JSON) break;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
