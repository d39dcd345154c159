import net from 'node:net';
import { defineErrors, messageOf } from '#base/kernel';

export const scannerError = defineErrors({
  scanner_unavailable: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'A scanner of viruses or spam did not answer in time, or answered with an error. Look whether it runs, and at its log.',
  },
});

/** `host:port`, `[v6]:port`, or the path of a Unix socket. */
export type ScannerAddress = { readonly host: string; readonly port: number } | { readonly path: string };

/** @throws TypeError when it is neither */
export function parseScannerAddress(text: string): ScannerAddress {
  if (/^(?:unix:)?\//.test(text)) return { path: text.replace(/^unix:/, '') };
  const [, host, port] = /^(\[[0-9a-fA-F:]+\]|[^:\s/]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw new TypeError(`"${text}" is neither host:port nor the path of a socket`);
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

const MAX_ANSWER_BYTES = 256 * 1024;

/** A scanner that has seen enough answers and closes while we still send; then the answer may be lost with the connection. */
const MAX_TRIES = 3;

export interface Conversation {
  readonly timeoutMs: number;
  /** For people. */
  readonly name: string;
}

/**
 * Sends bytes over a new connection and reads the answer to its end.
 * @param pieces gives them anew for each connection; they are sent as fast as the scanner takes them
 * @throws ChaparError `scanner_unavailable`
 */
export async function converse(
  address: ScannerAddress,
  pieces: () => Iterable<Uint8Array>,
  { timeoutMs, name }: Conversation,
): Promise<Buffer> {
  const signal = AbortSignal.timeout(timeoutMs);
  for (let tries = 1; ; tries++) {
    try {
      return await once(address, pieces(), signal);
    } catch (error) {
      const isBroken = /^(?:EPIPE|ECONNRESET)$/.test((error as NodeJS.ErrnoException).code ?? '');
      if (isBroken && tries < MAX_TRIES && !signal.aborted) continue;
      const why = signal.aborted ? `did not answer within ${timeoutMs} ms` : messageOf(error);
      throw scannerError('scanner_unavailable', `${name} ${why}.`, { cause: error });
    }
  }
}

async function once(address: ScannerAddress, pieces: Iterable<Uint8Array>, signal: AbortSignal): Promise<Buffer> {
  const socket = net.connect({ ...address, noDelay: true } as net.NetConnectOpts);
  const abort = () => socket.destroy(new Error('no answer in time'));
  signal.addEventListener('abort', abort, { once: true });
  const answer: Buffer[] = [];
  let size = 0;
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      socket.on('data', (chunk) => {
        answer.push(chunk);
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) socket.destroy(new Error('answers without end'));
      });
      socket.once('connect', () => void send(socket, pieces));
      socket.once('error', (error) => {
        const isWhole = size > 0 && size <= MAX_ANSWER_BYTES && !signal.aborted;
        if (!isWhole) reject(Object.assign(new Error(`does not work: ${error.message}`), { code: (error as NodeJS.ErrnoException).code }));
      });
      socket.once('close', () =>
        size > 0 ? resolve(Buffer.concat(answer)) : reject(new Error('closed the connection without an answer')),
      );
      if (signal.aborted) abort();
    });
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

/** Between two pieces the event loop comes round, so that an answer which comes early is read before the next piece meets a closed door. */
async function send(socket: net.Socket, pieces: Iterable<Uint8Array>): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed || socket.readableEnded) return;
    await new Promise<void>((resolve) => socket.write(piece, () => setImmediate(resolve)));
  }
}
