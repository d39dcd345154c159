import net from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '#base/kernel';
import { testCertificate } from '#testing/certificates';
import { type RunningTextListener, type TextListenerOptions, startTextListener } from './text-listener.js';

let listener: RunningTextListener | undefined;
afterEach(async () => {
  await listener?.close();
  listener = undefined;
});

/** Says everything back; `TLS` turns it on. */
async function start(more: Partial<TextListenerOptions> = {}): Promise<number> {
  listener = await startTextListener({
    bind: '127.0.0.1',
    port: 0,
    tls: await testCertificate(['localhost']),
    isImplicitTls: false,
    maxConnections: 10,
    maxConnectionsPerAddress: 3,
    idleMs: 60_000,
    logger: silentLogger,
    converse: (channel) => ({
      received(chunk) {
        if (chunk.toString() === 'TLS') void channel.startTls().then(() => channel.write('secret'));
        else void channel.write(chunk);
      },
      closed: () => undefined,
      goodbye() {
        void channel.write('bye');
        channel.end();
      },
    }),
    ...more,
  });
  return listener.port;
}

const heard = (socket: net.Socket) => new Promise<string>((resolve) => socket.once('data', (chunk: Buffer) => resolve(chunk.toString())));
const closed = (socket: net.Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()).resume());

describe('connections', () => {
  it('talk in the clear, and over TLS afterwards', async () => {
    const plain = net.connect(await start(), '127.0.0.1');
    plain.write('hello');
    expect(await heard(plain)).toBe('hello');
    plain.write('TLS');
    const secure = tls.connect({ socket: plain, rejectUnauthorized: false });
    expect(await heard(secure)).toBe('secret');
    secure.destroy();
  });

  it('talk over TLS from the first byte, and are dropped when they do not', async () => {
    const port = await start({ isImplicitTls: true });
    const secure = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
    secure.write('hello');
    expect(await heard(secure)).toBe('hello');
    const plain = net.connect(port, '127.0.0.1');
    plain.on('error', () => undefined).write('a1 LOGIN x y\r\n');
    await closed(plain);
    secure.destroy();
  });

  it('are so many for each address, and free again when they end', async () => {
    const port = await start();
    const open = Array.from({ length: 3 }, () => net.connect(port, '127.0.0.1'));
    await Promise.all(open.map((socket) => (socket.write('x'), heard(socket))));
    const fourth = net.connect(port, '127.0.0.1').on('error', () => undefined);
    await closed(fourth);
    open[0]!.destroy();
    await expect.poll(() => listener!.connections).toBe(2);
    const again = net.connect(port, '127.0.0.1');
    again.write('x');
    expect(await heard(again)).toBe('x');
    for (const socket of [...open, again]) socket.destroy();
  });

  it('are told good-bye when they idle or the server closes, and end whether they read it or not', async () => {
    const idle = net.connect(await start({ idleMs: 50 }), '127.0.0.1');
    expect(await heard(idle)).toBe('bye');
    await closed(idle);
    await listener!.close();
    const deaf = net.connect(await start(), '127.0.0.1');
    deaf.write('x');
    await heard(deaf);
    deaf.pause();
    await listener!.close();
    listener = undefined;
    deaf.destroy();
  });
});
