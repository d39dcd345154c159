import { type Server, type Socket, connect, createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { openSocket } from './open-socket.js';

const servers: Server[] = [];
const workers: Worker[] = [];
const fillers: Socket[] = [];
afterEach(async () => {
  for (const socket of fillers.splice(0)) socket.destroy();
  for (const worker of workers.splice(0)) await worker.terminate();
  for (const server of servers.splice(0)) server.close();
});

/** Listens on each address, same port. @returns the port, and who was connected to */
async function listen(addresses: readonly string[], wanted = 0) {
  const connected: string[] = [];
  const ended: string[] = [];
  let port = wanted;
  for (const address of addresses) {
    const server = createServer((socket) => {
      connected.push(address);
      socket.on('error', () => undefined).on('close', () => ended.push(address));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    port = (server.address() as { port: number }).port;
  }
  return { port, connected, ended };
}

/** An address whose queue of connections is full and where nobody takes any: connecting takes for ever. */
async function silent(address: string): Promise<number> {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const server = require('node:net').createServer();
     server.listen({ host: '${address}', port: 0, backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
     });`,
    { eval: true },
  );
  workers.push(worker);
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  for (let i = 0; i < 2; i++)
    await new Promise<void>((resolve) => fillers.push(connect(port, address, () => resolve()).on('error', () => undefined)));
  return port;
}
const target = (port: number, ...hosts: string[]) => ({ host: hosts[0]!, alternatives: hosts.slice(1), port, hostname: 'mx.example.org' });

describe('connecting to a host with several addresses', () => {
  it('takes the first that answers', async () => {
    const { port, connected } = await listen(['127.0.0.1', '::1']);
    const { socket, host } = await openSocket(target(port, '::1', '127.0.0.1'), 1000);
    expect(host).toBe('::1');
    await expect.poll(() => connected).toEqual(['::1']);
    socket.destroy();
  });

  it('goes on at once when one refuses, over to the other family too', async () => {
    const { port, connected } = await listen(['127.0.0.3']);
    const { socket, host } = await openSocket(target(port, '::1', '127.0.0.2', '127.0.0.3'), 60_000);
    expect(host).toBe('127.0.0.3');
    await expect.poll(() => connected).toEqual(['127.0.0.3']);
    socket.destroy();
  });

  it('tries the next beside one that is slow, and lets go of the slow one', async () => {
    const port = await silent('127.0.0.2');
    await listen(['127.0.0.1'], port);
    const { socket, host } = await openSocket(target(port, '127.0.0.2', '127.0.0.1'), 60_000, undefined, 30);
    expect(host).toBe('127.0.0.1');
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });

  it('says every reason when none answers', async () => {
    const { port } = await listen(['127.0.0.9']);
    await expect(openSocket(target(port, '127.0.0.1', '127.0.0.2'), 1000)).rejects.toMatchObject({
      stage: 'connect',
      message: expect.stringMatching(/ECONNREFUSED 127\.0\.0\.1.*; .*ECONNREFUSED 127\.0\.0\.2/),
    });
  });

  it('gives up on silence', async () => {
    await expect(openSocket(target(await silent('127.0.0.2'), '127.0.0.2'), 50)).rejects.toMatchObject({
      stage: 'connect',
      message: 'no connection within 0.05 s',
    });
  });

  it('gives up when it is told to, also before it began', async () => {
    const port = await silent('127.0.0.2');
    const abort = new AbortController();
    const connecting = openSocket(target(port, '127.0.0.2'), 60_000, abort.signal);
    abort.abort();
    await expect(connecting).rejects.toMatchObject({ message: 'the connection was given up' });
    await expect(openSocket(target(port, '127.0.0.2'), 60_000, abort.signal)).rejects.toMatchObject({
      message: 'the connection was given up',
    });
  });
});
