import { type Answer, AUTHENTIC_DATA, RECURSION_DESIRED, decode, encode } from 'dns-packet';

/** The data of one record by type. */
export interface DnsRecordData {
  A: string;
  AAAA: string;
  CNAME: string;
  MX: { readonly exchange: string; readonly priority: number };
  NS: string;
  PTR: string;
  TLSA: TlsaRecord;
  /** The character strings of one record. */
  TXT: readonly string[];
}

export type DnsType = keyof DnsRecordData;

/** RFC 6698 §2.1 */
export interface TlsaRecord {
  readonly usage: number;
  readonly selector: number;
  readonly matchingType: number;
  readonly data: Buffer;
}

export interface DnsRecord {
  /** Owner, lower case, without the last dot. */
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  readonly data: unknown;
}

/** A reply of a server, as far as anybody here asks. */
export interface DnsReply {
  readonly id: number;
  readonly question: { readonly name: string; readonly type: string } | undefined;
  readonly rcode: number;
  readonly isTruncated: boolean;
  /** The server says that it validated this (RFC 4035 §3.2.3); what that is worth depends on the way to the server. */
  readonly isAuthentic: boolean;
  readonly answers: readonly DnsRecord[];
  /** Seconds for which the absence may be remembered: RFC 2308 §5. Undefined without SOA. */
  readonly negativeTtlSeconds: number | undefined;
  readonly sizeBytes: number;
}

export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** What fits the path everywhere (DNS flag day 2020). */
const EDNS_PAYLOAD_BYTES = 1232;
/** RFC 2181 §8: a TTL with the top bit set is zero. */
const MAX_TTL = 0x7fff_ffff;

export interface DnsQuestion {
  readonly id: number;
  readonly name: string;
  readonly type: DnsType;
}

/** AD in a query says that AD in the reply is understood, without the burden of signatures (RFC 6840 §5.7). */
export function encodeQuery({ id, name, type }: DnsQuestion, withEdns: boolean): Buffer {
  return encode({
    type: 'query',
    id,
    flags: RECURSION_DESIRED | AUTHENTIC_DATA,
    questions: [{ type, name, class: 'IN' }],
    ...(withEdns && {
      additionals: [
        {
          type: 'OPT',
          name: '.',
          udpPayloadSize: EDNS_PAYLOAD_BYTES,
          extendedRcode: 0,
          ednsVersion: 0,
          flags: 0,
          flag_do: false,
          options: [],
        },
      ],
    }),
  });
}

/** @throws when the bytes are no DNS message */
export function decodeReply(message: Buffer): DnsReply {
  const packet = decode(message) as ReturnType<typeof decode> & { flags: number; type: string };
  if (packet.type !== 'response') throw new TypeError('not a reply');
  const question = packet.questions?.[0];
  const soa = packet.authorities?.find((record) => record.type === 'SOA');
  return {
    id: packet.id ?? -1,
    question: question && { name: plainName(question.name), type: question.type },
    rcode: packet.flags & 0xf,
    isTruncated: packet.flag_tc,
    isAuthentic: packet.flag_ad,
    answers: (packet.answers ?? []).flatMap((answer) => toRecord(answer) ?? []),
    negativeTtlSeconds: soa?.type === 'SOA' ? Math.min(ttlOf(soa.ttl), ttlOf(soa.data.minimum)) : undefined,
    sizeBytes: message.length,
  };
}

function toRecord(answer: Answer): DnsRecord | undefined {
  const data = dataOf(answer);
  if (data === undefined || !('ttl' in answer)) return undefined;
  return { name: plainName(answer.name), type: answer.type, ttlSeconds: ttlOf(answer.ttl), data };
}

function dataOf(answer: Answer): DnsRecordData[DnsType] | undefined {
  switch (answer.type) {
    case 'A':
    case 'AAAA':
      return answer.data;
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return plainName(answer.data);
    case 'MX':
      return { exchange: plainName(answer.data.exchange), priority: answer.data.preference ?? 0 };
    case 'TXT':
      return [answer.data].flat().map((part) => part.toString());
    case 'TLSA': {
      const { usage, selector, matchingType, certificate } = answer.data;
      return { usage, selector, matchingType, data: Buffer.from(certificate) };
    }
    default:
      return undefined;
  }
}

function ttlOf(ttl: number | undefined): number {
  return ttl === undefined || ttl > MAX_TTL || ttl < 0 ? 0 : ttl;
}

/** Lower case, without the last dot; the root is the empty string. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
