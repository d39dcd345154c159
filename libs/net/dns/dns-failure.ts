/** A name server did not answer, or could not: the same question may be answered later. */
export class DnsFailure extends Error {
  override readonly name = 'DnsFailure';
}
