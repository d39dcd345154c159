import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIP } from 'node:net';
import { DnsFailure } from './dns-failure.js';
import { type DnsQuestion, type DnsReply, type DnsType, RCODE, decodeReply, encodeQuery, plainName } from './dns-message.js';

export interface DnsServer {
  readonly address: string;
  readonly port: number;
}

export interface DnsTransportOptions {
  readonly servers: readonly DnsServer[];
  /** Patience in ms with each server, round by round. */
  readonly timeoutsMs?: readonly number[];
  /** Questions under way at once; more wait their turn. */
  readonly maxInFlight?: number;
  readonly randomId?: () => number;
}

export interface DnsTransport {
  /** @throws DnsFailure when no server has an answer */
  ask(name: string, type: DnsType): Promise<{ readonly reply: DnsReply; readonly server: DnsServer }>;
}

const TIMEOUTS_MS = [2_000, 4_000];
const MAX_IN_FLIGHT = 256;
const TCP_IDLE_MS = 5_000;

/** Questions over UDP from a fresh port each, over TCP where the answer is too long (RFC 7766), to one server after the other. */
export function createDnsTransport(options: DnsTransportOptions): DnsTransport {
  const { servers, timeoutsMs = TIMEOUTS_MS, maxInFlight = MAX_IN_FLIGHT, randomId = () => randomInt(0x1_0000) } = options;
  const withoutEdns = new Set<string>();
  const enter = gate(maxInFlight);

  async function exchange(server: DnsServer, question: DnsQuestion, timeoutMs: number): Promise<DnsReply> {
    const key = `${server.address} ${server.port}`;
    const withEdns = !withoutEdns.has(key);
    let reply = await overUdp(server, question, withEdns, timeoutMs);
    // A server from before EDNS (RFC 6891 §7) is asked in its own language from now on.
    if (withEdns && (reply.rcode === RCODE.FORMERR || reply.rcode === RCODE.NOTIMP)) {
      withoutEdns.add(key);
      reply = await overUdp(server, question, false, timeoutMs);
    }
    return reply.isTruncated ? overTcp(server, question, !withoutEdns.has(key), Math.max(timeoutMs, TCP_IDLE_MS)) : reply;
  }

  return {
    async ask(name, type) {
      const leave = await enter();
      let failure = new DnsFailure('no name server is configured');
      try {
        for (const timeoutMs of timeoutsMs) {
          for (const server of servers) {
            try {
              const reply = await exchange(server, { id: randomId(), name, type }, timeoutMs);
              if (reply.rcode === RCODE.NOERROR || reply.rcode === RCODE.NXDOMAIN) return { reply, server };
              failure = new DnsFailure(`${server.address} answered ${nameOfRcode(reply.rcode)} for ${name} ${type}`);
            } catch (error) {
              failure = new DnsFailure(`${server.address} did not answer for ${name} ${type}: ${(error as Error).message}`, {
                cause: error,
              });
            }
          }
        }
        throw failure;
      } finally {
        leave();
      }
    },
  };
}

function nameOfRcode(rcode: number): string {
  return Object.entries(RCODE).find(([, number]) => number === rcode)?.[0] ?? `code ${rcode}`;
}

/** The port and the id are what a forger has to guess (RFC 5452): both are fresh, and what does not fit is not even an error. */
function overUdp(server: DnsServer, question: DnsQuestion, withEdns: boolean, timeoutMs: number): Promise<DnsReply> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIP(server.address) === 6 ? 'udp6' : 'udp4');
    const finish = (end: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => undefined);
      socket.close();
      end();
    };
    const timer = setTimeout(() => finish(() => reject(new Error(`silence for ${timeoutMs} ms`))), timeoutMs);
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('message', (bytes) => {
      const reply = fitting(bytes, question);
      if (reply) finish(() => resolve(reply));
    });
    // Connected: the kernel drops what comes from anywhere else.
    socket.connect(server.port, server.address, () => socket.send(encodeQuery(question, withEdns)));
  });
}

function overTcp(server: DnsServer, question: DnsQuestion, withEdns: boolean, timeoutMs: number): Promise<DnsReply> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: server.address, port: server.port, noDelay: true });
    let received = Buffer.alloc(0);
    const finish = (end: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      end();
    };
    const timer = setTimeout(() => finish(() => reject(new Error(`silence for ${timeoutMs} ms over TCP`))), timeoutMs);
    socket.on('error', (error) => finish(() => reject(error)));
    socket.on('close', () => finish(() => reject(new Error('the TCP connection was closed'))));
    socket.on('connect', () => {
      const query = encodeQuery(question, withEdns);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2) return;
      const length = received.readUInt16BE(0);
      if (received.length < 2 + length) return;
      const reply = fitting(received.subarray(2, 2 + length), question);
      finish(() => (reply && !reply.isTruncated ? resolve(reply) : reject(new Error('the answer over TCP does not fit the question'))));
    });
  });
}

function fitting(bytes: Buffer, { id, name, type }: DnsQuestion): DnsReply | undefined {
  try {
    const reply = decodeReply(bytes);
    if (reply.id !== id) return undefined;
    // Servers may leave the question out of an error.
    if (!reply.question) return reply.rcode === RCODE.FORMERR || reply.rcode === RCODE.NOTIMP ? reply : undefined;
    return reply.question.name === plainName(name) && reply.question.type === type ? reply : undefined;
  } catch {
    return undefined;
  }
}

function gate(places: number): () => Promise<() => void> {
  let free = places;
  const waiting: (() => void)[] = [];
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  return async () => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return leave;
  };
}
