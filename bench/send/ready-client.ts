import net from 'node:net';
import tls from 'node:tls';

/** A message whose bytes only have to be written. */
export interface ReadyMessage {
  readonly mailFrom: string;
  readonly rcptTo: string;
  /** Dot-stuffed, with CRLF at each end of line, without the final dot. */
  readonly data: Buffer;
}

export interface ReadyRun {
  readonly port: number;
  readonly messages: readonly ReadyMessage[];
  readonly connections: number;
  readonly count: number;
  /** TLS from the first byte. */
  readonly usesTls?: boolean;
  /** The password to sign in with (AUTH PLAIN), once on each connection. */
  readonly password?: string;
}

/**
 * A client that does nothing but write ready bytes, pipelined, and count replies.
 * @throws Error when a server refuses anything
 */
export async function sendReady({ port, messages, connections, count, usesTls = false, password }: ReadyRun): Promise<void> {
  const flights = messages.map(({ mailFrom, rcptTo, data }) => ({
    envelope: Buffer.from(`MAIL FROM:<${mailFrom}>\r\nRCPT TO:<${rcptTo}>\r\nDATA\r\n`),
    content: Buffer.concat([data, Buffer.from('\r\n.\r\n')]),
  }));
  let next = 0;
  await Promise.all(Array.from({ length: connections }, () => client()));

  function client(): Promise<void> {
    return new Promise((resolve, reject) => {
      const to = { port, host: '127.0.0.1' };
      const socket = usesTls ? tls.connect({ ...to, rejectUnauthorized: false }) : net.connect({ ...to, noDelay: true });
      const fail = (error: Error) => {
        socket.destroy();
        reject(error);
      };
      let flight = flights[0]!;
      let isGreeted = false;
      let replies = 0;
      let rest = '';
      const go = () => {
        replies = 0;
        if (next >= count) return void socket.end('QUIT\r\n');
        flight = flights[next++ % flights.length]!;
        socket.write(flight.envelope);
      };
      const greeted = () => {
        isGreeted = true;
        if (password === undefined) go();
        else socket.write(`AUTH PLAIN ${Buffer.from(`\0bench\0${password}`).toString('base64')}\r\n`);
      };
      const answer = (line: string) => {
        if (line.startsWith('220 ')) socket.write('EHLO bench.example.org\r\n');
        else if (line.startsWith('354')) socket.write(flight.content);
        else if (line.startsWith('235')) go();
        else if (line.startsWith('250 ')) {
          if (!isGreeted) greeted();
          // A transaction is answered three times: MAIL, RCPT and the final dot.
          else if (++replies === 3) go();
        } else if (/^[45]/.test(line)) fail(new Error(`a message was refused: ${line}`));
      };
      // After QUIT a server may be gone before its TLS has said good-bye.
      socket.on('error', (error) => (socket.writableEnded ? resolve() : fail(error))).on('close', () => resolve());
      socket.on('data', (chunk: Buffer) => {
        rest += chunk.toString('latin1');
        const lines = rest.split('\r\n');
        rest = lines.pop()!;
        for (const line of lines) answer(line);
      });
    });
  }
}

export function dotStuffed(content: Buffer): Buffer {
  return Buffer.from(content.toString('latin1').replace(/\r?\n/g, '\r\n').replace(/^\./gm, '..'), 'latin1');
}
