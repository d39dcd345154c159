import { generateKeyPairSync, sign } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { type ReadyRun, sendReady } from './ready-client.js';

/** RSA-2048 signatures per second that the thread pool makes with every core busy; the best of three tries is the limit. */
export async function signaturesPerSecond(): Promise<number> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const signAsync = promisify<string, Buffer, typeof privateKey, Buffer>(sign as never);
  const input = Buffer.alloc(500, 1);
  const count = 2_000;
  let best = 0;
  for (let round = 0; round < 3; round++) {
    const startedAt = performance.now();
    for (let done = 0; done < count; done += 50)
      await Promise.all(Array.from({ length: 50 }, () => signAsync('sha256', input, privateKey)));
    best = Math.max(best, count / ((performance.now() - startedAt) / 1000));
  }
  return best;
}

/** What the sink takes of ready bytes from a client that does nothing but write them, pipelined, without a signature. */
export async function rawSmtpPerSecond(run: ReadyRun): Promise<number> {
  const startedAt = performance.now();
  await sendReady(run);
  return run.count / ((performance.now() - startedAt) / 1000);
}

/** Durable writes per second, one after the other: what a commit costs at least. */
export function syncsPerSecond(folder: string): number {
  const file = path.join(folder, 'sync-limit');
  const handle = openSync(file, 'w');
  const count = 200;
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) {
    writeSync(handle, Buffer.alloc(8192, i));
    fdatasyncSync(handle);
  }
  const rate = count / ((performance.now() - startedAt) / 1000);
  closeSync(handle);
  rmSync(file);
  return rate;
}
