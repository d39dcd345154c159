/** A host to deliver to. */
export interface NextHopHost {
  readonly hostname: string;
  /** In the order to try; where none is known the name is looked up when connecting. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Of its MX record; hosts with the same one share the load. Without it, the place in the list decides. */
  readonly preference?: number;
  /** Where the aliases of `hostname` end, if it has any. */
  readonly canonicalName?: string;
  /** Its addresses were validated by DNSSEC: DANE may apply (RFC 7672 §2.1.2). */
  readonly isAuthentic?: boolean;
}

/** Where the mail of a domain goes, in the order to try. */
export interface NextHops {
  /** MX roll-up: every domain with the same one shares connections and limits. */
  readonly site: string;
  /** Which traffic-shaping rules apply. */
  readonly provider: string;
  readonly hosts: readonly NextHopHost[];
  /**
   * How DNS led here. Absent for static routes and the sandbox: TLS policies of domains are about the mail servers that DNS
   * names, not about a relay that the operator chose.
   */
  readonly mx?: {
    /** The MX records, or their absence, were validated by DNSSEC. */
    readonly isAuthentic: boolean;
    /** There is no MX record: the domain is its own mail server (RFC 5321 §5.1). */
    readonly isImplicit: boolean;
  };
}

export interface NextHopResolver {
  /** @throws NextHopError */
  resolve(domain: string): Promise<NextHops>;
}

/** There is nowhere to deliver to: for good (`permanent`), or because DNS did not answer now. */
export class NextHopError extends Error {
  override readonly name = 'NextHopError';

  constructor(
    message: string,
    readonly permanent: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
