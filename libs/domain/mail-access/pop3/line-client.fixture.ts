import net from 'node:net';

/** Says a line and hears the answer. */
export class LineClient {
  private heard = '';
  private wake: () => void = () => undefined;

  private constructor(private readonly socket: net.Socket) {
    socket.on('data', (chunk) => {
      this.heard += chunk.toString('latin1');
      this.wake();
    });
    socket.on('close', () => this.wake());
    socket.on('error', () => undefined);
  }

  static async connect(port: number): Promise<LineClient> {
    const client = new LineClient(net.connect(port, '127.0.0.1'));
    await client.until('\r\n');
    return client;
  }

  async say(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`);
    return (await this.until('\r\n')).trimEnd();
  }

  /** An answer of several lines, its first among them, without the dot that ends it. */
  async lines(line: string): Promise<string[]> {
    this.socket.write(`${line}\r\n`);
    return (await this.until('\r\n.\r\n')).slice(0, -5).split('\r\n');
  }

  end(): void {
    this.socket.destroy();
  }

  private async until(text: string): Promise<string> {
    for (;;) {
      const at = this.heard.indexOf(text);
      if (at >= 0) {
        const end = at + text.length;
        const found = this.heard.slice(0, end);
        this.heard = this.heard.slice(end);
        return found;
      }
      if (this.socket.destroyed) throw new Error(`the connection closed after: ${this.heard}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
