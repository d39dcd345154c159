import type { NextHops } from '#net/dns';
import { type SmtpClientOptions, SmtpConnectError, SmtpConnection, type SmtpTarget } from '#net/smtp-client';

const MAX_TARGETS = 6;

/**
 * Connects to the first host that takes us, in the order of preference (RFC 5321 §5.1).
 * @throws SmtpConnectError of the last one tried; one in which a server spoke wins over one without an answer
 */
export async function connectNextHop(hops: NextHops, options: SmtpClientOptions, localAddress: string | null): Promise<SmtpConnection> {
  let failure: SmtpConnectError | undefined;
  for (const target of targetsOf(hops, localAddress)) {
    try {
      return await SmtpConnection.open(target, options);
    } catch (error) {
      if (!(error instanceof SmtpConnectError)) throw error;
      if (!failure?.reply || error.reply) failure = error;
      if (options.signal?.aborted) break;
    }
  }
  throw failure ?? new SmtpConnectError('there is no host to connect to', 'connect');
}

/** Addresses of the preferred host, then those of the next one. */
function targetsOf(hops: NextHops, localAddress: string | null): SmtpTarget[] {
  return hops.hosts
    .flatMap(({ hostname, addresses, port }) =>
      (addresses.length > 0 ? addresses : [hostname]).map((host): SmtpTarget => ({
        host,
        port,
        hostname,
        ...(localAddress !== null && { localAddress }),
      })),
    )
    .slice(0, MAX_TARGETS);
}
