interface Entry<T> {
  readonly value: T;
  readonly expiresAt: number;
  readonly sizeBytes: number;
}

/** Values until they expire, within so many bytes; what was not used for longest goes first. */
export class DnsCache<T> {
  private readonly entries = new Map<string, Entry<T>>();
  private bytes = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly now: () => number,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  find(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.entries.delete(key);
    if (entry.expiresAt <= this.now()) {
      this.bytes -= entry.sizeBytes;
      return undefined;
    }
    this.entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: T, expiresAt: number, sizeBytes: number): void {
    this.delete(key);
    if (expiresAt <= this.now()) return;
    this.entries.set(key, { value, expiresAt, sizeBytes });
    this.bytes += sizeBytes;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.maxBytes) break;
      this.delete(oldest);
    }
  }

  private delete(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    this.bytes -= entry.sizeBytes;
  }
}
