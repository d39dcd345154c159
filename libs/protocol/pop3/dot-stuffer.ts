const [CR, LF, DOT] = [0x0d, 0x0a, 0x2e];

/** A message as POP3 sends it, in any pieces: CRLF at every line's end, a dot before a dot that begins one, `.` at last (RFC 1939 §3). */
export class DotStuffer {
  private isLineStart = true;
  private wasCr = false;
  private isInBody = false;
  private isLineEmpty = true;
  private linesLeft: number;

  /** @param lines of the body to let through (TOP); undefined: all */
  constructor(private readonly lines?: number) {
    this.linesLeft = lines ?? 0;
  }

  /** TOP has all it wants: the rest of the message need not be read. */
  get isDone(): boolean {
    return this.lines !== undefined && this.isInBody && this.linesLeft === 0 && this.isLineStart;
  }

  push(chunk: Buffer): Buffer {
    const parts: Buffer[] = [];
    for (let from = 0; from < chunk.length && !this.isDone;) {
      const at = chunk.indexOf(LF, from);
      const until = at < 0 ? chunk.length : at;
      this.text(chunk.subarray(from, until), parts);
      if (at >= 0) this.endLine(parts);
      from = until + 1;
    }
    return Buffer.concat(parts);
  }

  end(): Buffer {
    const parts: Buffer[] = [];
    if (!this.isLineStart || this.wasCr) this.endLine(parts);
    parts.push(Buffer.from('.\r\n'));
    return Buffer.concat(parts);
  }

  private text(text: Buffer, parts: Buffer[]): void {
    if (text.length === 0) return;
    // A CR is held back until it is known whether a LF follows.
    if (this.wasCr) this.put(Buffer.of(CR), parts);
    this.wasCr = text.at(-1) === CR;
    const rest = this.wasCr ? text.subarray(0, -1) : text;
    if (rest.length > 0) this.put(rest, parts);
  }

  private put(text: Buffer, parts: Buffer[]): void {
    if (this.isLineStart && text[0] === DOT) parts.push(Buffer.of(DOT));
    this.isLineStart = false;
    this.isLineEmpty = false;
    parts.push(text);
  }

  private endLine(parts: Buffer[]): void {
    parts.push(Buffer.of(CR, LF));
    this.wasCr = false;
    if (this.isInBody) this.linesLeft -= 1;
    else if (this.isLineEmpty) this.isInBody = true;
    this.isLineStart = true;
    this.isLineEmpty = true;
  }
}
