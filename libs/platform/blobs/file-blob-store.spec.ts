import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import { uuidv7 } from '#base/kernel';
import { FileBlobStore } from './file-blob-store.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-blobs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const store = new FileBlobStore(folder);
const workspace = uuidv7();

it('gives back the very bytes, from memory and from a stream', async () => {
  const bytes = randomBytes(300_000);
  const stored = await store.put(workspace, Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]));
  expect(stored.sizeBytes).toBe(bytes.length);
  expect(await store.get(stored.ref)).toEqual(bytes);
  expect(Buffer.concat(await store.stream(stored.ref).toArray())).toEqual(bytes);
  expect(await store.has(stored.ref)).toBe(true);
});

it('keeps equal bytes once in a workspace and apart between workspaces', async () => {
  const [a, b] = await Promise.all([store.put(workspace, Buffer.from('same')), store.put(workspace, Buffer.from('same'))]);
  const other = await store.put(uuidv7(), Buffer.from('same'));
  expect(a.ref).toBe(b.ref);
  expect(other.ref).not.toBe(a.ref);
});

it('leaves nothing behind when the source breaks off', async () => {
  const broken = Readable.from(
    (function* () {
      yield Buffer.from('half');
      throw new Error('connection lost');
    })(),
  );
  await expect(store.put(workspace, broken)).rejects.toThrow('connection lost');
  expect(readdirSync(path.join(folder, 'incoming'))).toEqual([]);
});

it('refuses a reference that would lead out of its folder', async () => {
  await expect(store.has('../../etc/passwd')).rejects.toThrow(expect.objectContaining({ code: 'blob_ref_invalid' }));
  await expect(store.get(`${workspace}/${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'blob_not_found' });
});

it('says that a blob is gone only when it is, not when the disk will not give it', async () => {
  const { ref } = await store.put(workspace, Buffer.from('there'));
  const file = path.join(folder, workspace, ref.split('/')[1]!.slice(0, 2), `${ref.split('/')[1]}.zst`);
  rmSync(file);
  mkdirSync(file);
  await expect(store.get(ref)).rejects.toMatchObject({ code: 'EISDIR' });
});
