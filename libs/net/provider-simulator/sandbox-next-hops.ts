import { createHash } from 'node:crypto';
import type { NextHopResolver, NextHops } from '#net/dns';

/** A simulated mailbox provider. Each has a port of its own: `basePort` + its place in the table. */
export interface SimulatedProvider {
  readonly name: string;
  readonly mxHost: string;
  /** Domains it hosts; `.ir` with a leading dot is a whole ending. */
  readonly domains: readonly string[];
}

export const simulatedProviders = [
  {
    name: 'google',
    mxHost: 'mx.google.simulator.chapar.test',
    domains: ['gmail.example', 'googlemail.example', 'gmail.com', 'googlemail.com'],
  },
  {
    name: 'yahoo',
    mxHost: 'mx.yahoo.simulator.chapar.test',
    domains: ['yahoo.example', 'ymail.example', 'yahoo.com', 'ymail.com', 'aol.com'],
  },
  {
    name: 'outlook-consumer',
    mxHost: 'mx.outlook.simulator.chapar.test',
    domains: ['outlook.example', 'hotmail.example', 'live.example', 'outlook.com', 'hotmail.com', 'live.com', 'msn.com'],
  },
  {
    name: 'icloud',
    mxHost: 'mx.icloud.simulator.chapar.test',
    domains: ['icloud.example', 'me.example', 'icloud.com', 'me.com', 'mac.com'],
  },
  { name: 'gmx', mxHost: 'mx.gmx.simulator.chapar.test', domains: ['gmx.example', 'web.example', 'gmx.net', 'gmx.de', 'web.de'] },
  { name: 'regional', mxHost: 'mx.regional.simulator.chapar.test', domains: ['chmail.example', '.ir'] },
  { name: 'chapar', mxHost: 'mx.simulator.chapar.test', domains: ['simulator.chapar.test', '.chapar.test'] },
  { name: 'business', mxHost: 'mx.business.simulator.chapar.test', domains: [] },
] as const satisfies readonly SimulatedProvider[];

export type SimulatedProviderName = (typeof simulatedProviders)[number]['name'];

/** Small companies run their own mail servers: their domains fall into this many sites. */
const BUSINESS_SITES = 12;

/** Who hosts a domain in the simulation: a pure function, the same in every process. */
export function simulatedProviderOf(domain: string): (typeof simulatedProviders)[number] {
  const found = simulatedProviders.find(({ domains }) =>
    domains.some((entry) => (entry.startsWith('.') ? domain.endsWith(entry) : domain === entry)),
  );
  return found ?? simulatedProviders.find(({ name }) => name === 'business')!;
}

/** Every domain leads to the simulator on loopback, and nothing leads anywhere else. */
export function sandboxNextHops({ basePort }: { readonly basePort: number }): NextHopResolver {
  return {
    resolve: (domain) =>
      Promise.resolve(sandboxNextHop(domain.toLowerCase(), (provider) => basePort + simulatedProviders.indexOf(provider))),
  };
}

export function sandboxNextHop(domain: string, portOf: (provider: (typeof simulatedProviders)[number]) => number): NextHops {
  const provider = simulatedProviderOf(domain);
  const isBusiness = provider.name === 'business';
  const hostname = isBusiness
    ? `mx${createHash('sha256').update(domain).digest()[0]! % BUSINESS_SITES}.${provider.mxHost.slice('mx.'.length)}`
    : provider.mxHost;
  return {
    site: `mx:${hostname}`,
    provider: isBusiness || provider.name === 'regional' || provider.name === 'chapar' ? 'default' : provider.name,
    hosts: [{ hostname, addresses: ['127.0.0.1'], port: portOf(provider) }],
  };
}
