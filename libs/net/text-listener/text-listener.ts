import { type Server, type Socket, createServer } from 'node:net';
import { type SecureContext, TLSSocket, createSecureContext } from 'node:tls';
import { type Logger, messageOf } from '#base/kernel';

/** One connection of a line protocol (IMAP, POP3, ManageSieve), before and after STARTTLS. */
export interface TextChannel {
  readonly remoteAddress: string;
  readonly isTls: boolean;
  /** Resolves when there is room for more; a client that does not read waits for nobody but itself. */
  write(data: Buffer | string): Promise<void>;
  /** TLS from the next byte on. What the client sent before it is the conversation's to drop. @throws when the handshake fails */
  startTls(): Promise<void>;
  /** No more is read until `resume`. */
  pause(): void;
  resume(): void;
  /** After what was written has gone. */
  end(): void;
  destroy(): void;
}

export interface TextConversation {
  /** Bytes as they come. */
  received(chunk: Buffer): void;
  /** The connection is gone. */
  closed(): void;
  /** The server is about to close: say good-bye. */
  goodbye(): void;
}

export interface TextListenerOptions {
  readonly bind: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly isImplicitTls: boolean;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** Nothing came and nothing went for so long: ms. */
  readonly idleMs: number;
  readonly logger: Logger;
  converse(channel: TextChannel): TextConversation;
}

export interface RunningTextListener {
  readonly port: number;
  readonly connections: number;
  updateTls(tls: { readonly key: string; readonly cert: string }): void;
  close(): Promise<void>;
}

const HANDSHAKE_MS = 20_000;
const GOODBYE_MS = 2_000;

/** Listens for conversations in lines of text. Who does not read is cut off when the connection idles; sockets are counted by address. */
export async function startTextListener(options: TextListenerOptions): Promise<RunningTextListener> {
  let context = contextOf(options.tls);
  const channels = new Set<Channel>();
  const byAddress = new Map<string, number>();
  const server: Server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    const address = socket.remoteAddress ?? '';
    const open = byAddress.get(address) ?? 0;
    if (channels.size >= options.maxConnections || open >= options.maxConnectionsPerAddress) return void socket.destroy();
    byAddress.set(address, open + 1);
    const channel = new Channel(socket, address, () => context, options);
    channels.add(channel);
    channel.start(() => {
      channels.delete(channel);
      const left = (byAddress.get(address) ?? 1) - 1;
      if (left > 0) byAddress.set(address, left);
      else byAddress.delete(address);
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(options.port, options.bind, resolve));
  server.on('error', (error) => options.logger.warn({ reason: error.message }, 'a listener has trouble'));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    get connections() {
      return channels.size;
    },
    updateTls(tls) {
      context = contextOf(tls);
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const channel of channels) channel.goodbye();
      const overdue = setTimeout(() => channels.forEach((channel) => channel.destroy()), GOODBYE_MS);
      await closed;
      clearTimeout(overdue);
    },
  };
}

function contextOf({ key, cert }: { key: string; cert: string }): SecureContext {
  return createSecureContext({ key, cert, minVersion: 'TLSv1.2' });
}

class Channel implements TextChannel {
  isTls = false;
  private conversation: TextConversation | undefined;
  private isOver = false;
  private whenOver: () => void = () => undefined;

  constructor(
    private socket: Socket,
    readonly remoteAddress: string,
    private readonly context: () => SecureContext,
    private readonly options: TextListenerOptions,
  ) {}

  start(whenOver: () => void): void {
    this.whenOver = whenOver;
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => this.over());
    if (!this.options.isImplicitTls) {
      this.begin();
      return;
    }
    this.startTls().then(
      () => this.begin(),
      (error: unknown) => {
        this.options.logger.debug({ reason: messageOf(error) }, 'a client broke the TLS handshake off');
        this.destroy();
      },
    );
  }

  write(data: Buffer | string): Promise<void> {
    const { socket } = this;
    if (this.isOver || socket.destroyed || socket.write(data)) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        socket.off('drain', done).off('close', done);
        resolve();
      };
      socket.on('drain', done).on('close', done);
    });
  }

  async startTls(): Promise<void> {
    const plain = this.socket;
    plain.removeAllListeners('data').removeAllListeners('timeout').removeAllListeners('end');
    plain.setTimeout(0);
    const secure = new TLSSocket(plain, { isServer: true, secureContext: this.context() });
    this.socket = secure;
    secure.on('error', () => undefined);
    secure.on('close', () => this.over());
    await new Promise<void>((resolve, reject) => {
      const overdue = setTimeout(() => fail(new Error('the handshake took too long')), HANDSHAKE_MS);
      const fail = (error: Error) => {
        clearTimeout(overdue);
        secure.destroy();
        reject(error);
      };
      secure.once('error', fail);
      secure.once('close', () => fail(new Error('the connection closed')));
      secure.once('secure', () => {
        clearTimeout(overdue);
        secure.off('error', fail);
        resolve();
      });
    });
    this.isTls = true;
    if (this.conversation) this.listen();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    if (!this.isOver) this.socket.resume();
  }

  end(): void {
    this.socket.end();
    this.socket.setTimeout(GOODBYE_MS, () => this.destroy());
  }

  destroy(): void {
    this.socket.destroy();
  }

  goodbye(): void {
    if (this.conversation) this.conversation.goodbye();
    else this.destroy();
  }

  private begin(): void {
    if (this.isOver) return;
    this.conversation = this.options.converse(this);
    this.listen();
  }

  private listen(): void {
    const { socket } = this;
    socket.on('data', (chunk: Buffer) => this.conversation?.received(chunk));
    socket.on('end', () => socket.end());
    socket.setTimeout(this.options.idleMs, () => {
      this.conversation?.goodbye();
      // Who does not read does not hear it either.
      setTimeout(() => this.destroy(), GOODBYE_MS).unref();
    });
  }

  private over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.whenOver();
    this.conversation?.closed();
  }
}
