import { generateKeyPairSync, sign } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

/** RSA-2048 signatures per second that the thread pool makes with every core busy. */
export async function signaturesPerSecond(): Promise<number> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const signAsync = promisify<string, Buffer, typeof privateKey, Buffer>(sign as never);
  const input = Buffer.alloc(500, 1);
  const count = 4_000;
  const startedAt = performance.now();
  for (let done = 0; done < count; done += 50) await Promise.all(Array.from({ length: 50 }, () => signAsync('sha256', input, privateKey)));
  return count / ((performance.now() - startedAt) / 1000);
}

/** What the sink takes of ready bytes from a client that does nothing but write them, pipelined, without a signature. */
export async function rawSmtpPerSecond(port: number, message: Buffer, connections: number, count: number): Promise<number> {
  const commands = Buffer.from('MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n');
  const end = Buffer.from('\r\n.\r\n');
  let left = count;
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: connections }, () => client()));
  return count / ((performance.now() - startedAt) / 1000);

  function client(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
      let replies = 0;
      const next = () => (left-- > 0 ? socket.write(commands) : socket.end('QUIT\r\n'));
      let rest = '';
      socket.on('error', reject).on('close', () => resolve());
      socket.on('data', (chunk: Buffer) => {
        rest += chunk.toString('latin1');
        const lines = rest.split('\r\n');
        rest = lines.pop()!;
        for (const line of lines) {
          if (line.startsWith('220')) socket.write('EHLO bench\r\n');
          else if (line.startsWith('354')) socket.write(Buffer.concat([message, end]));
          else if (line.startsWith('250 ')) {
            // EHLO answers once; a transaction three times: MAIL, RCPT and the final dot.
            if (replies++ % 3 === 0) next();
          }
        }
      });
    });
  }
}

/** Durable writes per second, one after the other: what a commit costs at least. */
export function syncsPerSecond(folder: string): number {
  const file = path.join(folder, 'sync-limit');
  const handle = openSync(file, 'w');
  const count = 200;
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) {
    writeSync(handle, Buffer.alloc(8192, i));
    fdatasyncSync(handle);
  }
  const rate = count / ((performance.now() - startedAt) / 1000);
  closeSync(handle);
  rmSync(file);
  return rate;
}
