import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '#base/kernel';
import { type BounceExplanation, explainBounce } from '#protocol/dsn';

/** What one file is, or why it could not be read. Fields without a value are null. */
export interface ExplainedFile {
  readonly file: string;
  readonly kind: BounceExplanation['kind'] | null;
  readonly recipient: string | null;
  readonly permanent: boolean | null;
  readonly class: BounceExplanation['class'] | null;
  readonly enhancedCode: string | null;
  readonly reason: string | null;
  readonly explanation: string | null;
  readonly error?: string;
}

/** Reports are small; of a larger message its beginning tells what it is. */
const MAX_BYTES = 8 * 1024 * 1024;
const STANDARD_INPUT = '-';

/** Explains files one after the other: those of a folder in the order of their names, `-` for standard input. */
export async function* explainFiles(places: readonly string[]): AsyncGenerator<ExplainedFile> {
  for (const place of places) for await (const file of filesAt(place)) yield await explainFile(file);
}

/** `-` stays as it is; of a folder all files, in the order of their names. */
export async function* filesAt(place: string): AsyncGenerator<string> {
  const isFolder = place !== STANDARD_INPUT && (await stat(place).catch(() => undefined))?.isDirectory();
  if (!isFolder) {
    yield place;
    return;
  }
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  // Of a Maildir too: its files have no ending.
  const names = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => path.join(entry.parentPath, entry.name));
  yield* names.sort();
}

async function explainFile(file: string): Promise<ExplainedFile> {
  try {
    const { kind, recipient, permanent, class: bounceClass, enhancedCode, reason, explanation } = explainBounce(await readBeginning(file));
    return {
      file,
      kind,
      recipient: recipient ?? null,
      permanent: permanent ?? null,
      class: bounceClass ?? null,
      enhancedCode: enhancedCode ?? null,
      reason: reason ?? null,
      explanation,
    };
  } catch (error) {
    const nothing = { kind: null, recipient: null, permanent: null, class: null, enhancedCode: null, reason: null, explanation: null };
    return { file, ...nothing, error: messageOf(error) };
  }
}

export async function readBeginning(file: string): Promise<Buffer> {
  const stream: AsyncIterable<Buffer> = file === STANDARD_INPUT ? process.stdin : createReadStream(file, { end: MAX_BYTES - 1 });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_BYTES) break;
  }
  return Buffer.concat(chunks, Math.min(size, MAX_BYTES));
}
