import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DnsFailure, createCachingResolver, createDnsTransport, createMxResolver, systemResolver } from '#net/dns';
import { TlsPolicies } from '#net/tls-policy';
import { findFreePorts } from '#platform/ports';

/*
 * BIND twice: one is the authority of a signed and an unsigned zone, the other validates as the resolver of a mail server
 * should. Nothing of ours takes part in what they say to us.
 */
const NAMED = '/usr/sbin/named';
const spki = createHash('sha256').update('the key of mx.signed.test').digest('hex');

let folder: string;
const servers: ChildProcess[] = [];
let resolverPort: number;
let authorityPort: number;

function writeZones(): string {
  const soa = (zone: string) => `$ORIGIN ${zone}.\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 120\n@ NS ns\nns A 127.0.0.1\n`;
  writeFileSync(
    path.join(folder, 'signed.test'),
    `${soa('signed.test')}
@ MX 10 mx
@ MX 20 backup
mx A 198.51.100.1
mx AAAA 2001:db8::1
backup A 198.51.100.2
_25._tcp.mx TLSA 3 1 1 ${spki}
alias CNAME @
bare A 198.51.100.3
null MX 0 .
long TXT ${Array.from({ length: 20 }, (_, i) => `"${String(i).repeat(120).slice(0, 200)}"`).join(' ')}
_mta-sts TXT "v=STSv1; id=20260101"
bad MX 10 mx.bad
mx.bad A 198.51.100.4
_25._tcp.mx.bad TLSA 3 1 1 ${spki}
`,
  );
  writeFileSync(path.join(folder, 'plain.test'), `${soa('plain.test')}@ MX 10 mx\nmx A 198.51.100.9\n_25._tcp.mx TLSA 3 1 1 ${spki}\n`);
  const inFolder = { cwd: folder, stdio: 'pipe' } as const;
  execFileSync('/usr/bin/dnssec-keygen', ['-q', '-a', 'ECDSAP256SHA256', '-f', 'KSK', 'signed.test'], inFolder);
  execFileSync('/usr/bin/dnssec-keygen', ['-q', '-a', 'ECDSAP256SHA256', 'signed.test'], inFolder);
  execFileSync('/usr/bin/dnssec-signzone', ['-S', '-o', 'signed.test', '-f', 'signed.test.signed', 'signed.test'], inFolder);
  // One signature is broken: its TLSA record says something else than what was signed.
  const file = path.join(folder, 'signed.test.signed');
  const other = createHash('sha256').update('an attacker').digest('hex').toUpperCase();
  const signed = readFileSync(file, 'utf8');
  const at = signed.search(/^_25\._tcp\.mx\.bad\.signed\.test\./m);
  const record = /TLSA\s+3 1 1 \(\s*([0-9A-F\s]+)\)/.exec(signed.slice(at))!;
  writeFileSync(file, signed.slice(0, at) + signed.slice(at).replace(record[1]!, `${other.slice(0, 56)} ${other.slice(56)} `));
  const ksk = readdirSync(folder)
    .filter((name) => name.endsWith('.key'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .find((text) => text.includes('DNSKEY 257'))!;
  const [, key] = /DNSKEY 257 3 13 (.+)$/m.exec(ksk)!;
  return key!.replaceAll(' ', '');
}

function run(name: string, options: string, port: number): void {
  const config = path.join(folder, `${name}.conf`);
  writeFileSync(
    config,
    `options { directory "${folder}"; pid-file none; session-keyfile "${folder}/${name}.key"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; };
      allow-query { any; }; ${name === 'resolver' ? 'recursion yes; allow-recursion { any; };' : 'recursion no; dnssec-validation no;'}
    ${options}\ncontrols {};\n`,
  );
  // Without -g it would go to the background.
  servers.push(spawn(NAMED, ['-g', '-c', config], { stdio: 'ignore' }));
}

describe.skipIf(!existsSync(NAMED))('behind a validating resolver of others', () => {
  beforeAll(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-bind-'));
    chmodSync(folder, 0o755);
    [authorityPort, resolverPort] = [await findFreePorts(1), await findFreePorts(1)];
    const key = writeZones();
    run(
      'authority',
      `}; zone "signed.test" { type primary; file "signed.test.signed"; }; zone "plain.test" { type primary; file "plain.test"; };`,
      authorityPort,
    );
    run(
      'resolver',
      `dnssec-validation yes; empty-zones-enable no; };
       trust-anchors { "signed.test" static-key 257 3 13 "${key}"; };
       zone "signed.test" { type forward; forward only; forwarders { 127.0.0.1 port ${authorityPort}; }; };
       zone "plain.test" { type forward; forward only; forwarders { 127.0.0.1 port ${authorityPort}; }; };`,
      resolverPort,
    );
    await answers(authorityPort);
    await answers(resolverPort);
  });

  afterAll(async () => {
    for (const server of servers) server.kill();
    await Promise.all(servers.map((server) => server.exitCode ?? once(server, 'exit')));
    rmSync(folder, { recursive: true, force: true });
  });

  const dns = () => systemResolver([`127.0.0.1:${resolverPort}`]);
  const hopsOf = (domain: string) => createMxResolver({ dns: dns(), isAllowedAddress: () => true }).resolve(domain);
  const policyOf = async (domain: string) =>
    new TlsPolicies({ dns: dns(), sts: { policyOf: () => Promise.resolve({}) } }).of(domain, await hopsOf(domain));

  it('sees what was validated, and what could not be', async () => {
    expect(await hopsOf('signed.test')).toMatchObject({
      mx: { isAuthentic: true },
      hosts: [
        { hostname: 'mx.signed.test', addresses: ['198.51.100.1', '2001:db8::1'], isAuthentic: true },
        { hostname: 'backup.signed.test', isAuthentic: true },
      ],
    });
    expect(await hopsOf('plain.test')).toMatchObject({ mx: { isAuthentic: false }, hosts: [{ isAuthentic: false }] });
  });

  it('asks for DANE where the records are signed, and only there', async () => {
    const { ofHost } = await policyOf('signed.test');
    expect(ofHost.get('mx.signed.test')).toMatchObject({ level: 'dane', dane: { tlsa: [{ usage: 3, data: Buffer.from(spki, 'hex') }] } });
    expect(ofHost.get('backup.signed.test')).toMatchObject({ level: 'opportunistic' });
    expect((await policyOf('plain.test')).ofHost.get('mx.plain.test')).toMatchObject({ level: 'opportunistic' });
  });

  it('refuses a host whose TLSA record was changed on the way', async () => {
    await expect(dns().lookup('_25._tcp.mx.bad.signed.test', 'TLSA')).rejects.toBeInstanceOf(DnsFailure);
    expect((await policyOf('bad.signed.test')).ofHost.get('mx.bad.signed.test')).toMatchObject({ refusal: { type: 'dnssec-invalid' } });
  });

  it('believes nobody about DNSSEC who is not on loopback by order', async () => {
    const other = createCachingResolver({
      transport: createDnsTransport({ servers: [{ address: '127.0.0.1', port: resolverPort }] }),
    });
    expect(await other.lookup('signed.test', 'MX')).toMatchObject({ isAuthentic: false });
  });

  it('reads aliases, null MX, addresses without MX, long texts, and absence with its time', async () => {
    expect((await hopsOf('alias.signed.test')).hosts).toHaveLength(2);
    expect(await hopsOf('bare.signed.test')).toMatchObject({
      mx: { isImplicit: true, isAuthentic: true },
      hosts: [{ addresses: ['198.51.100.3'] }],
    });
    await expect(hopsOf('null.signed.test')).rejects.toMatchObject({ permanent: true, message: expect.stringContaining('null MX') });
    await expect(hopsOf('missing.signed.test')).rejects.toMatchObject({
      permanent: true,
      message: expect.stringContaining('does not exist'),
    });
    const [long] = await dns().resolveTxt('long.signed.test');
    expect(long).toHaveLength(20);
    const absent = await dns().lookup('missing.signed.test', 'A');
    expect(absent).toMatchObject({ exists: false, isAuthentic: true });
    // The minimum of the SOA is 120 s, less than its TTL.
    const seconds = (absent.expiresAt - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(60);
    expect(seconds).toBeLessThanOrEqual(120);
  });
});

async function answers(port: number): Promise<void> {
  let said: unknown;
  for (let tries = 0; tries < 100; tries++) {
    said = await systemResolver([`127.0.0.1:${port}`])
      .resolveMx('signed.test')
      .catch((error: unknown) => error);
    if (Array.isArray(said) && said.length === 2) return;
    await sleep(200);
  }
  throw new Error(`named on port ${port} does not answer`, { cause: said });
}
