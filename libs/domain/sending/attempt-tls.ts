import type { SmtpConnection } from '#net/smtp-client';
import type { DomainTlsPolicy, TlsLevel } from '#net/tls-policy';

/** How an attempt was protected: the column `attempts.tls`. Without `version` it went in the clear. */
export interface AttemptTls {
  /** What was demanded. */
  readonly policy: TlsLevel;
  /** `TLSv1.3` */
  readonly version?: string;
  /** The name that IANA has for it. */
  readonly cipher?: string;
  /** Of the key exchange, such as `X25519MLKEM768`. */
  readonly group?: string;
  /** Whether the usual authorities vouch for the certificate; with DANE it does not matter. */
  readonly trusted?: boolean;
  /** Why it went in the clear, or what of the policy was not met. */
  readonly problem?: string;
}

/** @param policy of the recipient's domain; the provider's own demand counts where there is none */
export function attemptTlsOf(connection: SmtpConnection, policy: DomainTlsPolicy | undefined, requiresTls: boolean): AttemptTls {
  const demanded = policy?.ofHost.get(connection.target.hostname)?.level ?? 'opportunistic';
  const level: TlsLevel = demanded === 'opportunistic' && requiresTls ? 'required' : demanded;
  const { tls, tlsProblem } = connection;
  if (!tls) return { policy: level, ...(tlsProblem && { problem: tlsProblem.reason }) };
  const { version, cipher, group, isTrusted } = tls;
  return { policy: level, version, cipher, ...(group !== null && { group }), trusted: isTrusted };
}
