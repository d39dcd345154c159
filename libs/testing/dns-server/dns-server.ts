import { type Socket as UdpSocket, createSocket } from 'node:dgram';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { type Answer, type StringAnswer, decode, encode } from 'dns-packet';

/** Records by `TYPE name`; data as dns-packet writes it. */
export type FakeZone = Record<string, FakeRecordSet | undefined>;

export interface FakeRecordSet {
  readonly data?: readonly unknown[];
  readonly ttl?: number;
  /** Overrides what follows from the data. */
  readonly rcode?: number;
  readonly isAuthentic?: boolean;
  readonly isSilent?: boolean;
  /** Answered over UDP with TC and without records. */
  readonly isLong?: boolean;
  readonly soa?: { readonly ttl: number; readonly minimum: number } | null;
  /** Rewrites the reply's bytes. */
  readonly mangle?: (reply: Buffer) => Buffer | Buffer[];
}

const TC = 1 << 9;
const AD = 1 << 5;

/** A name server on loopback, UDP and TCP on the same port, that answers from a zone and remembers what it was asked. */
export class DnsServerFixture {
  /** `udp MX example.org`, in order. */
  readonly asked: string[] = [];
  refusesEdns = false;

  private constructor(
    readonly zone: FakeZone,
    private readonly udp: UdpSocket,
    private readonly tcp: Server,
  ) {}

  static async listen(zone: FakeZone): Promise<DnsServerFixture> {
    // The same port must be free for both: try until it is.
    for (let tries = 0; ; tries++) {
      const tcp = createServer();
      await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
      const udp = createSocket('udp4');
      try {
        await new Promise<void>((resolve, reject) =>
          udp.once('error', reject).bind((tcp.address() as AddressInfo).port, '127.0.0.1', () => resolve()),
        );
      } catch (error) {
        tcp.close();
        if (tries > 20) throw error;
        continue;
      }
      const server = new DnsServerFixture(zone, udp, tcp);
      udp.on('message', (query, peer) => {
        for (const reply of server.answer(query, 'udp')) udp.send(reply, peer.port, peer.address);
      });
      tcp.on('connection', (socket) => server.serve(socket));
      return server;
    }
  }

  get port(): number {
    return this.udp.address().port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.udp.close(() => resolve()));
    await new Promise((resolve) => this.tcp.close(resolve));
  }

  private serve(socket: Socket): void {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const reply of this.answer(chunk.subarray(2), 'tcp')) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(reply.length);
        // In two pieces, as networks do.
        socket.write(length);
        setImmediate(() => socket.write(reply));
      }
    });
  }

  private answer(bytes: Buffer, via: 'udp' | 'tcp'): Buffer[] {
    const query = decode(bytes);
    const question = query.questions![0]!;
    const key = `${question.type} ${question.name.toLowerCase()}`;
    this.asked.push(`${via} ${key}`);
    const base = { type: 'response' as const, id: query.id!, questions: [question] };
    if (this.refusesEdns && (query.additionals?.length ?? 0) > 0) return [encode({ ...base, flags: 1 })];
    const set = this.zone[key];
    if (set?.isSilent) return [];
    if (set?.isLong && via === 'udp') return [encode({ ...base, flags: TC })];
    const { answers, end } = this.collect(question.type, question.name.toLowerCase());
    const isAbsent = answers.every(({ type }) => type !== question.type);
    const exists = Object.keys(this.zone).some((entry) => entry.endsWith(` ${end}`) || entry.endsWith(`.${end}`));
    const soa = set?.soa === undefined ? { ttl: 600, minimum: 300 } : set.soa;
    const reply = encode({
      ...base,
      flags: (set?.rcode ?? (exists ? 0 : 3)) | (set?.isAuthentic ? AD : 0),
      answers,
      ...(isAbsent && soa && { authorities: [{ type: 'SOA', name: 'example', ttl: soa.ttl, data: soaData(soa.minimum) }] }),
    });
    return [set?.mangle?.(reply) ?? reply].flat();
  }

  private collect(type: string, name: string): { answers: Answer[]; end: string } {
    const answers: Answer[] = [];
    let end = name;
    for (let i = 0; i < 12; i++) {
      const set = this.zone[`${type} ${end}`];
      // dns-packet writes into the arrays that it is given.
      for (const data of set?.data ?? [])
        answers.push({
          type,
          name: end,
          ttl: set?.ttl ?? 300,
          data: Array.isArray(data) ? [...(data as unknown[])] : data,
        } as unknown as Answer);
      const alias = this.zone[`CNAME ${end}`];
      if (answers.some((answer) => answer.type === type) || !alias || type === 'CNAME') break;
      answers.push({ type: 'CNAME', name: end, ttl: alias.ttl ?? 300, data: alias.data![0] as string } satisfies StringAnswer);
      if (alias.isLong) return { answers, end: alias.data![0] as string };
      end = alias.data![0] as string;
    }
    return { answers, end };
  }
}

function soaData(minimum: number) {
  return { mname: 'ns.example', rname: 'hostmaster.example', serial: 1, refresh: 1, retry: 1, expire: 1, minimum };
}
