import { X509Certificate, createHash, createPublicKey } from 'node:crypto';
import type { TlsaRecord } from '#net/dns';
import type { TlsFailure } from './tls-failure.js';

/** Certificate usages (RFC 7218); 0 and 1 mean nothing to mail (RFC 7672 §3.1.3). */
export const DANE_TA = 2;
export const DANE_EE = 3;

const FULL = 0;
const hashOf: Readonly<Record<number, { readonly name: string; readonly bytes: number }>> = {
  1: { name: 'sha256', bytes: 32 },
  2: { name: 'sha512', bytes: 64 },
};

/** Records that can authenticate a mail server; the others are as if they were not there, except that they demand TLS. */
export function usableRecords(records: readonly TlsaRecord[]): TlsaRecord[] {
  return records.filter(({ usage, selector, matchingType, data }) => {
    if ((usage !== DANE_TA && usage !== DANE_EE) || selector > 1) return false;
    return matchingType === FULL ? data.length > 0 : hashOf[matchingType]?.bytes === data.length;
  });
}

export interface DaneIdentity {
  readonly tlsa: readonly TlsaRecord[];
  /** Names of which the certificate must have one, where its chain is what is trusted: RFC 7672 §3.2.3. */
  readonly names: readonly string[];
}

/**
 * Whether a server is who the TLSA records say (RFC 7672 §3).
 * @param chain the server's certificate first, then its issuers
 */
export function verifyDane({ tlsa, names }: DaneIdentity, chain: readonly X509Certificate[], now: Date): TlsFailure | undefined {
  const [leaf] = chain;
  if (!leaf) return { type: 'validation-failure', reason: 'the server has shown no certificate' };
  // DANE-EE: the key is the identity; names and dates in the certificate mean nothing (RFC 7672 §3.1.1).
  if (tlsa.some((record) => record.usage === DANE_EE && matches(record, leaf))) return undefined;
  const anchors = tlsa.filter(({ usage }) => usage === DANE_TA);
  if (anchors.length === 0) return { type: 'validation-failure', reason: 'the certificate matches none of the TLSA records' };
  return verifyAnchored(anchors, names, chain, now);
}

/** DANE-TA (RFC 7672 §3.1.2): signatures and dates up to the anchor must hold, and the name must fit. */
function verifyAnchored(
  anchors: readonly TlsaRecord[],
  names: readonly string[],
  chain: readonly X509Certificate[],
  now: Date,
): TlsFailure | undefined {
  const leaf = chain[0]!;
  for (const [i, certificate] of chain.entries()) {
    if (now > certificate.validToDate || now < certificate.validFromDate)
      return {
        type: 'certificate-expired',
        reason: `a certificate of the server is valid from ${certificate.validFrom} to ${certificate.validTo}`,
      };
    const issuer = chain[i + 1];
    const isAnchored =
      (i > 0 && anchors.some((anchor) => matches(anchor, certificate))) || anchors.some((anchor) => isSignedBy(certificate, anchor));
    if (isAnchored) {
      const isNamed = names.some((name) => leaf.checkHost(name, { subject: 'never', partialWildcards: false }) !== undefined);
      return isNamed ? undefined : { type: 'certificate-host-mismatch', reason: `the certificate is not for ${names.join(' or ')}` };
    }
    if (!issuer || !issuer.ca || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) break;
  }
  return { type: 'validation-failure', reason: 'the certificate leads to none of the TLSA records' };
}

function matches({ selector, matchingType, data }: TlsaRecord, certificate: X509Certificate): boolean {
  const selected = selector === 0 ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' });
  const hash = hashOf[matchingType];
  return data.equals(hash ? createHash(hash.name).update(selected).digest() : selected);
}

/** An anchor that is published whole need not be in the chain (RFC 7672 §3.1.2, "2 0 0" and "2 1 0"). */
function isSignedBy(certificate: X509Certificate, { selector, matchingType, data }: TlsaRecord): boolean {
  if (matchingType !== FULL) return false;
  try {
    if (selector === 1) return certificate.verify(createPublicKey({ key: data, type: 'spki', format: 'der' }));
    const anchor = new X509Certificate(data);
    return anchor.ca && certificate.checkIssued(anchor) && certificate.verify(anchor.publicKey);
  } catch {
    return false;
  }
}

/** As a zone file writes it; reports repeat it (RFC 8460 §4.4). */
export function formatTlsa({ usage, selector, matchingType, data }: TlsaRecord): string {
  return `${usage} ${selector} ${matchingType} ${data.toString('hex')}`;
}
