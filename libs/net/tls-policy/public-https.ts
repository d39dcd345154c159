import { type IncomingMessage, request as plainRequest } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { type LookupFunction, isIP } from 'node:net';
import { type DnsLookup, isPublicAddress } from '#net/dns';

export interface PublicHttpsOptions {
  readonly dns: DnsLookup;
  readonly isAllowedAddress?: (address: string) => boolean;
  /** For the whole exchange. */
  readonly timeoutMs?: number;
  /** Specs listen elsewhere and trust their own authority. */
  readonly port?: number;
  readonly ca?: string;
}

export interface PublicHttpsRequest {
  /** In the clear only where the operator has allowed it. */
  readonly scheme?: 'https' | 'http';
  readonly host: string;
  readonly port?: number;
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: Buffer;
  readonly maxBytes: number;
}

export interface PublicHttpsAnswer {
  readonly response: IncomingMessage;
  readonly body: Buffer;
  /** The body as UTF-8; empty where it is larger than any text would be. */
  readonly text: string;
}

/** `kind` says whether it was the certificate that was at fault. */
export class PublicHttpsError extends Error {
  override readonly name = 'PublicHttpsError';

  constructor(
    message: string,
    readonly kind: 'certificate' | 'other',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const TIMEOUT_MS = 20_000;
const MAX_TEXT_BYTES = 1024 * 1024;

/**
 * One exchange with a web server that a stranger has named: to the public internet only, the address that was judged being
 * the one connected to; no redirect, no kept connection, within limits of time and size.
 * @throws PublicHttpsError
 */
export async function publicHttps(options: PublicHttpsOptions, call: PublicHttpsRequest): Promise<PublicHttpsAnswer> {
  const { isAllowedAddress = isPublicAddress, timeoutMs = TIMEOUT_MS } = options;
  const addresses = (await addressesOf(options.dns, call.host)).filter(isAllowedAddress);
  if (addresses.length === 0) throw new PublicHttpsError(`${call.host} has no address on the public internet`, 'other');
  return exchange(
    {
      host: call.host,
      port: options.port ?? call.port ?? (call.scheme === 'http' ? 80 : 443),
      path: call.path,
      method: call.method ?? 'GET',
      servername: call.host,
      agent: false,
      lookup: pinnedLookup(addresses),
      headers: { ...call.headers, connection: 'close', ...(call.body && { 'content-length': String(call.body.length) }) },
      maxHeaderSize: 16 * 1024,
      signal: AbortSignal.timeout(timeoutMs),
      ...(options.ca !== undefined && { ca: options.ca }),
    },
    call,
  );
}

async function addressesOf(dns: DnsLookup, host: string): Promise<readonly string[]> {
  // An address in place of a name is judged like any other.
  const literal = host.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0) return [literal];
  try {
    const answers = await Promise.all([dns.lookup(host, 'A'), dns.lookup(host, 'AAAA')]);
    return answers.flatMap(({ records }) => records);
  } catch (cause) {
    throw new PublicHttpsError(`${host} could not be looked up: ${(cause as Error).message}`, 'other', { cause });
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

function exchange(options: RequestOptions, { scheme, host, maxBytes, body }: PublicHttpsRequest): Promise<PublicHttpsAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (message: string, kind: PublicHttpsError['kind'], cause?: unknown) => {
      reject(new PublicHttpsError(message, kind, { cause }));
      call.destroy();
    };
    const call = (scheme === 'http' ? plainRequest : request)(options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxBytes) fail(`${host} answered with more than ${maxBytes} bytes`, 'other');
        else chunks.push(chunk);
      });
      response.on('error', (error) => fail(error.message, 'other', error));
      response.on('end', () => {
        const content = Buffer.concat(chunks, size);
        resolve({ response, body: content, text: size > MAX_TEXT_BYTES ? '' : content.toString('utf8') });
      });
    });
    call.on('error', (error: NodeJS.ErrnoException) => {
      const isTimeout = error.name === 'TimeoutError' || error.name === 'AbortError';
      fail(isTimeout ? `${host} took too long` : error.message, isCertificateProblem(error) ? 'certificate' : 'other', error);
    });
    call.end(body);
  });
}

function isCertificateProblem({ code = '' }: NodeJS.ErrnoException): boolean {
  return /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH|PATH_LENGTH|INVALID_PURPOSE)/.test(code);
}
