import { type ScannerAddress, converse, scannerError } from './scanner-socket.js';

export type VirusFinding =
  { readonly result: 'clean' } | { readonly result: 'infected'; readonly name: string } | { readonly result: 'too-large' };

const PIECE = 64 * 1024;

/**
 * clamd's INSTREAM (clamd(8)): pieces with their length in front, the last one of none. The bytes leave this machine only
 * if clamd runs on another.
 * @throws ChaparError `scanner_unavailable`
 */
export async function scanWithClamav(address: ScannerAddress, content: Buffer, timeoutMs: number): Promise<VirusFinding> {
  const answer = (await converse(address, () => stream(content), { timeoutMs, name: 'ClamAV' }))
    .toString('utf8')
    .replaceAll('\0', '')
    .trim();
  const [, found] = /^(?:stream|instream\([^)]*\)): (.{1,200}) FOUND$/.exec(answer) ?? [];
  if (found !== undefined) return { result: 'infected', name: found };
  if (/: OK$/.test(answer)) return { result: 'clean' };
  if (/size limit exceeded/i.test(answer)) return { result: 'too-large' };
  throw scannerError('scanner_unavailable', `ClamAV answered with "${answer.slice(0, 200)}".`);
}

function* stream(content: Buffer): Generator<Uint8Array> {
  // "z": commands and answers end with NUL.
  yield Buffer.from('zINSTREAM\0');
  for (let at = 0; at < content.length; at += PIECE) {
    const piece = content.subarray(at, at + PIECE);
    yield lengthOf(piece.length);
    yield piece;
  }
  yield lengthOf(0);
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
}
