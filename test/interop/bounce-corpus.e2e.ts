import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { canUnpackDebianPrograms } from '#testing/debian-programs';
import { readReport } from '#protocol/dsn';

const run = promisify(execFile);
const labelsFile = new URL('../../libs/protocol/dsn/corpus/bounceparser.labels.json', import.meta.url);
const labels = JSON.parse(readFileSync(labelsFile, 'utf8')) as Record<string, [kind: string, ...recipients: string[]]>;
const WANTED = 0.98;

const folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-bounces-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Where this machine has its packages from: `URI suite` of an archive of Debian's main component. */
async function archive(): Promise<string | undefined> {
  const { stdout } = await run('/usr/bin/apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(CODENAME) $(COMPONENT)',
    'Created-By: Packages',
  ]);
  const known = [...new Set(stdout.split('\n'))].find((line) => /debian\/? [a-z]+ main$/.test(line));
  return known?.replace(/ main$/, '');
}

/** Downloads the source package, without touching the lists of the machine. @returns undefined where that is not possible */
async function fetchSamples(): Promise<string | undefined> {
  const from = canUnpackDebianPrograms ? await archive().catch(() => undefined) : undefined;
  if (from === undefined) return undefined;
  mkdirSync(path.join(folder, 'lists', 'partial'), { recursive: true });
  writeFileSync(path.join(folder, 'sources.list'), `deb-src ${from} main\n`);
  const options = {
    'Dir::Etc::sourcelist': path.join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': path.join(folder, 'lists'),
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
    'APT::Sandbox::User': 'root',
  };
  const apt = (...args: string[]) =>
    run('/usr/bin/apt-get', ['-qq', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]), ...args], {
      cwd: folder,
    });
  try {
    await apt('update');
    // What Debian adds may be missing in a mirror; the tarball of its authors is what counts.
    await apt('source', '--download-only', 'libmail-deliverystatus-bounceparser-perl').catch(() => undefined);
    const tar = readdirSync(folder).find((name) => name.includes('.orig.tar'));
    if (tar === undefined) return undefined;
    await run('/usr/bin/tar', ['xf', tar], { cwd: folder });
  } catch {
    return undefined;
  }
  const [unpacked] = readdirSync(folder).filter((name) => name.startsWith('Mail-DeliveryStatus'));
  return unpacked === undefined ? undefined : path.join(folder, unpacked, 't', 'corpus');
}

it('kind and recipient are right in 98 of 100 messages that another bounce parser is tested with', async (context) => {
  const samples = await fetchSamples();
  if (samples === undefined)
    return context.skip('the Debian source package libmail-deliverystatus-bounceparser-perl cannot be fetched here');
  const wrong = Object.entries(labels)
    .filter(([name, [kind, ...recipients]]) => {
      const reading = readReport(readFileSync(path.join(samples, name)));
      return reading.kind !== kind || (recipients.length > 0 && !recipients.includes(reading.recipient ?? ''));
    })
    .map(([name]) => name);
  const total = Object.keys(labels).length;
  expect(total).toBeGreaterThan(120);
  console.log(`bounceparser: ${total - wrong.length} of ${total} right`);
  expect(1 - wrong.length / total, `wrong: ${wrong.join(', ')}`).toBeGreaterThanOrEqual(WANTED);
});
