import { type Answer, encode } from 'dns-packet';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCachingResolver } from './caching-resolver.js';
import { DnsFailure } from './dns-failure.js';
import { decodeReply, encodeQuery } from './dns-message.js';

const reply = encode({
  type: 'response',
  id: 7,
  questions: [{ type: 'MX', name: 'a.example', class: 'IN' }],
  answers: [
    { type: 'CNAME', name: 'a.example', ttl: 60, data: 'b.example' },
    { type: 'MX', name: 'b.example', ttl: 60, data: { preference: 5, exchange: 'mx.b.example' } },
    { type: 'TXT', name: 'b.example', ttl: 60, data: ['x', 'y'] },
    { type: 'TLSA', name: 'b.example', ttl: 60, data: { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.alloc(32) } },
  ] as Answer[],
});

/** Runs the bytes through everything that reads them; only "this is no reply" may be thrown. */
async function digest(bytes: Buffer): Promise<void> {
  let decoded;
  try {
    decoded = decodeReply(bytes);
  } catch {
    return;
  }
  const reply = decoded;
  const dns = createCachingResolver({ transport: { ask: () => Promise.resolve({ reply, server: { address: '127.0.0.1', port: 53 } }) } });
  for (const type of ['MX', 'TXT', 'TLSA', 'A'] as const) {
    try {
      const answer = await dns.lookup('a.example', type);
      expect(answer.expiresAt).not.toBeNaN();
    } catch (error) {
      expect(error).toBeInstanceOf(DnsFailure);
    }
  }
}

describe('bytes from a name server', () => {
  it('of any kind end in an answer or in a failure', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), (bytes) => digest(Buffer.from(bytes))));
  });

  it('that were changed on the way end in an answer or in a failure', async () => {
    const changes = fc.array(fc.tuple(fc.nat(reply.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(changes, fc.nat(reply.length), (edits, length) => {
        const bytes = Buffer.from(reply.subarray(0, Math.max(length, 12)));
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
        return digest(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

it('a query asks for recursion, understands AD, and offers what fits the path', () => {
  // RFC 1035 §4.1.1: RD is bit 8; RFC 6840 §5.7: AD is bit 5; OPT is type 41 with the payload size as its class.
  const query = encodeQuery({ id: 0x1234, name: 'a.example', type: 'TLSA' }, true);
  expect(query.toString('hex')).toBe(
    [
      '1234',
      '0120',
      '0001',
      '0000',
      '0000',
      '0001',
      '0161076578616d706c6500',
      '0034',
      '0001',
      '00',
      '0029',
      '04d0',
      '00000000',
      '0000',
    ].join(''),
  );
});
