/** A host to deliver to. */
export interface NextHopHost {
  readonly hostname: string;
  /** Where known; otherwise the name is looked up when connecting. */
  readonly addresses: readonly string[];
  readonly port: number;
}

/** Where the mail of a domain goes, in the order to try. */
export interface NextHops {
  /** MX roll-up: every domain with the same one shares connections and limits. */
  readonly site: string;
  /** Which traffic-shaping rules apply. */
  readonly provider: string;
  readonly hosts: readonly NextHopHost[];
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
