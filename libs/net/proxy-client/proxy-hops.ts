import { isIP } from 'node:net';
import { SocksClient } from 'socks';
import { messageOf } from '#base/kernel';
import type { LocalAddresses, ProxyHop } from '#net/smtp-client';
import { proxyHeader } from './proxy-header.js';

export interface Socks5Proxy {
  readonly host: string;
  readonly port: number;
  /** RFC 1929. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** Connections by way of a SOCKS5 proxy (RFC 1928), which leave from the address that the proxy has, or gives to this user. */
export function socks5Hop({ host, port, username, password }: Socks5Proxy): ProxyHop {
  return {
    host,
    port,
    label: `SOCKS5 proxy ${host}:${port}`,
    async open(socket, to, timeoutMs) {
      try {
        await SocksClient.createConnection({
          proxy: { host, port, type: 5, ...(username !== undefined && { userId: username, password: password ?? '' }) },
          command: 'connect',
          destination: to,
          timeout: timeoutMs,
          existing_socket: socket,
        });
      } catch (error) {
        // The library speaks in its own names: "Socks5 proxy rejected connection - HostUnreachable".
        throw new Error(`${messageOf(error)} (${to.host})`, { cause: error });
      }
    },
  };
}

export interface HaproxyHop {
  readonly host: string;
  readonly port: number;
  readonly version: 1 | 2;
  /** Addresses of the proxy's machine that connections are to leave from. */
  readonly local: LocalAddresses;
}

/**
 * Connections by way of HAProxy: a PROXY header asks for the address to leave from and names the server to go to. The proxy
 * must accept it (`accept-proxy`) and act on it (`server … 0.0.0.0:0 source 0.0.0.0 usesrc clientip`).
 */
export function haproxyHop({ host, port, version, local }: HaproxyHop): ProxyHop {
  return {
    host,
    port,
    label: `HAProxy ${host}:${port}`,
    async open(socket, to) {
      const family = isIP(to.host);
      if (family === 0) throw new Error(`the proxy can be given addresses only, and ${to.host} is a name`);
      const source = family === 4 ? local.v4 : local.v6;
      if (source === undefined) throw new Error(`the source has no IPv${family} address to ask for`);
      // Port 0: any; the proxy chooses.
      socket.write(proxyHeader(version, { source: { host: source, port: 0 }, destination: to }));
    },
  };
}
