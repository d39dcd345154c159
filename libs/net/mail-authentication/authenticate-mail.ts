import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { authenticate } from 'mailauth';
import type { ReceptionSignals } from '#base/contracts';
import type { DnsLookup } from '#net/dns';
import { boundedLookups } from './bounded-lookups.js';
import { BoundedSignatures } from './bounded-signatures.js';
import { signalsOf } from './read-results.js';

export interface ReceivedFrom {
  readonly remoteAddress: string;
  readonly helo: string;
  readonly isTls: boolean;
  /** '' is the null sender. */
  readonly mailFrom: string;
}

export interface AuthenticateOptions {
  readonly dns: DnsLookup;
  /** Look-ups that have no answer by then count as failed for now. */
  readonly timeLimitMs?: number;
}

const TIME_LIMIT_MS = 10_000;
/** RFC 8301 §3.2 */
const MIN_KEY_BITS = 1_024;
const MAX_HELO = 255;

/**
 * Checks a message as it comes in: SPF (RFC 7208), DKIM (RFC 6376, without rsa-sha1, RFC 8301), ARC (RFC 8617) and DMARC (RFC 9989).
 * Reads `content` to its end. Trouble with DNS is `temperror` and never an exception.
 * @throws what `content` fails with
 */
export async function authenticateMail(content: Readable, from: ReceivedFrom, options: AuthenticateOptions): Promise<ReceptionSignals> {
  const { remoteAddress, helo, isTls } = from;
  const bounded = new BoundedSignatures();
  const checking = authenticate(bounded, {
    ip: remoteAddress,
    helo,
    sender: from.mailFrom,
    resolver: boundedLookups(options.dns, options.timeLimitMs ?? TIME_LIMIT_MS),
    minBitLength: MIN_KEY_BITS,
    rejectRsaSha1: true,
    disableBimi: true,
  });
  // Its failure is told below; until then it must not count as unhandled.
  checking.catch(() => undefined);
  await pipeline(content, bounded);
  return { remoteAddress, helo: helo.slice(0, MAX_HELO), isTls, ...signalsOf(await checking) };
}
