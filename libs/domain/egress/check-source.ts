import { egressError } from './egress.errors.js';
import type { ProxySettings, SmarthostSettings, SourceChange } from './egress.schema.js';

/** The settings of a source as a whole. */
export interface SourceSettings {
  readonly localV4: string | null;
  readonly localV6: string | null;
  readonly helo: string | null;
  readonly addressPolicy: string | null;
  readonly proxy: ProxySettings | null;
  readonly hasProxySecret: boolean;
  readonly smarthost: SmarthostSettings | null;
  readonly hasSmarthostSecret: boolean;
  readonly note: string;
}

const nothing: SourceSettings = {
  localV4: null,
  localV6: null,
  helo: null,
  addressPolicy: null,
  proxy: null,
  hasProxySecret: false,
  smarthost: null,
  hasSmarthostSecret: false,
  note: '',
};

/** What a source is after a change. A secret is kept for the server and the user that it was given for, and for no other. */
export function completeSource(before: SourceSettings | undefined, change: SourceChange): SourceSettings {
  const { proxySecret, smarthostSecret, ...plain } = change;
  const old = before ?? nothing;
  const next = { ...old, ...Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)) } as SourceSettings;
  return {
    localV4: next.localV4,
    localV6: next.localV6,
    helo: next.helo,
    addressPolicy: next.addressPolicy,
    proxy: next.proxy,
    hasProxySecret: wantsSecret(next.proxy) && (proxySecret !== undefined || (old.hasProxySecret && isSameServer(old.proxy, next.proxy))),
    smarthost: next.smarthost,
    hasSmarthostSecret:
      wantsSecret(next.smarthost) &&
      (smarthostSecret !== undefined || (old.hasSmarthostSecret && isSameServer(old.smarthost, next.smarthost))),
    note: next.note,
  };
}

/**
 * @param canBind whether this machine has an address; absent where that cannot be told here
 * @throws ChaparError `egress_settings_invalid` or `egress_address_missing`
 */
export async function checkSource(settings: SourceSettings, canBind: ((address: string) => Promise<boolean>) | undefined): Promise<void> {
  const { localV4, localV6, addressPolicy, proxy, smarthost } = settings;
  const addresses = [localV4, localV6].filter((address) => address !== null);
  const refuse = (message: string) => {
    throw egressError('egress_settings_invalid', message);
  };
  if (addressPolicy === 'v4-only' && localV4 === null && localV6 !== null)
    refuse('The policy is v4-only, but the source has an IPv6 address alone.');
  if (addressPolicy === 'v6-only' && localV6 === null && localV4 !== null)
    refuse('The policy is v6-only, but the source has an IPv4 address alone.');
  if (proxy?.kind === 'haproxy' && addresses.length === 0)
    refuse('HAProxy is told the address to leave from: give the source one that the proxy has.');
  if (wantsSecret(proxy) && !settings.hasProxySecret)
    refuse(`The proxy's user ${nameOf(proxy)} needs a password. A new server or user needs it again.`);
  if (wantsSecret(smarthost) && !settings.hasSmarthostSecret)
    refuse(`The smarthost's user ${nameOf(smarthost)} needs a password. A new server or user needs it again.`);
  // Addresses of a source with a proxy are the proxy's.
  if (proxy || !canBind) return;
  for (const address of addresses)
    if (!(await canBind(address)))
      throw egressError('egress_address_missing', `${address} is not an address of this machine, so nothing can leave from it.`, {
        suggestion: `Add it to a network interface (ip addr add ${address}/… dev …), or say that the delivering machine is another one.`,
      });
}

type Server = ProxySettings | SmarthostSettings | null;

function nameOf(server: Server): string | undefined {
  return server && 'username' in server ? server.username : undefined;
}

function wantsSecret(server: Server): boolean {
  return nameOf(server) !== undefined;
}

function isSameServer(a: Server, b: Server): boolean {
  return a?.host.toLowerCase() === b?.host.toLowerCase() && a?.port === b?.port && nameOf(a) === nameOf(b);
}
