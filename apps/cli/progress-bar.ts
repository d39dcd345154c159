/** One line that grows on a terminal; a line every few seconds where there is none. */
export class ProgressBar {
  private lastPrinted = 0;
  private readonly startedAt = Date.now();

  constructor(
    private readonly title: string,
    private readonly out: NodeJS.WriteStream,
  ) {}

  update(done: number, total: number, note = ''): void {
    if (this.out.isTTY) {
      this.out.write(`\r\x1b[2K${this.line(done, total, note)}`);
    } else if (Date.now() - this.lastPrinted > 5000) {
      this.lastPrinted = Date.now();
      this.out.write(`${this.line(done, total, note)}\n`);
    }
  }

  finish(done: number, total: number, note = ''): void {
    const seconds = ((Date.now() - this.startedAt) / 1000).toFixed(1);
    this.out.write(`${this.out.isTTY ? '\r\x1b[2K' : ''}${this.line(done, total, `${note} in ${seconds} s`)}\n`);
  }

  private line(done: number, total: number, note: string): string {
    const share = total > 0 ? Math.min(1, done / total) : 1;
    const filled = Math.round(share * 24);
    const bar = '█'.repeat(filled) + '░'.repeat(24 - filled);
    return `${this.title.padEnd(12)} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${note}`;
  }
}
