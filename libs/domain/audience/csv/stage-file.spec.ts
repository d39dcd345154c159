import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { stageFile } from './stage-file.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-stage-'));
let files = 0;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function stage(pieces: Iterable<Buffer>, encoding?: string): Promise<{ text: string; encoding: string; sizeBytes: number }> {
  const target = path.join(folder, String(files++));
  try {
    const staged = await stageFile(Readable.from(pieces), target, encoding);
    return { ...staged, text: readFileSync(target, 'utf8') };
  } catch (error) {
    expect(existsSync(target)).toBe(false);
    throw error;
  }
}

it.each([
  ['UTF-8', Buffer.from('ایمیل,é'), undefined, 'ایمیل,é', 'utf-8'],
  ['UTF-8 with a byte order mark', Buffer.from('\ufeffemail'), 'windows-1252', 'email', 'utf-8'],
  ['UTF-16LE with a byte order mark', Buffer.from('\ufeffنام', 'utf16le'), undefined, 'نام', 'utf-16le'],
  ['UTF-16BE with a byte order mark', Buffer.from('\ufeffنام', 'utf16le').swap16(), undefined, 'نام', 'utf-16be'],
  ['UTF-16LE as declared', Buffer.from('نام', 'utf16le'), 'utf-16le', 'نام', 'utf-16le'],
  ['Windows-1252 as declared', Buffer.from([0x80, 0xe9]), 'windows-1252', '€é', 'windows-1252'],
  ['Latin-5 as declared', Buffer.from([0xfd, 0xfe]), 'ISO-8859-9', 'ış', 'windows-1254'],
])('turns %s into UTF-8', async (_what, bytes, declared, text, encoding) => {
  expect(await stage([bytes], declared)).toEqual({ text, encoding, sizeBytes: Buffer.byteLength(text) });
});

it('gives the same text wherever the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3_000 }),
      fc.integer({ min: 1, max: 997 }),
      async (raw, size) => {
        const text = `email,${raw.toWellFormed().replaceAll('\0', '')}`;
        for (const encoding of ['utf8', 'utf16le'] as const) {
          const bytes = Buffer.from(`\ufeff${text}`, encoding);
          const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
          expect((await stage(pieces)).text).toBe(text);
        }
      },
    ),
    { numRuns: 60 },
  );
});

it('names the line that cannot be decoded, however far into the file', async () => {
  const good = Buffer.from('email,name\r\nx@example.org,"a\nb"\r'.repeat(5_000));
  const bad = Buffer.concat([good, Buffer.from([0x41, 0xff, 0xfe, 0x0a])]);
  for (const size of [bad.length, 64 * 1024, 4_096]) {
    const pieces = Array.from({ length: Math.ceil(bad.length / size) }, (_, i) => bad.subarray(i * size, (i + 1) * size));
    await expect(stage(pieces)).rejects.toMatchObject({ code: 'import_encoding_wrong', details: [{ line: 15_001 }] });
  }
});

it('refuses a file that ends in the middle of a character', async () => {
  await expect(stage([Buffer.from('email\nنا').subarray(0, -1)])).rejects.toMatchObject({
    code: 'import_encoding_wrong',
    details: [{ line: 2 }],
  });
});

it('says of UTF-16 without a mark how to declare it', async () => {
  await expect(stage([Buffer.from('email\n', 'utf16le')])).rejects.toMatchObject({
    code: 'import_not_csv',
    suggestion: expect.stringContaining('utf-16le'),
  });
});
