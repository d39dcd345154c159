import { X509Certificate } from 'node:crypto';
import { type Socket, isIP } from 'node:net';
import { type DetailedPeerCertificate, type SecureContext, type TLSSocket, connect, createSecureContext } from 'node:tls';
import type { SmtpTarget, TlsPeer, TlsSession } from './smtp-client.types.js';

/**
 * The hybrid post-quantum exchange first, its key share beside the classic one (`*`), so that a server without it needs no
 * second round trip.
 */
const GROUPS = '*X25519MLKEM768:*X25519:P-256:P-384';
/** For servers, and boxes before them, that stumble over a greeting longer than a packet. */
const CLASSIC_GROUPS = 'X25519:P-256:P-384';
const MAX_CHAIN = 10;

export interface SecureSocketOptions {
  readonly timeoutMs: number;
  /** SNI, and the name in the certificate. */
  readonly serverName?: string | undefined;
  /** Authorities in place of the usual ones, PEM. */
  readonly ca?: string | undefined;
  readonly isClassic?: boolean;
}

const contexts = new Map<string, SecureContext>();

/** TLS over a connected socket, whoever answers: what the certificate is worth is for the caller to judge. */
export function secureSocket(socket: Socket, { hostname }: SmtpTarget, options: SecureSocketOptions): Promise<TLSSocket> {
  const { timeoutMs, serverName = hostname } = options;
  return new Promise((resolve, reject) => {
    const secure = connect({
      socket,
      secureContext: contextFor(options),
      rejectUnauthorized: false,
      // An address is not sent as a name (RFC 6066 §3), but the certificate must be for it.
      ...(isIP(serverName) === 0 ? { servername: serverName } : { host: serverName }),
    });
    const timer = setTimeout(() => secure.destroy(new Error('the handshake took too long')), timeoutMs);
    const fail = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    const onClose = () => fail(new Error('the server closed the connection'));
    secure.once('error', fail).once('close', onClose);
    secure.once('secureConnect', () => {
      clearTimeout(timer);
      secure.off('error', fail).off('close', onClose);
      resolve(secure);
    });
  });
}

/** Making a context reads every authority: once is enough. */
function contextFor({ ca, isClassic = false }: SecureSocketOptions): SecureContext {
  const key = `${isClassic} ${ca ?? ''}`;
  let context = contexts.get(key);
  if (!context) {
    context = createSecureContext({
      ecdhCurve: isClassic ? CLASSIC_GROUPS : GROUPS,
      minVersion: 'TLSv1.2',
      ...(ca !== undefined && { ca }),
    });
    contexts.set(key, context);
  }
  return context;
}

export function sessionOf(secure: TLSSocket): TlsSession {
  const { name } = secure.getEphemeralKeyInfo() as { name?: string };
  const reason = secure.authorizationError as unknown as (Error & { code?: string }) | string | undefined;
  return {
    version: secure.getProtocol() ?? 'TLS',
    cipher: secure.getCipher().standardName,
    group: name ?? null,
    isTrusted: secure.authorized,
    ...(!secure.authorized && { untrustedBecause: (typeof reason === 'string' ? reason : reason?.code) ?? 'UNKNOWN' }),
  };
}

export function peerOf(secure: TLSSocket, hostname: string, session: TlsSession): TlsPeer {
  let chain: readonly X509Certificate[] | undefined;
  return {
    hostname,
    isTrusted: session.isTrusted,
    untrustedBecause: session.untrustedBecause,
    chain: () => (chain ??= chainOf(secure)),
  };
}

/** The server's certificate, then its issuers as far as they are known. */
function chainOf(secure: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: DetailedPeerCertificate | undefined = secure.getPeerCertificate(true);
  while (next?.raw && chain.length < MAX_CHAIN) {
    chain.push(new X509Certificate(next.raw));
    // A root is its own issuer.
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate;
  }
  return chain;
}
