import { X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';

export interface TestCertificate {
  /** PEM */
  readonly key: string;
  /** PEM, this certificate alone */
  readonly cert: string;
  readonly x509: X509Certificate;
}

const DAY_MS = 86_400_000;
const ec = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/** An authority that signs certificates in specs. */
export async function testAuthority(name = 'Test Authority'): Promise<TestCertificate> {
  const made = await generate([{ name: 'commonName', value: name }], {
    ...ec,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return { key: made.private, cert: made.cert, x509: new X509Certificate(made.cert) };
}

/** A server's certificate for the names, by `authority` or else by itself. */
export async function testCertificate(
  names: readonly string[],
  options: { readonly authority?: TestCertificate; readonly isExpired?: boolean; readonly commonName?: string } = {},
): Promise<TestCertificate> {
  const start = Date.now() - (options.isExpired ? 10 : 1) * DAY_MS;
  const made = await generate([{ name: 'commonName', value: options.commonName ?? names[0] ?? 'server' }], {
    ...ec,
    notBeforeDate: new Date(start),
    notAfterDate: new Date(start + 5 * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'extKeyUsage', serverAuth: true },
      ...(names.length > 0 ? [{ name: 'subjectAltName' as const, altNames: names.map((value) => ({ type: 2 as const, value })) }] : []),
    ],
    ...(options.authority && { ca: { key: options.authority.key, cert: options.authority.cert } }),
  });
  return { key: made.private, cert: made.cert, x509: new X509Certificate(made.cert) };
}
