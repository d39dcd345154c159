const MERGE_BYTES = 4096;
const LF = 0x0a;

/** Bytes that came and were not used yet; looks at each once, however they were cut. What it hands out stays as it is. */
export class ByteQueue {
  private chunks: Buffer[] = [];
  private first = 0;
  /** Bytes from the start that are known to hold no LF. */
  private scanned = 0;
  private scannedChunks = 0;
  length = 0;

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.length += chunk.length;
    const last = this.chunks.length - 1;
    // Whoever sends single bytes must not cost an object each.
    const tail = this.chunks[last];
    if (tail === undefined || tail.length + chunk.length > MERGE_BYTES) {
      this.chunks.push(chunk);
      return;
    }
    if (this.scannedChunks > last) {
      this.scannedChunks = last;
      this.scanned -= tail.length - (last === 0 ? this.first : 0);
    }
    this.chunks[last] = Buffer.concat([tail, chunk]);
  }

  /** The next line with its end, or undefined while there is none within what came. */
  takeLine(): Buffer | undefined {
    for (; this.scannedChunks < this.chunks.length; this.scannedChunks += 1) {
      const chunk = this.chunks[this.scannedChunks]!;
      const from = this.scannedChunks === 0 ? this.first : 0;
      const at = chunk.indexOf(LF, from);
      if (at >= 0) return this.take(this.scanned + at - from + 1);
      this.scanned += chunk.length - from;
    }
    return undefined;
  }

  /** Exactly `bytes` of them. @throws RangeError when there are fewer */
  take(bytes: number): Buffer {
    if (bytes > this.length) throw new RangeError('not that many bytes');
    const parts: Buffer[] = [];
    for (let missing = bytes; missing > 0;) {
      const part = this.shift(missing);
      parts.push(part);
      missing -= part.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes);
  }

  /** The next bytes as they came, at most `most`; empty when there are none. */
  takeSome(most: number): Buffer {
    return this.length === 0 || most === 0 ? Buffer.alloc(0) : this.shift(most);
  }

  clear(): number {
    const dropped = this.length;
    this.chunks = [];
    this.first = 0;
    this.length = 0;
    this.rescan();
    return dropped;
  }

  /** The first bytes of what waits, for an error message. */
  peek(bytes: number): Buffer {
    const head = this.chunks[0];
    if (head === undefined) return Buffer.alloc(0);
    return Buffer.concat(this.chunks.slice(0, 8)).subarray(this.first, this.first + bytes);
  }

  private shift(most: number): Buffer {
    const head = this.chunks[0]!;
    const part = head.subarray(this.first, this.first + most);
    this.first += part.length;
    this.length -= part.length;
    if (this.first === head.length) {
      this.chunks.shift();
      this.first = 0;
    }
    this.rescan();
    return part;
  }

  private rescan(): void {
    this.scanned = 0;
    this.scannedChunks = 0;
  }
}
