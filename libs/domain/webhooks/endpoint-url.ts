import { isIP } from 'node:net';
import { isPublicAddress } from '#net/dns';

export interface EndpointUrlRules {
  /** Addresses of this network, and http: for installations whose receivers stand beside them. */
  readonly allowsPrivate: boolean;
  /** Host names that lead to ourselves. */
  readonly ownHosts: readonly string[];
}

const MAX_LENGTH = 2_000;

/** Why an address cannot be a webhook's, in a sentence; undefined when it can. What its name leads to is judged at each delivery. */
export function endpointUrlProblem(text: string, { allowsPrivate, ownHosts }: EndpointUrlRules): string | undefined {
  if (text.length > MAX_LENGTH) return `The address is longer than ${MAX_LENGTH} characters.`;
  const url = URL.parse(text);
  if (url === null) return 'The address is not a URL.';
  if (url.protocol !== 'https:' && !(allowsPrivate && url.protocol === 'http:')) return 'The address must begin with https://.';
  if (url.username !== '' || url.password !== '')
    return 'The address must not hold a user name or a password: check the signature of what arrives instead.';
  if (url.hash !== '') return 'The address must not end in a #fragment: servers never see it.';
  if (ownHosts.includes(url.hostname)) return 'The address leads to this installation itself.';
  if (allowsPrivate) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isPublicAddress(host)) return `${host} is not on the public internet.`;
  if (isIP(host) === 0 && (!host.includes('.') || /(^|\.)(localhost|local|internal|home\.arpa)\.?$/i.test(host)))
    return `${host} is a name of a private network.`;
  return undefined;
}
