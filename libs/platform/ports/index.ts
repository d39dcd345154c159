import { createServer } from 'node:net';

/** Where runs are looked for: above what people choose, below what systems hand out by themselves. */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** The first of `length` ports in a row that nothing listens on right now, on loopback. */
export async function findFreePorts(length: number): Promise<number> {
  for (;;) {
    const first = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST - length));
    const free = await Promise.all(Array.from({ length }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
