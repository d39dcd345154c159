import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createZstdCompress, createZstdDecompress, zstdDecompress } from 'node:zlib';
import { defineErrors, uuidv7 } from '#base/kernel';

export const blobError = defineErrors({
  blob_not_found: {
    kind: 'not-found',
    retry: 'never',
    meaning: 'The stored message or file is gone: its retention is over, or the data directory was not restored whole.',
  },
  blob_ref_invalid: { kind: 'internal', retry: 'never', meaning: 'A reference to a stored file is malformed.' },
});

export interface StoredBlob {
  /** `<workspace>/<sha-256>`: opaque to callers. */
  readonly ref: string;
  readonly sizeBytes: number;
}

/** Immutable bytes, found by their hash within a workspace: the same message stored twice takes its place once. */
export interface BlobStore {
  /** Durable when it returns. */
  put(workspaceId: string, content: Uint8Array | Readable): Promise<StoredBlob>;
  get(ref: string): Promise<Buffer>;
  stream(ref: string): Readable;
  has(ref: string): Promise<boolean>;
  /** Every reference, in no order. */
  list(): AsyncIterable<string>;
}

const decompress = promisify(zstdDecompress);

/** Blobs as zstd-compressed files under `<folder>/<workspace>/<first two of the hash>/<hash>.zst`. */
export class FileBlobStore implements BlobStore {
  constructor(private readonly folder: string) {}

  async put(workspaceId: string, content: Uint8Array | Readable): Promise<StoredBlob> {
    const incoming = path.join(this.folder, 'incoming');
    await mkdir(incoming, { recursive: true, mode: 0o700 });
    const partial = path.join(incoming, uuidv7());
    const handle = await open(partial, 'wx', 0o600);
    try {
      const { hash, sizeBytes } = await writeCompressed(handle, content instanceof Readable ? content : Readable.from([content]));
      const ref = `${workspaceId}/${hash}`;
      await this.settle(partial, this.fileOf(ref));
      return { ref, sizeBytes };
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  async get(ref: string): Promise<Buffer> {
    const compressed = await readFile(this.fileOf(ref)).catch((cause: unknown) => {
      // Too many open files or a disk that does not answer passes; what is not there stays away.
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
      throw blobError('blob_not_found', `There is no stored file ${ref}.`, { cause });
    });
    return decompress(compressed);
  }

  stream(ref: string): Readable {
    return createReadStream(this.fileOf(ref)).compose(createZstdDecompress()) as unknown as Readable;
  }

  async has(ref: string): Promise<boolean> {
    return stat(this.fileOf(ref)).then(
      () => true,
      () => false,
    );
  }

  async *list(): AsyncGenerator<string> {
    for (const workspace of await readdir(this.folder).catch(() => [])) {
      if (workspace === 'incoming') continue;
      for (const start of await readdir(path.join(this.folder, workspace)))
        for (const name of await readdir(path.join(this.folder, workspace, start)))
          if (name.endsWith('.zst')) yield `${workspace}/${name.slice(0, -'.zst'.length)}`;
    }
  }

  /** Rename, then make the name itself durable. An equal blob that is there already is the same blob. */
  private async settle(partial: string, file: string): Promise<void> {
    const folder = path.dirname(file);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await rename(partial, file);
    const directory = await open(folder, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  private fileOf(ref: string): string {
    const match = /^([0-9a-f-]{36})\/([0-9a-f]{64})$/.exec(ref);
    if (!match) throw blobError('blob_ref_invalid', 'A blob reference is malformed.');
    return path.join(this.folder, match[1]!, match[2]!.slice(0, 2), `${match[2]!}.zst`);
  }
}

async function writeCompressed(handle: FileHandle, content: Readable): Promise<{ hash: string; sizeBytes: number }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  // flush: the bytes are on disk before the file is closed.
  await pipeline(content, meter, compress, handle.createWriteStream({ flush: true }));
  return { hash: hash.digest('hex'), sizeBytes };
}
