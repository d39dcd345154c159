import { type Socket, connect } from 'node:net';
import { type TLSSocket, connect as connectTls } from 'node:tls';

/** A client that says exactly what it is told, whatever SMTP says about it. */
export class RawClient {
  private received = '';
  private wake: (() => void) | undefined;
  isClosed = false;

  private constructor(private socket: Socket | TLSSocket) {
    this.listen(socket);
  }

  static async open(port: number, from?: string): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', ...(from ? { localAddress: from } : {}) });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawClient(socket);
  }

  /** After EHLO. */
  static async greet(port: number, from?: string): Promise<RawClient> {
    const client = await RawClient.open(port, from);
    await client.reply();
    await client.say('EHLO client.example');
    return client;
  }

  /** The next whole reply, its lines joined by a line feed; '' when the server closed instead. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\n/.exec(this.received);
      if (match) {
        this.received = this.received.slice(match[0].length);
        return match[0].replaceAll('\r', '').trimEnd();
      }
      if (this.isClosed) return '';
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  say(line: string): Promise<string> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  send(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  async closed(): Promise<void> {
    while (!this.isClosed) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  async startTls(): Promise<void> {
    const plain = this.socket;
    plain.removeAllListeners('data');
    this.socket = connectTls({ socket: plain, rejectUnauthorized: false });
    this.listen(this.socket);
    await new Promise((resolve) => this.socket.once('secureConnect', resolve));
  }

  end(): void {
    this.socket.destroy();
  }

  private listen(socket: Socket | TLSSocket): void {
    const wake = () => {
      const waiting = this.wake;
      this.wake = undefined;
      waiting?.();
    };
    socket.on('data', (bytes: Buffer) => {
      this.received += bytes.toString('latin1');
      wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      wake();
    });
    // The server's end of the conversation is the end of ours.
    socket.on('end', () => socket.destroy());
  }
}
