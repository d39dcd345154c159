export { DnsFailure, type DnsResolver, systemResolver } from './dns-resolver.js';
export { type MxResolverOptions, type StaticRoute, createMxResolver, isPublicAddress } from './mx-resolver.js';
export { NextHopError, type NextHopHost, type NextHopResolver, type NextHops } from './next-hops.js';
export { DEFAULT_PROVIDER, providerOf, siteOf } from './site.js';
