import type { X509Certificate } from 'node:crypto';
import { verifyDane } from './dane.js';
import type { TlsFailure, TlsFailureType } from './tls-failure.js';
import type { HostTlsPolicy } from './tls-policies.js';

/** What a TLS session says about the server. */
export interface PeerIdentity {
  readonly hostname: string;
  /** The usual authorities vouch for the certificate, and it is for `hostname`. */
  readonly isTrusted: boolean;
  /** OpenSSL's or Node's code, if not. */
  readonly untrustedBecause?: string | undefined;
  /** The server's certificate first, then its issuers. */
  readonly chain: () => readonly X509Certificate[];
}

/** @returns why the session is not as the policy wants it */
export function verifyPeer(policy: HostTlsPolicy, peer: PeerIdentity, now = new Date()): TlsFailure | undefined {
  if (policy.refusal) return policy.refusal;
  if (policy.dane) return verifyDane(policy.dane, peer.chain(), now);
  return policy.level === 'verified' ? verifyByAuthorities(peer) : undefined;
}

/** @returns what a policy in testing mode would have refused */
export function testPeer(policy: HostTlsPolicy, peer: PeerIdentity): TlsFailure | undefined {
  return policy.isTested ? (policy.testedFailure ?? verifyByAuthorities(peer)) : undefined;
}

/** RFC 8461 §4.2: a chain to a trusted authority, and the host among the alternative names. */
export function verifyByAuthorities({ hostname, isTrusted, untrustedBecause = '', chain }: PeerIdentity): TlsFailure | undefined {
  const mismatch: TlsFailure = { type: 'certificate-host-mismatch', reason: `the certificate is not for ${hostname}` };
  if (!isTrusted) {
    if (untrustedBecause === 'ERR_TLS_CERT_ALTNAME_INVALID') return mismatch;
    const type: TlsFailureType =
      untrustedBecause === 'CERT_HAS_EXPIRED' || untrustedBecause === 'CERT_NOT_YET_VALID'
        ? 'certificate-expired'
        : 'certificate-not-trusted';
    return { type, reason: `the certificate is not trusted (${untrustedBecause || 'no reason given'})` };
  }
  const isNamed = chain()[0]?.checkHost(hostname, { subject: 'never', partialWildcards: false }) !== undefined;
  return isNamed ? undefined : mismatch;
}
