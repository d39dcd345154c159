import { type MtaStsPolicy, MtaStsSyntaxError, parseMtaStsPolicy } from './mta-sts-policy.js';
import { PublicHttpsError, type PublicHttpsOptions, publicHttps } from './public-https.js';
import type { TlsFailure, TlsFailureType } from './tls-failure.js';

export type MtaStsFetchOptions = PublicHttpsOptions & { readonly maxBytes?: number };

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

/** RFC 8461 §3.3 suggests it. */
const MAX_BYTES = 64 * 1024;

/**
 * Fetches `https://mta-sts.<domain>/.well-known/mta-sts.txt` (RFC 8461 §3.3): a valid certificate, no redirect, no cache,
 * within limits of time and size, and only from the public internet, because the name is chosen by a stranger.
 * The function throws MtaStsFetchError.
 */
export function mtaStsFetcher(options: MtaStsFetchOptions): MtaStsFetch {
  return async (domain) => {
    const text = await get(options, `mta-sts.${domain}`);
    try {
      return parseMtaStsPolicy(text);
    } catch (error) {
      if (!(error instanceof MtaStsSyntaxError)) throw error;
      throw new MtaStsFetchError('sts-policy-invalid', `the policy of ${domain} is not valid: ${error.message}`, { cause: error });
    }
  };
}

async function get(options: MtaStsFetchOptions, host: string): Promise<string> {
  const call = { host, path: '/.well-known/mta-sts.txt', headers: { accept: 'text/plain' }, maxBytes: options.maxBytes ?? MAX_BYTES };
  const { response, text } = await publicHttps(options, call).catch((error: unknown) => {
    if (!(error instanceof PublicHttpsError)) throw error;
    const type = error.kind === 'certificate' ? 'sts-webpki-invalid' : 'sts-policy-fetch-error';
    throw new MtaStsFetchError(type, error.message, { cause: error });
  });
  const { statusCode, headers } = response;
  // RFC 8461 §3.3: redirects are not followed.
  if (statusCode !== 200) throw new MtaStsFetchError('sts-policy-fetch-error', `${host} answered ${statusCode}`);
  if (!/^text\/plain\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    const found = headers['content-type'] ?? 'no media type';
    throw new MtaStsFetchError('sts-policy-fetch-error', `${host} answered with ${found}, not text/plain`);
  }
  return text;
}
