// Brings a clone to the point where the product can run: dependencies installed, sources compiled.
// Runs on any Node >= 20 and may use nothing but Node itself.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** The Node.js that package.json pins: every part of the product runs on it, whatever the system has. */
export const runtime = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Where the web app is; the compiler of the other sources leaves it alone. */
const WEB = 'apps/web';
const SOURCES = ['apps', 'libs', 'migrations', 'bench', 'test'];
const BUILD_CONFIGURATION = ['nest-cli.json', 'tsconfig.json', '.swcrc', 'package.json'];

/** Installs and builds whatever is missing or stale. Prints only when it does something. */
export function setUp() {
  requireSupportedNode();
  withLock(() => {
    install();
    build();
    buildWeb();
  });
}

function requireSupportedNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) fail(`Chapar needs Node.js 20 or newer to start; this is ${process.version}.`);
}

function install() {
  if (existsSync(runtime) && isInstalled()) return;
  say('Installing dependencies (once) …');
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const [program, ...first] = npm;
  const result = spawnSync(program, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0)
    fail(
      'The dependencies could not be installed: see the lines above. Check the connection to the npm registry and run the command again.',
    );
  if (!existsSync(runtime)) repairRuntime(program, first);
}

/** Compares what the lock file asks for with what npm noted down when it last installed. */
function isInstalled() {
  const noted = readIfThere(path.join(root, 'node_modules', '.package-lock.json'));
  if (noted === undefined) return false;
  const present = JSON.parse(noted).packages;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([place, { version, optional }]) => place === '' || optional || present[place]?.version === version);
}

/** With install scripts switched off, the `node` package stays empty: run its script, which only calls npm again. */
function repairRuntime(program, first) {
  spawnSync(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: path.join(root, 'node_modules', 'node'),
    stdio: ['ignore', 2, 2],
    env: { ...process.env, npm_config_ignore_scripts: 'false' },
  });
  if (!existsSync(runtime)) fail(`The pinned Node.js did not install. Run "${[program, ...first].join(' ')} rebuild node" and try again.`);
}

function build() {
  const stamp = path.join(root, 'dist', '.chapar-built');
  const wanted = sourceFingerprint();
  if (readIfThere(stamp) === wanted) return;
  say('Compiling …');
  try {
    execFileSync(runtime, ['node_modules/@nestjs/cli/bin/nest.js', 'build'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    fail(`The sources do not compile:\n${error.stdout ?? ''}${error.stderr ?? ''}`);
  }
  removeOrphans();
  writeFileSync(stamp, wanted);
}

/** The web app has a build of its own: whoever changes only the server does not wait for it, nor the other way round. */
function buildWeb() {
  const stamp = path.join(root, 'dist', '.web-built');
  const wanted = webFingerprint();
  if (readIfThere(stamp) === wanted) return;
  say('Building the web app …');
  try {
    execFileSync(runtime, ['node_modules/vite/bin/vite.js', 'build', WEB, '--config', `${WEB}/vite.config.ts`, '--logLevel', 'warn'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
  } catch (error) {
    fail(`The web app does not build:\n${error.stdout ?? ''}${error.stderr ?? ''}`);
  }
  writeFileSync(stamp, wanted);
}

/** The content of its sources, and the versions that it is built with. */
function webFingerprint() {
  const folder = path.join(root, WEB);
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.md') && !entry.name.endsWith('.spec.ts'))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  const parts = names.flatMap((name) => [path.relative(root, name), readFileSync(name)]);
  return hashOf([readFileSync(path.join(root, 'package-lock.json')), ...parts]);
}

/** What was compiled from a source that is gone. The rest is replaced in place: a product that runs from it is not cut off. */
function removeOrphans() {
  for (const folder of SOURCES) {
    const compiled = path.join(root, 'dist', folder);
    if (!existsSync(compiled)) continue;
    for (const name of readdirSync(compiled, { recursive: true })) {
      const source = path.join(root, folder, name.replace(/\.js(\.map)?$/, '.ts'));
      if (/\.js(\.map)?$/.test(name) && !existsSync(source)) rmSync(path.join(compiled, name), { force: true });
    }
  }
}

/** Names, sizes and times of all sources: quick enough to take at every start. */
function sourceFingerprint() {
  const parts = [];
  for (const file of BUILD_CONFIGURATION) parts.push(readFileSync(path.join(root, file)));
  for (const folder of SOURCES) {
    for (const entry of listFiles(path.join(root, folder))) {
      const { size, mtimeMs } = statSync(entry);
      parts.push(`${path.relative(root, entry)} ${size} ${mtimeMs}\n`);
    }
  }
  return hashOf(parts);
}

function listFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter((name) => !name.startsWith(path.join(root, WEB) + path.sep))
    .sort();
}

/** Two commands started together must not install over each other: the second waits for the first. */
function withLock(work) {
  const lock = path.join(root, '.chapar-setup');
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code === 'EACCES' || error.code === 'EROFS') return work();
      if (error.code !== 'EEXIST') throw error;
      const owner = Number(readIfThere(path.join(lock, 'pid')));
      if (owner > 0 ? !isAlive(owner) : Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) > 5000)
        rmSync(lock, { recursive: true, force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    }
  }
  try {
    writeFileSync(path.join(lock, 'pid'), String(process.pid));
    work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function hashOf(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

// Progress goes to stderr: stdout belongs to the command, which may print JSON.
function say(text) {
  process.stderr.write(`${text}\n`);
}

class SetupFailure extends Error {}

function fail(text) {
  throw new SetupFailure(text);
}

/** Ends the process with a plain message for what people can mend, with the trace for what they cannot. */
export function endWith(error) {
  process.stderr.write(`${error instanceof SetupFailure ? error.message : (error.stack ?? error)}\n`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    setUp();
  } catch (error) {
    endWith(error);
  }
}
