import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { type SecureContextOptions, TLSSocket, createSecureContext } from 'node:tls';

/** A message that the sink has seen whole. */
export interface SunkMessage {
  readonly mailFrom: string;
  readonly rcptTo: string;
  /** Dot-stuffing undone; empty unless the sink keeps contents. */
  readonly content: Buffer;
  /** Number of the connection it came over. */
  readonly connection: number;
  /** The address that the client came from. */
  readonly peer: string;
  readonly at: number;
  /** Protocol and name that the client asked for, where it came over TLS. */
  readonly tls?: { readonly version: string; readonly serverName: string | false | undefined };
}

/** An SMTP reply line without its line end, or `drop` to break the connection without a word. */
export type SinkAnswer = string | 'drop';

export interface SmtpSinkOptions {
  readonly greeting?: () => SinkAnswer;
  /** Answers RCPT; undefined accepts. */
  readonly onRecipient?: (rcptTo: string) => SinkAnswer | undefined;
  /** Answers the complete message; undefined accepts. */
  readonly onMessage?: (message: SunkMessage) => SinkAnswer | undefined | Promise<SinkAnswer | undefined>;
  readonly extensions?: readonly string[];
  /** Offers STARTTLS, with these. */
  readonly tls?: SecureContextOptions;
  readonly keepsContent?: boolean;
  /** Every answer comes so much later, as over a path with that round trip; what the client sends meanwhile is taken. */
  readonly roundTripMs?: number;
  /** Counts only, for long runs. */
  readonly keepsMessages?: boolean;
}

/** A small, quick SMTP server that takes what the script lets it take, and remembers what it saw. */
export class SmtpSink {
  /** Messages that were complete, whatever was answered. */
  readonly messages: SunkMessage[] = [];
  accepted = 0;
  connections = 0;
  openConnections = 0;
  mostOpenConnections = 0;
  private readonly sockets = new Set<Socket>();
  private readonly talking = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly options: SmtpSinkOptions,
  ) {}

  static async listen(options: SmtpSinkOptions = {}, port = 0, host = '127.0.0.1'): Promise<SmtpSink> {
    const server = createServer({ noDelay: true });
    const sink = new SmtpSink(server, options);
    server.on('connection', (socket) => sink.take(socket));
    await new Promise<void>((resolve) => server.listen(port, host, resolve));
    return sink;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The conversation is over: by QUIT, or because the connection is. */
  ended(socket: Socket): void {
    if (this.talking.delete(socket)) this.openConnections--;
  }

  private take(socket: Socket): void {
    this.sockets.add(socket);
    this.talking.add(socket);
    this.connections++;
    this.openConnections++;
    this.mostOpenConnections = Math.max(this.mostOpenConnections, this.openConnections);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.sockets.delete(socket);
      this.ended(socket);
    });
    new SinkSession(socket, this, this.connections).greet();
  }
}

const CRLF_DOT_CRLF = Buffer.from('\r\n.\r\n');

class SinkSession {
  private socket: Socket;
  private buffered: Buffer[] = [];
  private size = 0;
  private mode: 'command' | 'data' | 'chunk' = 'command';
  private chunkLeft = 0;
  private mailFrom = '';
  private rcptTo: string | undefined;
  private content: Buffer[] = [];
  private tail = Buffer.alloc(0);
  private isWaiting = false;
  private hasEnded = false;
  private readonly peer: string;

  constructor(
    private readonly plain: Socket,
    private readonly sink: SmtpSink,
    private readonly number: number,
  ) {
    this.socket = plain;
    this.peer = plain.remoteAddress ?? '';
    this.listen();
  }

  private listen(): void {
    this.socket.on('data', (chunk: Buffer) => {
      this.buffered.push(chunk);
      this.size += chunk.length;
      this.work();
    });
  }

  private get tls(): TLSSocket | undefined {
    return this.socket instanceof TLSSocket ? this.socket : undefined;
  }

  private startTls(options: SecureContextOptions): void {
    this.answer('220 2.0.0 go ahead');
    this.plain.removeAllListeners('data');
    this.socket = new TLSSocket(this.plain, { isServer: true, secureContext: createSecureContext(options) });
    this.socket.on('error', () => this.plain.destroy());
    this.listen();
  }

  private get extensions(): readonly string[] {
    const { extensions = ['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES'], tls } = this.sink.options;
    return tls && !this.tls ? [...extensions, 'STARTTLS'] : extensions;
  }

  greet(): void {
    this.answer(this.sink.options.greeting?.() ?? '220 sink ESMTP');
  }

  private answer(line: SinkAnswer): void {
    if (line === 'drop') {
      this.hasEnded = true;
      this.socket.destroy();
      return;
    }
    this.write(`${line}\r\n`);
    if (line.startsWith('421')) {
      this.hasEnded = true;
      this.end();
    }
  }

  private write(text: string): void {
    const { socket } = this;
    this.later(() => socket.destroyed || socket.write(text));
  }

  private end(): void {
    const { socket } = this;
    this.later(() => socket.end());
  }

  /** Timers of the same length run out in the order they were set. */
  private later(act: () => void): void {
    const { roundTripMs } = this.sink.options;
    if (roundTripMs) setTimeout(act, roundTripMs);
    else act();
  }

