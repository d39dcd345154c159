import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

export interface ProxiedConnection {
  readonly to: { readonly host: string; readonly port: number };
  /** Of SOCKS5: who signed in. Of PROXY: the address that was asked for. */
  readonly by: string;
}

/** What both kinds of proxy have: a port, and a memory. */
export class TestProxy {
  readonly connections: ProxiedConnection[] = [];
  private readonly sockets = new Set<Socket>();

  constructor(private readonly server: Server) {
    server.on('connection', (socket) => this.keep(socket));
  }

  keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Connects on, from `localAddress`, and joins the two. */
  join(client: Socket, connection: ProxiedConnection, localAddress: string | undefined, onOpen: (error?: Error) => void): void {
    const upstream = connect({ ...connection.to, ...(localAddress !== undefined && { localAddress }) });
    this.keep(upstream);
    upstream.once('error', onOpen).once('connect', () => {
      upstream.off('error', onOpen);
      this.connections.push(connection);
      onOpen();
      client.pipe(upstream).pipe(client);
    });
  }
}

export interface SocksServerOptions {
  /** Wants RFC 1929 with these; otherwise nothing. */
  readonly users?: Readonly<Record<string, string>>;
  /** Where connections leave from. */
  readonly localAddress?: string;
  /** Answers CONNECT with this code instead (RFC 1928 §6). */
  readonly refusal?: number;
}

/** A SOCKS5 server for specs: CONNECT to IPv4, IPv6 and names. */
export async function socksServer(options: SocksServerOptions = {}): Promise<TestProxy> {
  const server = createServer();
  const proxy = new TestProxy(server);
  server.on('connection', (socket) => void serveSocks(proxy, socket, options).catch(() => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return proxy;
}

async function serveSocks(proxy: TestProxy, socket: Socket, { users, localAddress, refusal }: SocksServerOptions): Promise<void> {
  const [, methods] = await bytes(socket, 2);
  const offered = await bytes(socket, methods!);
  const wanted = users ? 2 : 0;
  if (!offered.includes(wanted)) {
    socket.end(Buffer.from([5, 0xff]));
    return;
  }
  socket.write(Buffer.from([5, wanted]));
  let by = '';
  if (users) {
    by = (await bytes(socket, (await bytes(socket, 2))[1]!)).toString();
    const password = (await bytes(socket, (await bytes(socket, 1))[0]!)).toString();
    const isKnown = users[by] === password;
    socket.write(Buffer.from([1, isKnown ? 0 : 1]));
    if (!isKnown) {
      socket.end();
      return;
    }
  }
  const [, , , type] = await bytes(socket, 4);
  const address = await bytes(socket, type === 1 ? 4 : type === 4 ? 16 : (await bytes(socket, 1))[0]!);
  const host = type === 1 ? address.join('.') : type === 4 ? (address.toString('hex').match(/.{4}/g) ?? []).join(':') : address.toString();
  const port = (await bytes(socket, 2)).readUInt16BE();
  const answer = (code: number) => socket.write(Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]));
  if (refusal !== undefined) {
    answer(refusal);
    socket.end();
    return;
  }
  proxy.join(socket, { to: { host, port }, by }, localAddress, (error) => {
    answer(error ? 5 : 0);
    if (error) socket.end();
  });
}

/** Reads exactly so many bytes. */
async function bytes(socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const chunk = count === 0 ? Buffer.alloc(0) : (socket.read(count) as Buffer | null);
    if (chunk) return chunk;
    if (socket.readableEnded || socket.destroyed) throw new Error('the client went away');
    await new Promise((resolve) => socket.once('readable', resolve).once('close', resolve));
  }
}

/** Takes a PROXY header of version 1 and does what it asks for, as HAProxy does with `usesrc clientip`. */
export async function proxyProtocolServer(): Promise<TestProxy> {
  const server = createServer();
  const proxy = new TestProxy(server);
  server.on('connection', (socket) => {
    socket.once('readable', () => {
      const chunk = (socket.read() as Buffer | null) ?? Buffer.alloc(0);
      const [, from, to, , port] = /^PROXY TCP[46] (\S+) (\S+) (\d+) (\d+)\r\n$/.exec(chunk.toString('latin1')) ?? [];
      if (from === undefined || to === undefined) socket.destroy();
      else
        proxy.join(socket, { to: { host: to, port: Number(port) }, by: from }, from, (error) => {
          if (error) socket.destroy();
        });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return proxy;
}
