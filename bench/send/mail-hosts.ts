import type { NextHopResolver } from '#net/dns';

/** Every domain leads to one port on loopback: as one site, or as a site for each domain. */
export function mailHosts(port: number, isSitePerDomain: boolean): NextHopResolver {
  return {
    resolve: (domain) => {
      const hostname = isSitePerDomain ? `mx.${domain}` : 'mx.example.net';
      return Promise.resolve({ site: `mx:${hostname}`, provider: 'default', hosts: [{ hostname, addresses: ['127.0.0.1'], port }] });
    },
  };
}
