import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { openDataSource } from './data-source.js';

const message = (type: string, body: Buffer) => {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
};

/** PostgreSQL as it looks when it dies right after it let a client in: ready, and gone, in one packet. */
function letInAndDie(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.once('data', () => {
    const ready = [message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))];
    const gone = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0'));
    socket.end(Buffer.concat([...ready, gone]));
  });
}

it('a server that dies as it lets us in fails the call, and not the process', async () => {
  const server = createServer(letInAndDie).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(openDataSource({ url: `postgres://u:p@127.0.0.1:${port}/d` })).rejects.toThrow();
  server.close();
});
