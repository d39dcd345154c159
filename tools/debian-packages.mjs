// Programs that some suites need and npm cannot bring. As root on Debian they are installed; elsewhere the suites that
// need them are named as skipped.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const needed = [
  { name: 'redis-server', program: '/usr/bin/redis-server', suites: 'the job transport on Bull and Redis (libs/platform/jobs)' },
  { name: 'bind9', program: '/usr/sbin/named', suites: 'DNSSEC and DANE beside BIND (test/interop/dnssec.e2e.ts)' },
  { name: 'chromium', program: '/usr/bin/chromium', suites: 'the start page in a browser (test/e2e/browser.e2e.ts)' },
];

/** @returns what is still missing, and which suites are skipped for it */
export function provideDebianPackages() {
  const missing = needed.filter(({ program }) => !existsSync(program));
  if (missing.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) install(missing.map(({ name }) => name));
  return [...missing.filter(({ program }) => !existsSync(program)), ...unpacked()];
}

/** Suites whose programs are unpacked beside the machine's own (libs/testing/debian-programs), and started as root. */
function unpacked() {
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && existsSync('/usr/bin/dpkg-deb')) return [];
  return [
    {
      name: 'apt as root',
      suites: 'Postfix, Exim and Sendmail as next hops and as authors of bounces (test/interop/mail-servers.e2e.ts, bounces.e2e.ts)',
      why: 'they need root and apt',
    },
  ];
}

function install(names) {
  console.log(`Installing ${names.join(', ')} for the tests …`);
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  const get = () => apt('install', '-y', '--no-install-recommends', ...names);
  if (!get() && apt('update')) get();
}
