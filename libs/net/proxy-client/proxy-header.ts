import ipaddr from 'ipaddr.js';

export interface ProxyEndpoints {
  readonly source: { readonly host: string; readonly port: number };
  readonly destination: { readonly host: string; readonly port: number };
}

const SIGNATURE_V2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const VERSION_2_PROXY = 0x21;
const STREAM_OVER = { 4: 0x11, 6: 0x21 } as const;

/**
 * The header that HAProxy's PROXY protocol puts before a connection (proxy-protocol.txt §2): from where to where it is to be
 * taken. Version 1 is a line of text, version 2 is binary.
 * @throws TypeError where the two addresses are not of one family
 */
export function proxyHeader(version: 1 | 2, { source, destination }: ProxyEndpoints): Buffer {
  const [from, to] = [ipaddr.parse(source.host), ipaddr.parse(destination.host)];
  if (from.kind() !== to.kind()) throw new TypeError(`${source.host} and ${destination.host} are not of one address family`);
  const family = from.kind() === 'ipv4' ? 4 : 6;
  if (version === 1) return Buffer.from(`PROXY TCP${family} ${text(from)} ${text(to)} ${source.port} ${destination.port}\r\n`, 'latin1');
  const addresses = Buffer.from([...from.toByteArray(), ...to.toByteArray()]);
  const ports = Buffer.alloc(4);
  ports.writeUInt16BE(source.port, 0);
  ports.writeUInt16BE(destination.port, 2);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(addresses.length + ports.length);
  return Buffer.concat([SIGNATURE_V2, Buffer.from([VERSION_2_PROXY, STREAM_OVER[family]]), length, addresses, ports]);
}

function text(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  return address.kind() === 'ipv4' ? address.toString() : (address as ipaddr.IPv6).toRFC5952String();
}
