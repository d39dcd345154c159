import { type Server, type Socket, createServer } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { type Dialect, say } from './dialects.js';
import { InboundSession, type SessionPolicy } from './inbound-session.js';

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly hostname: string;
  readonly dialect: Dialect;
  readonly policy: SessionPolicy;
  readonly secureContext: SecureContext;
  readonly maxConnections: number;
}

const IDLE_MS = 300_000;

/** The sockets of one provider. */
export class ProviderListener {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async open(options: ListenerOptions): Promise<ProviderListener> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, options.host, resolve));
    const listener = new ProviderListener(server, (server.address() as { port: number }).port);
    server.on('connection', (socket) => listener.accept(socket, options));
    return listener;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private accept(socket: Socket, options: ListenerOptions): void {
    if (this.sockets.size >= options.maxConnections) {
      socket.on('error', () => undefined);
      socket.end(say(options.dialect.tooManyConnections, ''));
      return;
    }
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    const session = new InboundSession(options.dialect, options.hostname, options.policy, false);
    socket.write(session.banner());
    this.converse(socket, session, options);
  }

  private converse(socket: Socket, session: InboundSession, options: ListenerOptions): void {
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    const onData = (chunk: Buffer) => {
      const { out, signal } = session.push(chunk);
      if (signal === 'close') return void socket.end(out);
      if (out !== '') socket.write(out);
      if (signal !== 'starttls') return;
      socket.off('data', onData);
      const secure = new TLSSocket(socket, { isServer: true, secureContext: options.secureContext });
      this.converse(secure, new InboundSession(options.dialect, options.hostname, options.policy, true), options);
    };
    socket.on('data', onData);
  }
}
