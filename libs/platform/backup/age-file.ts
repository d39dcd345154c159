import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Decrypter, Encrypter } from 'age-encryption';
import { backupError } from './backup.errors.js';

export interface WrittenFile {
  /** Of the encrypted file. */
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes a stream as an age file (age-encryption.org/v1), whole or not at all. */
export async function writeAgeFile(file: string, content: Readable, recipient: string): Promise<WrittenFile> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  const encrypted = await encrypter.encrypt(Readable.toWeb(content) as globalThis.ReadableStream<Uint8Array>);
  const hash = createHash('sha256');
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const partial = `${file}.partial`;
  try {
    await pipeline(Readable.fromWeb(encrypted as ReadableStream), meter, createWriteStream(partial, { mode: 0o600, flush: true }));
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** @throws ChaparError `backup_key_wrong`, `backup_damaged`; the stream ends in an error when a later part is damaged */
export async function readAgeFile(file: string, identity: string): Promise<Readable> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  try {
    const encrypted = Readable.toWeb(createReadStream(file)) as globalThis.ReadableStream<Uint8Array>;
    return Readable.fromWeb((await decrypter.decrypt(encrypted)) as ReadableStream);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw backupError('backup_damaged', `${path.basename(file)} of the backup is missing.`, { cause });
    if (/no identity|incorrect/i.test((cause as Error).message))
      throw backupError('backup_key_wrong', 'The recovery key does not open this backup.', { cause });
    throw backupError('backup_damaged', `${path.basename(file)} of the backup cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** SHA-256 of a file as it lies there; undefined when there is none. */
export async function hashFile(file: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return hash.digest('hex');
}
