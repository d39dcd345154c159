import { Resolver } from 'node:dns/promises';

/** Looks records up. A name or record that does not exist is an empty array; a server that fails throws DnsFailure. */
export interface DnsResolver {
  resolveMx(name: string): Promise<readonly { readonly exchange: string; readonly priority: number }[]>;
  resolve4(name: string): Promise<readonly string[]>;
  resolve6(name: string): Promise<readonly string[]>;
  resolveTxt(name: string): Promise<readonly (readonly string[])[]>;
  resolvePtr(address: string): Promise<readonly string[]>;
  /** Whether the name exists at all, whatever its records (RFC 8020: NXDOMAIN is not "no such record"). */
  nameExists(name: string): Promise<boolean>;
}

/** A name server did not answer, or could not: the same question may be answered later. */
export class DnsFailure extends Error {
  override readonly name = 'DnsFailure';
}

const ABSENT = new Set(['ENODATA', 'ENOTFOUND']);

/** The system's resolver, or the given servers (`address` or `address:port`). */
export function systemResolver(servers: readonly string[] = []): DnsResolver {
  const resolver = new Resolver({ timeout: 5000, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  const ask = async <T>(query: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await query();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== undefined && ABSENT.has(code)) return [];
      throw new DnsFailure(`DNS: ${message}`, { cause: error });
    }
  };
  return {
    resolveMx: (name) => ask(() => resolver.resolveMx(name)),
    resolve4: (name) => ask(() => resolver.resolve4(name)),
    resolve6: (name) => ask(() => resolver.resolve6(name)),
    resolveTxt: (name) => ask(() => resolver.resolveTxt(name)),
    resolvePtr: (address) => ask(() => resolver.reverse(address)),
    async nameExists(name) {
      try {
        await resolver.resolveNs(name);
        return true;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code !== 'ENOTFOUND';
      }
    },
  };
}