  private work(): void {
    while (!this.isWaiting && !this.hasEnded && this.size > 0) {
      const bytes = this.buffered.length === 1 ? this.buffered[0]! : Buffer.concat(this.buffered, this.size);
      const used = this.mode === 'command' ? this.command(bytes) : this.mode === 'data' ? this.data(bytes) : this.chunk(bytes);
      this.buffered = used < bytes.length ? [bytes.subarray(used)] : [];
      this.size = bytes.length - used;
      if (used === 0) return;
    }
  }

  private command(bytes: Buffer): number {
    const end = bytes.indexOf('\r\n');
    if (end < 0) return 0;
    const line = bytes.toString('latin1', 0, end);
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO') this.answer(['250-sink', ...this.extensions].join('\r\n250-').replace(/250-([^\r\n]*)$/, '250 $1'));
    else if (verb === 'STAR' && this.sink.options.tls && !this.tls) this.startTls(this.sink.options.tls);
    else if (verb === 'MAIL') this.startMail(line);
    else if (verb === 'RCPT') this.recipient(line);
    else if (verb === 'DATA') this.startData();
    else if (verb === 'BDAT') this.startChunk(line);
    else if (verb === 'RSET') this.reset('250 2.0.0 reset');
    else if (verb === 'QUIT') {
      this.sink.ended(this.plain);
      this.answer('221 2.0.0 bye');
      this.hasEnded = true;
      this.end();
    } else this.answer('250 2.0.0 ok');
    return end + 2;
  }

  private startMail(line: string): void {
    this.reset();
    this.mailFrom = /<([^>]*)>/.exec(line)?.[1] ?? '';
    this.answer('250 2.1.0 sender ok');
  }

  private recipient(line: string): void {
    const rcptTo = /<([^>]*)>/.exec(line)?.[1] ?? '';
    const refusal = this.sink.options.onRecipient?.(rcptTo);
    if (refusal === undefined) this.rcptTo = rcptTo;
    this.answer(refusal ?? '250 2.1.5 recipient ok');
  }

  private startData(): void {
    if (this.rcptTo === undefined) {
      this.answer('554 5.5.1 no valid recipients');
      return;
    }
    this.mode = 'data';
    this.tail = Buffer.from('\r\n');
    this.answer('354 go ahead');
  }

  private startChunk(line: string): void {
    this.chunkLeft = Number(/^BDAT (\d+)/i.exec(line)?.[1] ?? 0);
    this.mode = 'chunk';
  }

  private data(bytes: Buffer): number {
    const joined = this.tail.length > 0 ? Buffer.concat([this.tail, bytes]) : bytes;
    const end = joined.indexOf(CRLF_DOT_CRLF);
    if (end < 0) {
      if (this.sink.options.keepsContent) this.content.push(bytes);
      this.tail = Buffer.from(joined.subarray(Math.max(0, joined.length - 4)));
      return bytes.length;
    }
    const used = end + CRLF_DOT_CRLF.length - this.tail.length;
    if (this.sink.options.keepsContent) this.content.push(bytes.subarray(0, Math.max(0, used - 3)));
    this.finish((content) => Buffer.from(content.toString('latin1').replace(/(^|\r\n)\.\./g, '$1.'), 'latin1'));
    return used;
  }

  private chunk(bytes: Buffer): number {
    const used = Math.min(bytes.length, this.chunkLeft);
    if (this.sink.options.keepsContent) this.content.push(bytes.subarray(0, used));
    this.chunkLeft -= used;
    if (this.chunkLeft === 0) {
      if (this.rcptTo === undefined) {
        this.mode = 'command';
        this.answer('554 5.5.1 no valid recipients');
      } else this.finish((content) => content);
    }
    return used;
  }

  private finish(decode: (content: Buffer) => Buffer): void {
    this.mode = 'command';
    const content = this.sink.options.keepsContent ? decode(Buffer.concat(this.content)) : Buffer.alloc(0);
    const message: SunkMessage = {
      mailFrom: this.mailFrom,
      rcptTo: this.rcptTo!,
      content,
      connection: this.number,
      peer: this.peer,
      at: performance.now(),
      ...(this.tls && {
        tls: { version: this.tls.getProtocol() ?? '', serverName: (this.tls as TLSSocket & { servername?: string | false }).servername },
      }),
    };
    if (this.sink.options.keepsMessages !== false) this.sink.messages.push(message);
    this.content = [];
    this.rcptTo = undefined;
    const answer = this.sink.options.onMessage?.(message);
    if (!(answer instanceof Promise)) {
      this.verdict(answer);
      return;
    }
    this.isWaiting = true;
    void answer.then((line) => {
      this.isWaiting = false;
      this.verdict(line);
      this.work();
    });
  }

  private verdict(line: SinkAnswer | undefined): void {
    if (line === undefined || line.startsWith('2')) this.sink.accepted++;
    this.answer(line ?? '250 2.0.0 queued');
  }

  private reset(line?: string): void {
    this.rcptTo = undefined;
    this.content = [];
    if (line) this.answer(line);
  }
}
