import { closeSync, openSync, readSync } from 'node:fs';
import type { SimulatorLogEntry } from '#net/provider-simulator';
import type { Taken } from './reconcile.js';

/** Reads the simulator's log as it grows. */
export class Witness {
  /** Messages taken so far. */
  accepted = 0;
  readonly taken = new Map<string, { times: number; readonly messageIds: Set<string> }>();
  /** Late bounces that our MX has taken, by the recipient they are about. */
  readonly lateBounces = new Map<string, number>();
  /** Lines so far. */
  lines = 0;
  private readonly fd: number;
  private offset = 0;
  private rest = '';

  constructor(file: string) {
    this.fd = openSync(file, 'r');
  }

  read(): this {
    const buffer = Buffer.alloc(1 << 20);
    for (;;) {
      const length = readSync(this.fd, buffer, 0, buffer.length, this.offset);
      if (length === 0) return this;
      this.offset += length;
      const lines = (this.rest + buffer.toString('utf8', 0, length)).split('\n');
      this.rest = lines.pop()!;
      for (const line of lines) this.note(JSON.parse(line) as SimulatorLogEntry);
    }
  }

  get byRecipient(): ReadonlyMap<string, Taken> {
    return this.taken;
  }

  close(): void {
    closeSync(this.fd);
  }

  private note(entry: SimulatorLogEntry): void {
    this.lines++;
    if ('returned' in entry) {
      if (entry.returned === 'late-bounce') this.lateBounces.set(entry.from, (this.lateBounces.get(entry.from) ?? 0) + 1);
      return;
    }
    this.accepted++;
    const before = this.taken.get(entry.took) ?? { times: 0, messageIds: new Set<string>() };
    before.messageIds.add(entry.messageId);
    this.taken.set(entry.took, { ...before, times: before.times + 1 });
  }
}
