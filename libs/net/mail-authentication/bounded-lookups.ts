import { type DnsLookup, DnsFailure, type DnsType } from '#net/dns';

/** SPF alone may ask for ten names with ten addresses each (RFC 7208 §4.6.4); with signatures and policies no honest message needs more. */
const MAX_LOOKUPS = 150;

const TYPES: ReadonlySet<string> = new Set<DnsType>(['A', 'AAAA', 'CNAME', 'MX', 'PTR', 'TXT']);

/**
 * Our resolver in the shape of `dns.promises.resolve`, for one message: an answer without records is an error with a code, and
 * after so many questions, or after the deadline, every further one fails as if the servers were silent.
 * @param timeLimitMs from the first question: a message may take its time to arrive
 */
export function boundedLookups(dns: DnsLookup, timeLimitMs: number): (name: string, type: string) => Promise<string[][] | string[]> {
  let asked = 0;
  let deadline = Number.POSITIVE_INFINITY;
  return async (name, type) => {
    if (!TYPES.has(type)) throw failure('ENOTIMP', `no look-ups of type ${type}`);
    if (asked === 0) deadline = performance.now() + timeLimitMs;
    if (++asked > MAX_LOOKUPS || performance.now() > deadline) throw failure('ETIMEOUT', 'too many look-ups for one message');
    const { records, exists } = await within(dns.lookup(name, type as DnsType), deadline).catch((error: unknown) => {
      throw error instanceof DnsFailure ? failure('ESERVFAIL', error.message) : error;
    });
    if (records.length === 0)
      throw failure(exists ? 'ENODATA' : 'ENOTFOUND', `${type} ${name}: ${exists ? 'no such record' : 'no such name'}`);
    return records as unknown as string[][] | string[];
  };
}

function within<T>(answer: Promise<T>, deadline: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const overdue = setTimeout(() => reject(failure('ETIMEOUT', 'no answer in time')), Math.max(0, deadline - performance.now()));
    answer.then(resolve, reject).finally(() => clearTimeout(overdue));
  });
}

function failure(code: string, message: string): Error & { code: string } {
  return Object.assign(new Error(message), { code });
}
