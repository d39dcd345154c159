import { describe, expect, it } from 'vitest';
import { DnsFailure } from './dns-failure.js';
import type { DnsResolver } from './dns-resolver.js';
import { createMxResolver, isPublicAddress } from './mx-resolver.js';
import { providerOf, siteOf } from './site.js';

/** A zone as data: `MX name` → `preference host`, `A name` → addresses, `FAIL type name` → the server fails. Logs what was asked. */
function zone(records: Record<string, string[]>): DnsResolver & { asked: string[] } {
  const asked: string[] = [];
  const ask = async (type: string, name: string) => {
    asked.push(`${type} ${name}`);
    if (records[`FAIL ${type} ${name}`]) throw new DnsFailure('SERVFAIL');
    return records[`${type} ${name}`] ?? [];
  };
  return {
    asked,
    resolveMx: async (name) =>
      (await ask('MX', name)).map((text) => ({ priority: Number(text.split(' ')[0]), exchange: text.split(' ')[1] ?? '' })),
    resolve4: (name) => ask('A', name),
    resolve6: (name) => ask('AAAA', name),
    resolveTxt: async (name) => (await ask('TXT', name)).map((text) => [text]),
    resolvePtr: (name) => ask('PTR', name),
    nameExists: async (name) => Object.keys(records).some((key) => key.endsWith(` ${name}`)),
  };
}

const records = {
  'MX example.org': ['20 backup.example.org', '10 MX2.example.org.', '10 mx1.example.org'],
  'A mx1.example.org': ['198.51.100.1'],
  'A mx2.example.org': ['198.51.100.2'],
  'AAAA backup.example.org': ['2001:4860::1'],
  'A bare.example': ['203.0.113.5'],
  'MX null.example': ['0 '],
  'MX trap.example': ['10 inside.trap.example'],
  'A inside.trap.example': ['127.0.0.1', '10.0.0.8', '169.254.169.254'],
  'FAIL MX broken.example': ['x'],
  'MX halfbroken.example': ['10 mx.halfbroken.example'],
  'FAIL A mx.halfbroken.example': ['x'],
};
// The documentation ranges count as private; here they stand for the internet.
const allow = (address: string) => isPublicAddress(address) || /^(198\.51|203\.0)/.test(address);
const resolver = (more: Partial<Parameters<typeof createMxResolver>[0]> = {}) =>
  createMxResolver({ dns: zone(records), isAllowedAddress: allow, random: () => 0, ...more });

describe('next hops', () => {
  it('follow the MX records by preference', async () => {
    const { hosts, site, provider } = await resolver().resolve('example.org');
    expect(hosts.map((host) => host.hostname)).toEqual(['mx2.example.org', 'mx1.example.org', 'backup.example.org']);
    expect({ site, provider }).toEqual({ site: 'mx:(backup|mx1|mx2).example.org', provider: 'default' });
  });

  it('are the domain itself where it has no MX', async () => {
    expect((await resolver().resolve('bare.example')).hosts).toEqual([{ hostname: 'bare.example', addresses: ['203.0.113.5'], port: 25 }]);
  });

  it.each([
    ['null.example', true, 'null MX'],
    ['missing.example', true, 'does not exist'],
    ['trap.example', true, 'no address on the public internet'],
    ['broken.example', false, 'DNS does not answer'],
    ['halfbroken.example', false, 'could not be looked up'],
  ])('of %s do not exist (permanent: %s)', async (domain, permanent, message) => {
    await expect(resolver().resolve(domain)).rejects.toMatchObject({
      name: 'NextHopError',
      permanent,
      message: expect.stringContaining(message),
    });
  });

  it('come from a static route before any look-up, even to loopback', async () => {
    const dns = zone(records);
    const routed = resolver({
      dns,
      routes: [
        { domain: '*', host: 'relay.example.net', port: 587 },
        { domain: 'example.org', host: '127.0.0.1', port: 2526 },
      ],
    });
    expect(await routed.resolve('example.org')).toEqual({
      site: 'route:127.0.0.1:2526',
      provider: 'default',
      hosts: [{ hostname: '127.0.0.1', addresses: ['127.0.0.1'], port: 2526 }],
    });
    expect((await routed.resolve('other.example')).site).toBe('route:relay.example.net:587');
    expect(dns.asked).toEqual([]);
  });

  it('are asked for once while they are fresh, but a failure is asked again at once', async () => {
    let now = 0;
    const dns = zone(records);
    const cached = resolver({ dns, now: () => now });
    await Promise.all([cached.resolve('example.org'), cached.resolve('example.org')]);
    await cached.resolve('example.org');
    expect(dns.asked.filter((question) => question.startsWith('MX'))).toHaveLength(1);
    now = 6 * 60_000;
    await cached.resolve('example.org');
    expect(dns.asked.filter((question) => question.startsWith('MX'))).toHaveLength(2);
    for (let i = 0; i < 2; i++) await cached.resolve('broken.example').catch(() => undefined);
    expect(dns.asked.filter((question) => question === 'MX broken.example')).toHaveLength(2);
  });
});

describe('a site', () => {
  it('is the same for every domain behind the same hosts, in any order and case', () => {
    const hosts = ['gmail-smtp-in.l.google.com', 'alt1.gmail-smtp-in.l.google.com', 'ALT2.gmail-smtp-in.l.google.com.'];
    expect(siteOf(hosts)).toBe(siteOf(hosts.toReversed()));
    expect(siteOf(['mx.example.org'])).toBe('mx:mx.example.org');
    expect(siteOf(['a.one.net', 'b.two.net'])).toBe('mx:(a.one|b.two).net');
    expect(siteOf(['example.org', 'mx.example.org'])).not.toBe(siteOf(['mx.example.org']));
  });

  it('belongs to a provider only if all of its hosts do', () => {
    expect(providerOf(['alt1.aspmx.l.google.com', 'aspmx2.googlemail.com'])).toBe('google');
    expect(providerOf(['aspmx.l.google.com', 'mx.backup.example'])).toBe('default');
    expect(providerOf(['example-org.mail.protection.outlook.com'])).toBe('microsoft365');
    expect(providerOf(['outlook-com.olc.protection.outlook.com.'])).toBe('outlook-consumer');
    expect(providerOf(['notgoogle.com'])).toBe('default');
    expect(providerOf(['mx00.gmx.net'])).toBe('gmx');
  });
});

it('tells public addresses from all others, in every spelling', () => {
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '::1',
    'fe80::1',
    'fc00::1',
    '::ffff:127.0.0.1',
    '224.0.0.1',
    '64:ff9b::7f00:1',
    'x',
  ]) {
    expect(isPublicAddress(address), address).toBe(false);
  }
  for (const address of ['8.8.8.8', '2a00:1450:4001::1a']) expect(isPublicAddress(address), address).toBe(true);
});
