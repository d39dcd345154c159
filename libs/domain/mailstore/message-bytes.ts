import type { BlobStore } from '#platform/blobs';

/** Bytes of messages that were read a moment ago: clients fetch a message part by part. */
const CACHE_BYTES = 32 * 1024 * 1024;
/** Larger ones are read anew each time rather than push all others out. */
const MAX_CACHED = 4 * 1024 * 1024;

export interface StoredBytes {
  readonly prefix: Buffer | null;
  readonly blob: string;
}

/** The bytes of stored messages: what our delivery put before them, and then the blob. */
export class MessageBytes {
  private readonly known = new Map<string, Buffer>();
  private size = 0;

  constructor(private readonly blobs: Pick<BlobStore, 'get'>) {}

  async whole({ prefix, blob }: StoredBytes): Promise<Buffer> {
    const bytes = await this.blob(blob);
    return prefix && prefix.length > 0 ? Buffer.concat([prefix, bytes]) : bytes;
  }

  /** Of the whole message; shorter where it ends before. */
  async range(stored: StoredBytes, start: number, length: number): Promise<Buffer> {
    const { prefix } = stored;
    const bytes = await this.blob(stored.blob);
    const before = prefix?.length ?? 0;
    if (start >= before) return bytes.subarray(start - before, start - before + length);
    return Buffer.concat([prefix!, bytes]).subarray(start, start + length);
  }

  async blob(ref: string): Promise<Buffer> {
    const known = this.known.get(ref);
    if (known) {
      this.known.delete(ref);
      this.known.set(ref, known);
      return known;
    }
    const bytes = await this.blobs.get(ref);
    if (bytes.length <= MAX_CACHED) this.keep(ref, bytes);
    return bytes;
  }

  private keep(ref: string, bytes: Buffer): void {
    if (this.known.has(ref)) return;
    this.known.set(ref, bytes);
    this.size += bytes.length;
    for (const [oldest, dropped] of this.known) {
      if (this.size <= CACHE_BYTES) break;
      this.known.delete(oldest);
      this.size -= dropped.length;
    }
  }
}
