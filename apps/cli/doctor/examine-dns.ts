import { messageOf } from '#base/kernel';
import { type DnsResolver, systemResolver } from '#net/dns';
import type { Config } from '#platform/config';
import type { Finding } from './finding.js';

/** The names by which the world sees this machine. Of no matter to the sandbox, so nothing here is worse than advice there. */
export async function examineDns(config: Config): Promise<Finding[]> {
  if (config.delivery === 'sandbox') return [{ area: 'DNS', verdict: 'good', found: 'Not needed: delivery is the sandbox.' }];
  const bad = config.delivery === 'live' ? 'bad' : 'advice';
  const dns = systemResolver(config.dnsServers);
  const area = 'DNS';
  if (!config.hostname.includes('.')) {
    return [
      {
        area,
        verdict: bad,
        found: `The host name "${config.hostname}" is no full name.`,
        remedy: 'For delivery to the network set CHAPAR_HOSTNAME to a name such as mail.example.org that points to this machine.',
      },
    ];
  }
  try {
    return [await examineHostname(config.hostname, dns, bad)];
  } catch (error) {
    return [{ area, verdict: bad, found: messageOf(error), remedy: 'See that the name servers answer, or set CHAPAR_DNS_SERVERS.' }];
  }
}

/** Receivers ask that the address, its reverse name and the greeting agree (forward-confirmed reverse DNS). */
async function examineHostname(hostname: string, dns: DnsResolver, bad: 'bad' | 'advice'): Promise<Finding> {
  const area = 'DNS';
  const addresses = [...(await dns.resolve4(hostname)), ...(await dns.resolve6(hostname))];
  if (addresses.length === 0)
    return {
      area,
      verdict: bad,
      found: `${hostname} has no address.`,
      remedy: `Publish an A record for ${hostname}, or set CHAPAR_HOSTNAME to a name that has one.`,
    };
  for (const address of addresses) {
    const names = await dns.resolvePtr(address);
    if (names.some((name) => name.toLowerCase() === hostname.toLowerCase())) continue;
    return {
      area,
      verdict: bad,
      found: `The reverse name of ${address} is ${names.join(', ') || 'missing'}, not ${hostname}.`,
      remedy: `Ask whoever gave you the address to set its PTR record to ${hostname}: large providers refuse mail without it.`,
    };
  }
  return { area, verdict: 'good', found: `${hostname} and the reverse names of its addresses agree.` };
}
