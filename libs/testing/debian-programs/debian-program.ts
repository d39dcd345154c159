import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Programs of Debian packages that were unpacked, not installed. */
export interface DebianProgram {
  /** What would be `/` if they were installed. Shared with other runs: read only. */
  readonly folder: string;
  /** The environment to start them with: this process's, with their libraries and programs found first. */
  readonly env: Readonly<Record<string, string>>;
  /** A file of theirs: `path('usr/sbin/postfix')`. */
  path(file: string): string;
}

/** There is an apt here to ask. */
export const canUnpackDebianPrograms: boolean = existsSync('/usr/bin/apt-get') && existsSync('/usr/bin/dpkg-deb');

const known = new Map<string, Promise<DebianProgram>>();

/**
 * Downloads packages with what they need and this machine has not, and unpacks them into one folder, unless that was done
 * before. Nothing is installed, so packages that exclude each other run side by side.
 * @throws Error when apt knows a package of no such name, or its server cannot be reached
 */
export function debianProgram({ packages }: { readonly packages: readonly string[] }): Promise<DebianProgram> {
  const key = [...packages].sort().join(' ');
  const asked = known.get(key) ?? unpack(packages);
  known.set(key, asked);
  asked.catch(() => known.delete(key));
  return asked;
}

async function unpack(packages: readonly string[]): Promise<DebianProgram> {
  const wanted = await missingPackages(packages);
  const hash = createHash('sha256').update(wanted.join('\n')).digest('hex').slice(0, 16);
  const folder = path.join(cacheFolder(), `${packages[0]}-${hash}`);
  if (!existsSync(folder)) await download(wanted, folder);
  return describe(folder);
}

/** `name=version` of the packages and of those they depend on that are not installed, as apt would install them. */
async function missingPackages(packages: readonly string[]): Promise<string[]> {
  const ask = () => apt(['--simulate', '--reinstall', '--no-install-recommends', 'install', ...packages]);
  let answer: string;
  try {
    answer = await ask();
  } catch {
    // A new machine has no lists of packages yet.
    await apt(['-qq', 'update']);
    answer = await ask();
  }
  return [...answer.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+)/gm)].map(([, name, version]) => `${name}=${version}`).sort();
}

async function download(wanted: readonly string[], folder: string): Promise<void> {
  const making = mkdtempSync(path.join(path.dirname(folder), 'making-'));
  try {
    const archives = path.join(making, 'archives');
    const root = path.join(making, 'root');
    for (const made of [archives, root]) mkdirSync(made);
    const get = () => apt(['-qq', '-o', 'APT::Sandbox::User=root', 'download', ...wanted], archives);
    await get().catch(async () => {
      // Lists that are older than the server's archive name versions that it has no more.
      await apt(['-qq', 'update']);
      await get();
    });
    for (const name of readdirSync(archives)) await run('/usr/bin/dpkg-deb', ['-x', path.join(archives, name), root]);
    // Servers that give up root find their libraries here.
    chmodSync(root, 0o755);
    renameSync(root, folder);
  } catch (error) {
    // Another run was quicker.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}

/** Ours alone: what is in it gets executed. */
function cacheFolder(): string {
  const folder = `/var/tmp/chapar-debian-${process.getuid!()}`;
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const { uid, mode } = lstatSync(folder);
  if (uid !== process.getuid!() || (mode & 0o170000) !== 0o040000 || (mode & 0o022) !== 0)
    throw new Error(`${folder} belongs to somebody else: remove it`);
  return folder;
}

function describe(folder: string): DebianProgram {
  const inside = (...files: string[]) => files.map((file) => path.join(folder, file));
  const join = (own: readonly string[], variable: string) => [...own, process.env[variable]].filter(Boolean).join(':');
  return {
    folder,
    env: {
      ...(process.env as Record<string, string>),
      LD_LIBRARY_PATH: join(inside('usr/lib', 'lib').flatMap(libraryFolders), 'LD_LIBRARY_PATH'),
      PATH: join(inside('usr/sbin', 'usr/bin', 'sbin', 'bin'), 'PATH'),
    },
    path: (file) => path.join(folder, file),
  };
}

/** Folders with shared libraries, among them those that packages keep to themselves (`/usr/lib/postfix`). */
function libraryFolders(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  const own = entries.some(({ name }) => /^lib.*\.so(\.|$)/.test(name)) ? [folder] : [];
  return [...own, ...entries.filter((entry) => entry.isDirectory()).flatMap(({ name }) => libraryFolders(path.join(folder, name)))];
}

async function apt(args: readonly string[], cwd = '/'): Promise<string> {
  try {
    const { stdout } = await run('/usr/bin/apt-get', args, {
      cwd,
      env: { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(`apt-get ${args.join(' ')} failed: ${stderr.trim() || String(error)}`, { cause: error });
  }
}
