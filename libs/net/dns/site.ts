/** Providers by the end of their MX names. Every host of a domain must match, so that a backup MX elsewhere is no member. */
const providersBySuffix: readonly (readonly [string, string])[] = [
  ['.google.com', 'google'],
  ['.googlemail.com', 'google'],
  ['.yahoodns.net', 'yahoo'],
  ['.olc.protection.outlook.com', 'outlook-consumer'],
  ['.mail.protection.outlook.com', 'microsoft365'],
  ['.mx.microsoft', 'microsoft365'],
  ['.icloud.com', 'icloud'],
  ['.gmx.net', 'gmx'],
  ['.web.de', 'gmx'],
  ['.orange.fr', 'orange'],
  ['.comcast.net', 'comcast'],
  ['.mimecast.com', 'mimecast'],
  ['.mimecast.co.za', 'mimecast'],
  ['.mimecast-offshore.com', 'mimecast'],
];

export const DEFAULT_PROVIDER = 'default';

export function providerOf(mxHosts: readonly string[]): string {
  const providers = new Set(
    mxHosts.map((host) => providersBySuffix.find(([suffix]) => `.${normalise(host)}`.endsWith(suffix))?.[1] ?? DEFAULT_PROVIDER),
  );
  return providers.size === 1 ? [...providers][0]! : DEFAULT_PROVIDER;
}

/**
 * The roll-up key of a set of MX hosts: the sorted names, with what they have in common at the end written once,
 * as in `mx:(alt1|alt2|gmail-smtp-in).example.net`. The order of preferences makes no other site.
 */
export function siteOf(mxHosts: readonly string[]): string {
  const names = [...new Set(mxHosts.map(normalise))].sort();
  if (names.length === 1) return `mx:${names[0]}`;
  const labels = names.map((name) => name.split('.').reverse());
  let shared = 0;
  while (labels.every((parts) => parts.length > shared + 1 && parts[shared] === labels[0]![shared])) shared++;
  const heads = labels.map((parts) => parts.slice(shared).reverse().join('.'));
  const tail = labels[0]!.slice(0, shared).reverse().join('.');
  return `mx:(${heads.join('|')})${tail === '' ? '' : `.${tail}`}`;
}

function normalise(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
