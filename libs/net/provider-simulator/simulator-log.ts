import { closeSync, openSync, writeSync } from 'node:fs';

/** One line of the log. */
export type SimulatorLogEntry =
  /** A provider is about to say 250 for this message and this recipient. */
  | { readonly took: string; readonly messageId: string; readonly sender: string }
  /** Our own MX said 250 for what a provider or a person sent back. */
  | { readonly returned: 'late-bounce' | 'complaint' | 'auto-reply' | 'reply'; readonly from: string };

/**
 * What a witness writes down: one JSON line for each acceptance, in the kernel's hands before the sender hears of it, so that
 * mail can be accounted for message by message whatever is killed afterwards, the simulator itself included.
 */
export class SimulatorLog {
  private fd: number | undefined;

  constructor(file: string) {
    this.fd = openSync(file, 'a', 0o600);
  }

  write(entry: SimulatorLogEntry): void {
    // A reaction may still be under way when the simulator closes.
    if (this.fd === undefined) return;
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    for (let written = 0; written < line.length;) written += writeSync(this.fd, line, written);
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
    this.fd = undefined;
  }
}
