import { type FileHandle, open, readFile, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { audienceError } from '../audience.errors.js';
import { MAGIC_BYTES, refuseOtherFormats } from './detect-file-type.js';

export interface StagedFile {
  readonly sizeBytes: number;
  readonly encoding: string;
}

/**
 * Copies a file in any known encoding to `target` as UTF-8 without byte order mark, as a stream. What cannot be CSV text is
 * refused on the way and `target` is removed; so a byte offset into the copy is a place in the text, whatever came in.
 * @throws ChaparError `import_not_csv`, `import_empty`, `import_encoding_unknown`, `import_encoding_wrong`
 */
export async function stageFile(source: Readable | AsyncIterable<Buffer>, target: string, declared?: string): Promise<StagedFile> {
  // Only this account may read people's addresses.
  const file = await open(target, 'wx', 0o600);
  try {
    const staged = await copyDecoded(source, file, target, declared);
    await file.datasync();
    await file.close();
    return staged;
  } catch (error) {
    await file.close();
    await rm(target, { force: true });
    throw error;
  }
}

async function copyDecoded(
  source: AsyncIterable<Buffer>,
  file: FileHandle,
  target: string,
  declared: string | undefined,
): Promise<StagedFile> {
  let decoder: TextDecoder | undefined;
  let sizeBytes = 0;
  let start: Buffer | undefined = Buffer.alloc(0);
  const write = async (bytes: Buffer, isLast: boolean) => {
    if (decoder === undefined) {
      refuseOtherFormats(bytes);
      decoder = decoderFor(bytes, declared);
    }
    const text = await decode(decoder, bytes, isLast, target, declared);
    if (text.includes('\0')) throw nulRefusal((await linesIn(target)) + breaksIn(text.slice(0, text.indexOf('\0'))), decoder.encoding);
    const encoded = Buffer.from(text);
    sizeBytes += encoded.length;
    await writeAll(file, encoded);
  };
  for await (const chunk of source) {
    if (start !== undefined) {
      start = Buffer.concat([start, chunk]);
      if (start.length < MAGIC_BYTES) continue;
      await write(start, false);
      start = undefined;
    } else await write(chunk, false);
  }
  await write(start ?? Buffer.alloc(0), true);
  if (sizeBytes === 0)
    throw audienceError('import_empty', 'The file is empty.', {
      suggestion: 'Export the contacts again: the file needs a first line with column names and a line per contact.',
    });
  return { sizeBytes, encoding: decoder!.encoding };
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
}

/** A byte order mark decides, then the declaration, then UTF-8. We never guess: wrong names are worse than an error. */
function decoderFor(start: Buffer, declared: string | undefined): TextDecoder {
  const label = markedEncoding(start) ?? declared ?? 'utf-8';
  try {
    return new TextDecoder(label, { fatal: true });
  } catch (cause) {
    throw audienceError('import_encoding_unknown', `"${label}" is not a known encoding.`, {
      cause,
      suggestion: 'Use utf-8, utf-16le, windows-1256 (Persian, Arabic) or windows-1252 (Western Europe).',
    });
  }
}

function markedEncoding(start: Buffer): string | undefined {
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return 'utf-8';
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return undefined;
}

async function decode(decoder: TextDecoder, bytes: Buffer, isLast: boolean, target: string, declared: string | undefined): Promise<string> {
  try {
    return decoder.decode(bytes, { stream: !isLast });
  } catch (cause) {
    const validBytes = lengthOfValidPrefix(bytes, decoder.encoding);
    const before = new TextDecoder(decoder.encoding).decode(bytes.subarray(0, validBytes), { stream: true });
    const line = (await linesIn(target)) + breaksIn(before);
    const suggestion =
      declared === undefined ? adviceFor(bytes, validBytes) : 'Declare the encoding that the file was saved in, or save it again as UTF-8.';
    throw audienceError(
      'import_encoding_wrong',
      `Line ${line} cannot be read as ${decoder.encoding.toUpperCase()}. Nothing was imported.`,
      {
        cause,
        details: [{ field: 'encoding', line, code: 'undecodable', message: `not ${decoder.encoding.toUpperCase()}` }],
        suggestion,
      },
    );
  }
}

/** Whether a prefix can be decoded is monotone in its length, so a binary search finds the first bad byte. */
function lengthOfValidPrefix(bytes: Buffer, encoding: string): number {
  let good = 0;
  let bad = bytes.length;
  while (good + 1 < bad) {
    const middle = (good + bad) >> 1;
    try {
      new TextDecoder(encoding, { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}

/** Shows how the bad line would read in the two most likely encodings: a person sees at once which is right. */
function adviceFor(bytes: Buffer, at: number): string {
  const start = Math.max(bytes.lastIndexOf(0x0a, at) + 1, at - 40);
  const lineEnd = bytes.indexOf(0x0a, at);
  const line = bytes.subarray(start, Math.min(lineEnd < 0 ? bytes.length : lineEnd, start + 80));
  if (/[\u0000-\u0008\u000e-\u001f]/.test(line.toString('latin1')))
    return 'This does not look like text: choose the CSV file, or save it as "CSV UTF-8".';
  const read = (label: string) => `${label} would read "${new TextDecoder(label).decode(line).trim()}"`;
  return `Declare the encoding, or save the file as "CSV UTF-8". Of that line, ${read('windows-1256')}, and ${read('windows-1252')}.`;
}

function nulRefusal(line: number, encoding: string) {
  return audienceError(
    'import_not_csv',
    `The file holds a NUL byte in line ${line}, so it is not text in ${encoding.toUpperCase()}. Nothing was imported.`,
    {
      details: [{ line, code: 'nul', message: 'NUL byte' }],
      suggestion: 'If it was saved as "Unicode text", declare the encoding utf-16le; otherwise save it as "CSV UTF-8".',
    },
  );
}

/** Number of the line that comes after what is staged so far. Read only to word a refusal. */
async function linesIn(target: string): Promise<number> {
  return 1 + breaksIn(await readFile(target, 'utf8'));
}

/** Line ends in a text: CRLF, LF and CR count once each. */
export function breaksIn(text: string): number {
  let breaks = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) breaks++;
  for (let at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1)) if (text[at + 1] !== '\n') breaks++;
  return breaks;
}
