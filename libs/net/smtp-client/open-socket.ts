import { type NetConnectOpts, type Socket, connect, isIP } from 'node:net';
import { messageOf } from '#base/kernel';
import { SmtpConnectError, type SmtpTarget } from './smtp-client.types.js';

/**
 * RFC 8305 §5 allows 100 ms to 2 s before the next address is tried beside the first. Mail is patient, and a second
 * connection to a busy server counts against us.
 */
const NEXT_ADDRESS_AFTER_MS = 1_000;

/**
 * Connects to the first of the target's addresses that answers: one after the other on failure, a second beside the first when
 * that one is slow (RFC 8305). Only one socket is left over.
 * @throws SmtpConnectError
 */
export function openSocket(
  target: SmtpTarget,
  timeoutMs: number,
  signal?: AbortSignal,
  nextAfterMs = NEXT_ADDRESS_AFTER_MS,
): Promise<{ readonly socket: Socket; readonly host: string }> {
  const addresses = [target.host, ...(target.alternatives ?? [])];
  return new Promise((resolve, reject) => {
    const trying = new Set<Socket>();
    const failures: string[] = [];
    let next = 0;
    let lastCause: unknown;
    let timer: NodeJS.Timeout | undefined;

    const finish = (winner?: Socket) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      for (const socket of trying) if (socket !== winner) socket.destroy();
      trying.clear();
    };
    const giveUp = (reason: string) => {
      finish();
      reject(new SmtpConnectError(reason, 'connect', undefined, { cause: lastCause }));
    };
    const onAbort = () => giveUp('the connection was given up');

    const tryNext = () => {
      clearTimeout(timer);
      const host = addresses[next++]!;
      if (next < addresses.length) timer = setTimeout(tryNext, nextAfterMs);
      const { via, port } = target;
      const socket = connect({ ...(via ? { host: via.host, port: via.port } : directly(host, target)), noDelay: true, keepAlive: true });
      trying.add(socket);
      const fail = (reason: string, cause?: unknown) => {
        // What is said of a socket that is out of the race does not matter.
        if (!trying.delete(socket)) return;
        socket.destroy();
        failures.push(reason);
        lastCause = cause;
        if (next < addresses.length) tryNext();
        else if (trying.size === 0) giveUp([...new Set(failures)].join('; '));
      };
      socket.setTimeout(timeoutMs, () => fail(`no connection within ${timeoutMs / 1000} s`));
      socket.on('error', (error) => fail(error.message, error));
      const succeed = () => {
        if (!trying.has(socket)) return;
        finish(socket);
        socket.setTimeout(0);
        // These two are ours: the reply stream listens from here on.
        socket.removeAllListeners('error').removeAllListeners('timeout');
        resolve({ socket, host });
      };
      socket.once('connect', () => {
        if (!via) succeed();
        else
          via.open(socket, { host, port }, timeoutMs).then(succeed, (error: unknown) => fail(`${via.label}: ${messageOf(error)}`, error));
      });
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    else tryNext();
  });
}

function directly(host: string, { port, local }: SmtpTarget): NetConnectOpts {
  // A name is looked up while connecting, in the family that we have an address of, IPv4 first.
  const family = isIP(host) || (local?.v4 !== undefined ? 4 : local?.v6 !== undefined ? 6 : 0);
  const localAddress = family === 4 ? local?.v4 : family === 6 ? local?.v6 : undefined;
  return { host, port, ...(localAddress !== undefined && { localAddress, family }) };
}
