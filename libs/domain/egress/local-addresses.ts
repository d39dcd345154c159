import { createServer } from 'node:net';

/**
 * Whether connections can leave from the address on this machine: told by binding to it, so that addresses count which no
 * interface lists (all of 127.0.0.0/8 on Linux).
 */
export async function isLocalAddress(address: string): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host: address, port: 0, exclusive: true }, resolve));
    return true;
  } catch (error) {
    if (['EADDRNOTAVAIL', 'EINVAL', 'EAFNOSUPPORT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  } finally {
    server.close();
  }
}
