export { type CachingResolverOptions, createCachingResolver } from './caching-resolver.js';
export { DnsFailure } from './dns-failure.js';
export type { DnsRecordData, DnsType, TlsaRecord } from './dns-message.js';
export { type CachingResolver, type DnsAnswer, type DnsLookup, type DnsResolver, systemResolver } from './dns-resolver.js';
export { type DnsServer, type DnsTransport, createDnsTransport } from './dns-transport.js';
export { type AddressPolicy, addressPolicies, orderAddresses, shuffleEqual } from './address-order.js';
export { type MxResolverOptions, type StaticRoute, createMxResolver, isPublicAddress } from './mx-resolver.js';
export { NextHopError, type NextHopHost, type NextHopResolver, type NextHops } from './next-hops.js';
export { DEFAULT_PROVIDER, providerOf, siteOf } from './site.js';
