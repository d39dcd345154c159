import type { Writable } from 'node:stream';

const COLOURS: Readonly<Record<string, number>> = {
  supervisor: 36,
  api: 34,
  tracker: 35,
  mta: 32,
  mx: 33,
  mailbox: 90,
  worker: 94,
  simulator: 95,
};
/** What every line carries anyway. */
const ROUTINE = new Set(['level', 'time', 'role', 'msg', 'err', 'pid', 'hostname', 'v']);

/** Everything that `chapar start` shows: its own words and the lines of its roles, for people or as JSON. */
export class ConsoleOutput {
  constructor(
    private readonly out: Writable,
    private readonly options: { readonly isPretty: boolean; readonly hasColour: boolean; readonly now?: () => Date },
  ) {}

  /** A sentence of the supervisor. */
  say(message: string, level: 'info' | 'warn' | 'error' = 'info'): void {
    this.write({ level, time: this.now().toISOString(), role: 'supervisor', msg: message });
  }

  /** One line that a role printed: its JSON log, or whatever else came out of it. */
  line(role: string, text: string): void {
    if (text.trim() === '') return;
    const entry = parse(text);
    if (entry) this.write({ ...entry, role: entry['role'] ?? role });
    else this.write({ level: 'error', time: this.now().toISOString(), role, msg: text });
  }

  /** A block of plain text, shown as it is in either form. */
  block(text: string): void {
    this.out.write(`${text}\n`);
  }

  private write(entry: Record<string, unknown>): void {
    this.out.write(`${this.options.isPretty ? this.pretty(entry) : JSON.stringify(entry)}\n`);
  }

  private pretty(entry: Record<string, unknown>): string {
    const role = String(entry['role']);
    const level = String(entry['level']);
    const time = new Date(String(entry['time'])).toTimeString().slice(0, 8);
    const head = this.paint(`${time} ${role.padEnd(10)}`, COLOURS[role] ?? 37);
    const mark = level === 'error' || level === 'fatal' ? this.paint('error ', 31) : level === 'warn' ? this.paint('warning ', 33) : '';
    const fields = Object.entries(entry)
      .filter(([name]) => !ROUTINE.has(name))
      .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    const error = entry['err'] as { message?: string; stack?: string } | string | undefined;
    const trace = error === undefined ? '' : `\n${indent(typeof error === 'string' ? error : (error.stack ?? error.message ?? ''))}`;
    return `${head} ${mark}${String(entry['msg'] ?? '')}${fields.length > 0 ? this.paint(`  ${fields.join(' ')}`, 90) : ''}${trace}`;
  }

  private paint(text: string, colour: number): string {
    return this.options.hasColour ? `\x1b[${colour}m${text}\x1b[0m` : text;
  }

  private now(): Date {
    return this.options.now?.() ?? new Date();
  }
}

function parse(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}
