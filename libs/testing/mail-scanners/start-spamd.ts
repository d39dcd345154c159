import { chmodSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { debianProgram } from '#testing/debian-programs';
import { type RunningScanner, startScanner } from './scanner-process.js';

/** Plug-ins that ask the network. */
const REMOTE = /^(loadplugin \S*::(?:ASN|AuthRes|DCC|DKIM|DMARC|Hashcash|Pyzor|Razor2|SPF|SpamCop|URIDNSBL)\b)/gm;

/** SpamAssassin's spamd with its own rules, asking nobody. */
export async function startSpamd(): Promise<RunningScanner> {
  const { env, folder: unpacked, path: file } = await debianProgram({ packages: ['spamd'] });
  const compiled = path.join(unpacked, 'usr/lib/x86_64-linux-gnu/perl5');
  const libraries = [file('usr/share/perl5'), ...foldersIn(compiled)];
  return startScanner({
    name: 'spamd',
    program: '/usr/bin/perl',
    env,
    prepare(folder, port) {
      // Its children run as nobody.
      chmodSync(folder, 0o755);
      writeFileSync(path.join(folder, 'local.cf'), 'use_bayes 0\nskip_rbl_checks 1\n');
      for (const name of readdirSync(file('etc/spamassassin')).filter((one) => one.endsWith('.pre')))
        writeFileSync(path.join(folder, name), readFileSync(file(`etc/spamassassin/${name}`), 'utf8').replace(REMOTE, '# $1'));
      const options = [
        '--local',
        '--nouser-config',
        '-i',
        '127.0.0.1',
        '-p',
        String(port),
        '-m',
        '1',
        '--min-children=1',
        '-s',
        'stderr',
        '-H',
        folder,
      ];
      return [
        '-T',
        ...libraries.map((one) => `-I${one}`),
        file('usr/sbin/spamd'),
        ...options,
        ...(process.getuid!() === 0 ? ['-u', 'nobody'] : []),
        `--configpath=${file('usr/share/spamassassin')}`,
        `--siteconfigpath=${folder}`,
      ];
    },
  });
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => path.join(folder, name));
  } catch {
    return [];
  }
}
