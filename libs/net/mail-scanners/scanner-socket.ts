import net from 'node:net';
import { defineErrors } from '#base/kernel';

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

/**
 * Sends bytes over a new connection and reads the answer to its end.
 * @param write writes all of it; its pieces are sent as fast as the scanner takes them
 * @throws ChaparError `scanner_unavailable`
 */
export function converse(
  address: ScannerAddress,
  pieces: Iterable<Uint8Array>,
  options: { readonly timeoutMs: number; readonly name: string },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ ...address, noDelay: true } as net.NetConnectOpts);
    const answer: Buffer[] = [];
    let size = 0;
    const fail = (why: string, cause?: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      reject(scannerError('scanner_unavailable', `${options.name} ${why}.`, { cause }));
    };
    const timer = setTimeout(() => fail(`did not answer within ${options.timeoutMs} ms`), options.timeoutMs);
    const iterator = pieces[Symbol.iterator]();
    const pump = () => {
      for (let next = iterator.next(); ; next = iterator.next()) {
        if (next.done) return;
        if (!socket.write(next.value)) break;
      }
      socket.once('drain', pump);
    };
    socket.once('connect', pump);
    socket.on('data', (chunk) => {
      answer.push(chunk);
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) fail('answers without end');
    });
    socket.once('error', (error) => {
      // A scanner that has seen enough answers and closes while we still send.
      if (size === 0) fail(`cannot be reached: ${error.message}`, error);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      if (size > 0) resolve(Buffer.concat(answer));
      else fail('closed the connection without an answer');
    });
  });
}
