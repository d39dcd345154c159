import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { performance } from 'node:perf_hooks';

export interface LoadOptions {
  readonly url: string;
  readonly path: string;
  readonly key: string;
  readonly connections: number;
  readonly requests: number;
  readonly body: (n: number) => string;
  /** Requests a second, evenly; without it, as fast as answers come. */
  readonly rate?: number;
}

export interface LoadResult {
  readonly seconds: number;
  /** Milliseconds from the moment a request was due until its answer was whole. */
  readonly latencies: number[];
}

/** A small HTTP client over plain sockets: on two cores, a full one would be half of what is measured. @throws Error for an answer other than 200 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const { hostname, port } = new URL(options.url);
  const sockets = await Promise.all(
    Array.from({ length: options.connections }, async () => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      await once(socket, 'connect');
      return socket;
    }),
  );
  const latencies: number[] = [];
  let next = 0;
  const start = performance.now();
  const dueAt = (n: number) => (options.rate === undefined ? performance.now() : start + (n / options.rate) * 1000);
  await Promise.all(
    sockets.map(async (socket) => {
      while (next < options.requests) {
        const n = next++;
        const due = dueAt(n);
        const wait = due - performance.now();
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
        await exchange(socket, requestOf(options, hostname, options.body(n)));
        latencies.push(performance.now() - due);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const socket of sockets) socket.destroy();
  return { seconds, latencies };
}

function requestOf({ path, key }: LoadOptions, host: string, body: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function exchange(socket: Socket, request: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const done = (error?: Error) => {
      socket.off('data', onData).off('error', done).off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    const onClose = () => done(new Error('the server closed the connection'));
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1]);
      if (text.length < end + 4 + length) return;
      done(text.startsWith('HTTP/1.1 200') ? undefined : new Error(`the server answered ${text.slice(0, 500)}`));
    };
    socket.on('data', onData).on('error', done).on('close', onClose);
    socket.write(request);
  });
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}
