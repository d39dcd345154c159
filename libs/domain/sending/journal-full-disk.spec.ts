import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Journal, JournalReplay } from './journal.js';

/** Bytes that the disk still takes; a write that needs more is cut short, and the next one fails, as the kernel does it. */
const disk = vi.hoisted(() => ({ room: Number.POSITIVE_INFINITY }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    writeSync: (fd: number, bytes: Buffer, offset: number) => {
      if (disk.room === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      const length = Math.min(disk.room, bytes.length - offset);
      disk.room -= length;
      return fs.writeSync(fd, bytes, offset, length);
    },
  };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-full-'));
  disk.room = Number.POSITIVE_INFINITY;
});
afterEach(() => rmSync(folder, { recursive: true }));

const ref = (n: number) => ({ batchId: '7', deliveryId: `${n}`, attempt: 1 });

it('a disk that fills up at any byte of a record leaves every other record readable, once there is room again', () => {
  for (let room = 0; room < 80; room++) {
    const directory = path.join(folder, `${room}`);
    const journal = new Journal(directory);
    disk.room = Number.POSITIVE_INFINITY;
    journal.dot(journal.begin(ref(1)));
    disk.room = room;
    let didFail = false;
    try {
      journal.dot(journal.begin(ref(2)));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
      didFail = true;
    }
    disk.room = Number.POSITIVE_INFINITY;
    journal.dot(journal.begin(ref(3)));
    const replay = JournalReplay.read(directory);
    expect(replay.stateOf(ref(1))).toMatchObject({ type: 'dot' });
    expect(replay.stateOf(ref(3))).toMatchObject({ type: 'dot' });
    // What was never written down was never sent.
    expect(replay.stateOf(ref(2)) === undefined).toBe(didFail);
    journal.close({ remove: false });
  }
});
