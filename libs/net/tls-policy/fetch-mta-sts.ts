import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import { type RequestOptions, request } from 'node:https';
import { type DnsLookup, isPublicAddress } from '#net/dns';
import { type MtaStsPolicy, MtaStsSyntaxError, parseMtaStsPolicy } from './mta-sts-policy.js';
import type { TlsFailure, TlsFailureType } from './tls-failure.js';

export interface MtaStsFetchOptions {
  readonly dns: DnsLookup;
  readonly isAllowedAddress?: (address: string) => boolean;
  /** For the whole fetch. */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** Specs listen elsewhere and trust their own authority. */
  readonly port?: number;
  readonly ca?: string;
}

/** A policy could not be had. Nothing about the domain's mail servers is known from it. */
export class MtaStsFetchError extends Error {
  override readonly name = 'MtaStsFetchError';
  readonly failure: TlsFailure;

  constructor(type: TlsFailureType, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.failure = { type, reason };
  }
}

export type MtaStsFetch = (domain: string) => Promise<MtaStsPolicy>;

const TIMEOUT_MS = 20_000;
/** RFC 8461 §3.3 suggests it. */
const MAX_BYTES = 64 * 1024;

/**
 * Fetches `https://mta-sts.<domain>/.well-known/mta-sts.txt` (RFC 8461 §3.3): a valid certificate, no redirect, no cache,
 * within limits of time and size, and only from the public internet, because the name is chosen by a stranger.
 * The function throws MtaStsFetchError.
 */
export function mtaStsFetcher(options: MtaStsFetchOptions): MtaStsFetch {
  const { dns, isAllowedAddress = isPublicAddress, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES, port = 443 } = options;
  return async (domain) => {
    const host = `mta-sts.${domain}`;
    const addresses = (await addressesOf(dns, host)).filter(isAllowedAddress);
    if (addresses.length === 0) throw new MtaStsFetchError('sts-policy-fetch-error', `${host} has no address on the public internet`);
    const text = await get(
      {
        host,
        port,
        path: '/.well-known/mta-sts.txt',
        servername: host,
        agent: false,
        lookup: pinnedLookup(addresses),
        headers: { accept: 'text/plain', connection: 'close' },
        maxHeaderSize: 16 * 1024,
        signal: AbortSignal.timeout(timeoutMs),
        ...(options.ca !== undefined && { ca: options.ca }),
      },
      maxBytes,
    );
    try {
      return parseMtaStsPolicy(text);
    } catch (error) {
      if (!(error instanceof MtaStsSyntaxError)) throw error;
      throw new MtaStsFetchError('sts-policy-invalid', `the policy of ${domain} is not valid: ${error.message}`, { cause: error });
    }
  };
}

async function addressesOf(dns: DnsLookup, host: string): Promise<string[]> {
  try {
    const answers = await Promise.all([dns.lookup(host, 'A'), dns.lookup(host, 'AAAA')]);
    return answers.flatMap(({ records }) => records);
  } catch (cause) {
    throw new MtaStsFetchError('sts-policy-fetch-error', `${host} could not be looked up: ${(cause as Error).message}`, { cause });
  }
}

/** What was looked up and judged is what is connected to: no second answer can come between (DNS rebinding). */
function pinnedLookup(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, { all: wantsAll }, callback) => {
    if (wantsAll) callback(null, all);
    else callback(null, all[0]!.address, all[0]!.family);
  };
}

function get(options: RequestOptions, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (type: TlsFailureType, reason: string, cause?: unknown) => {
      reject(new MtaStsFetchError(type, reason, { cause }));
      call.destroy();
    };
    const call = request(options, (response) => {
      const { statusCode, headers } = response;
      // RFC 8461 §3.3: redirects are not followed.
      if (statusCode !== 200) return fail('sts-policy-fetch-error', `${options.host} answered ${statusCode}`);
      if (!/^text\/plain\s*(;|$)/i.test(headers['content-type'] ?? ''))
        return fail(
          'sts-policy-fetch-error',
          `${options.host} answered with ${headers['content-type'] ?? 'no media type'}, not text/plain`,
        );
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) fail('sts-policy-fetch-error', `${options.host} answered with more than ${maxBytes} bytes`);
        else chunks.push(chunk);
      });
      response.on('error', (error) => fail('sts-policy-fetch-error', error.message, error));
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    });
    call.on('error', (error: NodeJS.ErrnoException) => {
      const isCertificate = call.reusedSocket === false && isCertificateProblem(error);
      const reason = error.name === 'TimeoutError' || error.name === 'AbortError' ? `${options.host} took too long` : error.message;
      fail(isCertificate ? 'sts-webpki-invalid' : 'sts-policy-fetch-error', reason, error);
    });
    call.end();
  });
}

function isCertificateProblem({ code = '' }: NodeJS.ErrnoException): boolean {
  return /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH|PATH_LENGTH|INVALID_PURPOSE)/.test(code);
}
