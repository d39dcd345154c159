import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MessageGuard, MessageRefused } from './message-guard.js';

const options = { maxSizeBytes: 10_000, maxHeaderBytes: 2_000, maxReceivedFields: 3, prefix: 'Received: ours\r\n' };

async function guarded(chunks: readonly Buffer[]): Promise<string> {
  const guard = Readable.from(chunks, { objectMode: false }).pipe(new MessageGuard(options));
  try {
    return (await guard.toArray()).map((chunk: Buffer) => chunk.toString('latin1')).join('');
  } catch (error) {
    if (error instanceof MessageRefused) return error.refusal.enhanced;
    throw error;
  }
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return at
    .slice(1)
    .map((end, index) => bytes.subarray(at[index], end))
    .filter((chunk) => chunk.length > 0);
}

const piece = fc.constantFrom('a', '.', '\r', '\n', '\r\n', '\r\n.\r\n', '\0', 'Received: x', 'RECEIVED:', 'Subject: y', ' ', 'ü');
const message = fc.array(piece, { minLength: 1, maxLength: 40 }).map((pieces) => Buffer.from(pieces.join('')));

it('says the same however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(message, fc.array(fc.nat(), { maxLength: 8 }), async (bytes, cuts) => {
      expect(await guarded(split(bytes, cuts))).toBe(await guarded([bytes]));
    }),
  );
});

it('lets a message through unchanged behind our field, exactly if its line ends are pairs and it holds no NUL', async () => {
  await fc.assert(
    fc.asyncProperty(message, async (bytes) => {
      const text = bytes.toString('latin1');
      const isClean = !/\0|\r(?!\n)|(?<!\r)\n/.test(text);
      const tooManyHops = (text.split('\r\n\r\n')[0]!.match(/^received:/gim)?.length ?? 0) > 3 && !text.startsWith('\r\n');
      const result = await guarded([bytes]);
      if (!isClean) expect(['5.6.11', '5.4.6']).toContain(result);
      else expect(result).toBe(tooManyHops ? '5.4.6' : options.prefix + text);
    }),
  );
});

it('counts hops in the header only', async () => {
  const hops = (count: number) => 'Received: from a\r\n\tby b\r\n'.repeat(count);
  expect(await guarded([Buffer.from(`${hops(3)}\r\n${hops(9)}`)])).toContain('Received: ours');
  expect(await guarded([Buffer.from(`${hops(4)}\r\n`)])).toBe('5.4.6');
});

it('refuses a header and a message that are too large', async () => {
  expect(await guarded([Buffer.from(`Subject: ${'a'.repeat(3_000)}\r\n\r\n`)])).toBe('5.3.4');
  expect(await guarded([Buffer.from(`\r\n${'a'.repeat(11_000)}\r\n`)])).toBe('5.3.4');
});
