import type { DataSource } from 'typeorm';
import { messageOf } from '#base/kernel';
import { EgressPools, EgressSources, type SourceView, isLocalAddress } from '#domain/egress';
import { type DnsResolver, isPublicAddress, systemResolver } from '#net/dns';
import type { Config } from '#platform/config';
import type { Finding } from './finding.js';

const area = 'Egress';

/** Where mail leaves from: addresses that are here, names that agree, and streams with somebody to take their mail. */
export async function examineEgress(dataSource: DataSource, config: Config): Promise<Finding[]> {
  const noSecrets = {
    seal: () => {
      throw new TypeError('nothing is changed here');
    },
  };
  const sources = await new EgressSources(dataSource, noSecrets).list();
  const isLive = config.delivery === 'live';
  const dns = systemResolver(config.dnsServers);
  const findings = [...(await examineStreams(dataSource))];
  for (const source of sources.filter(({ state }) => state !== 'disabled')) {
    findings.push(...(await examineAddresses(source)));
    if (isLive) findings.push(...(await examineNames(source, source.helo ?? config.hostname, dns)));
  }
  const good = `${sources.length === 1 ? 'One source' : `${sources.length} sources`}, and every stream has one to go by.`;
  return findings.length > 0 ? findings : [{ area, verdict: 'good', found: good }];
}

async function examineStreams(dataSource: DataSource): Promise<Finding[]> {
  const pools = new EgressPools(dataSource);
  const [lines, all] = await Promise.all([pools.streams(), pools.list()]);
  return lines.flatMap(({ stream, workspace, pool }): Finding[] => {
    const members = all.find(({ name }) => name === pool)?.members ?? [];
    if (members.some(({ state }) => state === 'active')) return [];
    return [
      {
        area,
        verdict: 'bad',
        found: `The ${stream} stream${workspace === null ? '' : ` of ${workspace}`} goes by the pool ${pool}, of which no source is active.`,
        remedy: `Activate one (chapar egress source activate …), or give the stream another pool (chapar egress stream set ${stream} …).`,
      },
    ];
  });
}

/** Addresses of a source with a proxy are the proxy's. */
async function examineAddresses({ name, localV4, localV6, proxy }: SourceView): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const address of proxy ? [] : [localV4, localV6]) {
    if (address === null || (await isLocalAddress(address))) continue;
    findings.push({
      area,
      verdict: 'bad',
      found: `The source ${name} is to send from ${address}, which is not an address of this machine.`,
      remedy: `Add it to a network interface, or correct the source (chapar egress source set ${name} --v${address.includes(':') ? 6 : 4} …). If another machine delivers, all is well.`,
    });
  }
  return findings;
}

/** Receivers ask that the address, its reverse name and the greeting agree. A relay's own names are the relay's business. */
async function examineNames({ name, localV4, localV6, smarthost }: SourceView, helo: string, dns: DnsResolver): Promise<Finding[]> {
  if (smarthost) return [];
  const findings: Finding[] = [];
  for (const address of [localV4, localV6]) {
    if (address === null || !isPublicAddress(address)) continue;
    try {
      const reverse = await dns.resolvePtr(address);
      const forward = address.includes(':') ? await dns.resolve6(helo) : await dns.resolve4(helo);
      if (!reverse.some((found) => found.toLowerCase() === helo.toLowerCase()))
        findings.push({
          area,
          verdict: 'bad',
          found: `The source ${name} greets as ${helo}, but the reverse name of ${address} is ${reverse.join(', ') || 'missing'}.`,
          remedy: `Ask whoever gave you the address to set its PTR record to ${helo}, or greet by that name (--helo).`,
        });
      if (!forward.includes(address))
        findings.push({
          area,
          verdict: 'bad',
          found: `The source ${name} greets as ${helo}, which does not lead to ${address}.`,
          remedy: `Publish ${address.includes(':') ? 'an AAAA' : 'an A'} record ${helo} → ${address}.`,
        });
    } catch (error) {
      findings.push({
        area,
        verdict: 'advice',
        found: `The names of ${address} (source ${name}) could not be looked up: ${messageOf(error)}`,
      });
    }
  }
  return findings;
}
