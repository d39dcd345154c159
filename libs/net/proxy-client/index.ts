export { proxyHeader } from './proxy-header.js';
export { type HaproxyHop, type Socks5Proxy, haproxyHop, socks5Hop } from './proxy-hops.js';
