import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  chownSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { messageOf } from '#base/kernel';
import { childEnvironment } from '#platform/config';
import { databaseError } from '../database.errors.js';
import { choosePlace } from './cluster-place.js';
import { type DatabaseUser, databaseUser } from './database-user.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import { commandLine, isAlive, waitForExit } from './running-process.js';

const SUPERUSER = 'chapar';
const DATABASE = 'chapar';
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const ORPHAN_TIMEOUT_MS = 15_000;

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  /** Told, in a sentence, about everything that is not routine: a repaired lock, an adopted process, a moved cluster. */
  readonly notify?: (message: string) => void;
  /** Extra server settings, for benches and tests. */
  readonly serverSettings?: Readonly<Record<string, string>>;
}

/**
 * A real PostgreSQL of our own under the data directory, reachable on loopback only.
 * One object is one server process; the cluster's files outlive it.
 */
export class EmbeddedPostgres {
  private process: ChildProcess | undefined;
  private stopping = false;
  /** Kept over a restart, so that the connection pools of all roles find the server again. */
  private port: number | undefined;

  private constructor(
    private readonly binaries: PostgresBinaries,
    private readonly clusterDir: string,
    private readonly user: DatabaseUser | undefined,
    private readonly options: EmbeddedPostgresOptions,
    private readonly password: string,
  ) {}

  /** Connection string of the running server. */
  url = '';

  /** Called when the server ends although nobody asked it to. */
  onUnexpectedExit: ((reason: string) => void) | undefined;

  /**
   * Creates the cluster if there is none, ends a server that an earlier crash left behind, and starts the server.
   * A first start that was cut short leaves only `postgres.partial-*`, which the next one throws away.
   * @throws ChaparError `embedded_database_*`, `data_directory_unusable`
   */
  static async start(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
    prepareDataDir(options.dataDir);
    const user = databaseUser();
    const place = choosePlace(options.dataDir, user, options.notify);
    const server = new EmbeddedPostgres(place.binaries, place.clusterDir, user, options, readOrCreatePassword(options.dataDir));
    await server.initialise();
    await server.endLeftover();
    await server.launch();
    return server;
  }

  /** Starts the server process again on the same cluster and, if it is still free, the same port, after it ended unexpectedly. */
  async restart(): Promise<void> {
    await this.endLeftover();
    const deadline = Date.now() + ORPHAN_TIMEOUT_MS;
    for (;;) {
      try {
        return await this.launch();
      } catch (error) {
        // The sessions of a killed server hold its shared memory until they notice, which takes them a moment.
        if (Date.now() > deadline || !/shared memory block/.test(messageOf(error))) throw error;
        await sleep(250);
      }
    }
  }

  /** Process id of the postmaster, while it runs. */
  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** Shuts the server down: open transactions are rolled back, what was committed stays. */
  async stop(): Promise<void> {
    this.stopping = true;
    const child = this.process;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGINT');
    const inTime = await Promise.race([exited.then(() => true), sleep(STOP_TIMEOUT_MS, false, { ref: false })]);
    if (!inTime) child.kill('SIGQUIT');
    await exited;
    rmSync(runtimeFile(this.options.dataDir), { force: true });
  }

  private async initialise(): Promise<void> {
    if (existsSync(path.join(this.clusterDir, 'PG_VERSION'))) return;
    removePartialClusters(this.clusterDir);
    // A name of its own: the initdb of a start that was killed may still be writing into its folder.
    const partial = `${this.clusterDir}.partial-${process.pid}`;
    const passwordFile = `${partial}.pw`;
    try {
      mkdirSync(partial, { recursive: true, mode: 0o700 });
      writeFileSync(passwordFile, this.password, { mode: 0o600 });
      if (this.user) for (const file of [partial, passwordFile]) chownSync(file, this.user.uid, this.user.gid);
      await this.run(this.binaries.initdb, [
        '-D',
        partial,
        '-U',
        SUPERUSER,
        '--pwfile',
        passwordFile,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C.UTF-8',
        '--data-checksums',
        '--no-instructions',
      ]);
      renameSync(partial, this.clusterDir);
    } finally {
      rmSync(passwordFile, { force: true });
    }
  }

  /** An earlier supervisor that was killed leaves its server running: end it, so that exactly one owns the files. */
  private async endLeftover(): Promise<void> {
    const lockFile = path.join(this.clusterDir, 'postmaster.pid');
    if (!existsSync(lockFile)) return;
    const pid = Number(readFileSync(lockFile, 'utf8').split('\n')[0]);
    if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return; // PostgreSQL clears a dead owner's file itself.
    if (!commandLine(pid).includes(this.clusterDir)) {
      this.options.notify?.(`removed a stale database lock: its process id ${pid} now belongs to another program`);
      rmSync(lockFile);
      return;
    }
    this.options.notify?.(`an earlier start left its database server running (process ${pid}); ending it first`);
    process.kill(pid, 'SIGINT');
    if (!(await waitForExit(pid, STOP_TIMEOUT_MS))) process.kill(pid, 'SIGQUIT');
    await waitForExit(pid, STOP_TIMEOUT_MS);
  }

  private async launch(): Promise<void> {
    const port = await choosePort(this.port);
    this.port = port;
    const logFile = path.join(this.options.dataDir, 'logs', 'postgres.log');
    mkdirSync(path.dirname(logFile), { recursive: true });
    const logOffset = existsSync(logFile) ? statSync(logFile).size : 0;
    const log = openSync(logFile, 'a');
    const settings = { ...serverSettings(), ...this.options.serverSettings, port: String(port) };
    const args = ['-D', this.clusterDir, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])];
    // Its own process group: a Ctrl-C in the terminal must reach our drain first, not the database.
    const child = spawn(this.binaries.postgres, args, {
      ...this.user,
      stdio: ['ignore', log, log],
      detached: true,
      env: cleanEnvironment(),
    });
    closeSync(log);
    this.process = child;
    this.stopping = false;
    this.url = `postgres://${SUPERUSER}:${this.password}@127.0.0.1:${port}/${DATABASE}`;
    const failure = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(messageOf(error)));
      child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
    });
    const refusal = await Promise.race([this.waitUntilReady(port), failure]);
    if (refusal !== undefined) throw this.startFailure(refusal, logFile, logOffset);
    void failure.then((reason) => {
      if (!this.stopping) this.onUnexpectedExit?.(reason);
    });
    writeFileSync(runtimeFile(this.options.dataDir), JSON.stringify({ url: this.url, pid: child.pid }), { mode: 0o600 });
  }

  private async waitUntilReady(port: number): Promise<string | undefined> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      const client = new pg.Client({ host: '127.0.0.1', port, user: SUPERUSER, password: this.password, database: 'postgres' });
      try {
        await client.connect();
        const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
        if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
        return undefined;
      } catch (error) {
        const code = (error as { code?: string }).code;
        // 28P01: the password file was replaced behind the cluster's back; waiting will not help.
        if (code === '28P01') return 'the password in secrets/postgres-password is not the one this database was made with';
        if (Date.now() > deadline) return messageOf(error);
        await sleep(40);
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  private startFailure(reason: string, logFile: string, offset: number): Error {
    const lines = readFileSync(logFile).subarray(offset).toString().trimEnd().split('\n').slice(-8);
    return databaseError(
      'embedded_database_failed',
      `The embedded PostgreSQL did not start: ${reason}.\n${lines.map((line) => `  | ${line}`).join('\n')}\nIts whole log is ${logFile}; its files are in ${this.clusterDir}.`,
      { suggestion: adviceFor(lines.join('\n')) },
    );
  }

  private async run(program: string, args: readonly string[]): Promise<void> {
    const child = spawn(program, args, { ...this.user, stdio: ['ignore', 'pipe', 'pipe'], env: cleanEnvironment() });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }).catch((error: unknown) => messageOf(error));
    if (code !== 0) {
      throw databaseError('embedded_database_failed', `${path.basename(program)} failed (${code}):\n${output.trim()}`, {
        suggestion: adviceFor(output),
      });
    }
  }
}

/** The connection string of a server that another process of ours runs on this data directory, if one does. */
export function runningServerUrl(dataDir: string): string | undefined {
  try {
    const { url, pid } = JSON.parse(readFileSync(runtimeFile(dataDir), 'utf8')) as { url: string; pid: number };
    return isAlive(pid) && commandLine(pid).includes('postgres') ? url : undefined;
  } catch {
    return undefined;
  }
}

function runtimeFile(dataDir: string): string {
  return path.join(dataDir, 'postgres-runtime.json');
}

function adviceFor(output: string): string {
  if (/No space left/i.test(output)) return 'Free some disk space and start again; nothing was lost.';
  if (/incompatible with server|was initialized by PostgreSQL version/i.test(output))
    return 'The files belong to another PostgreSQL version: start the Chapar version that made them, or restore a backup into an empty data directory.';
  if (/Permission denied/i.test(output))
    return 'Give the account that runs Chapar write permission on the data directory, or set CHAPAR_DATA_DIR.';
  if (/shared memory|Cannot allocate memory/i.test(output)) return 'The machine is short of memory: end other programs and start again.';
  return 'Run `npx chapar doctor` for a check of the installation.';
}

function prepareDataDir(dataDir: string): void {
  try {
    mkdirSync(path.join(dataDir, 'logs'), { recursive: true });
    mkdirSync(path.join(dataDir, 'secrets'), { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw databaseError('data_directory_unusable', `The data directory ${dataDir} cannot be written: ${messageOf(cause)}`, {
      cause,
      suggestion: 'Give this user write permission on it, or set CHAPAR_DATA_DIR to a folder that it owns.',
    });
  }
}

function removePartialClusters(clusterDir: string): void {
  const folder = path.dirname(clusterDir);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name.startsWith(`${path.basename(clusterDir)}.partial`)) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

function readOrCreatePassword(dataDir: string): string {
  const file = path.join(dataDir, 'secrets', 'postgres-password');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const password = randomBytes(24).toString('base64url');
  writeFileSync(file, password, { mode: 0o600 });
  return password;
}

/** Nothing of ours may change the server's behaviour through PG* or locale variables. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return { PATH: childEnvironment({})['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

function serverSettings(): Record<string, string> {
  const memoryMb = os.totalmem() / 1024 / 1024;
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '120',
    shared_buffers: `${Math.round(Math.min(1024, Math.max(128, memoryMb / 8)))}MB`,
    effective_cache_size: `${Math.round(memoryMb / 2)}MB`,
    maintenance_work_mem: '128MB',
    work_mem: '16MB',
    // A single server with no replica: minimal WAL, few checkpoints. Durability of a commit is untouched.
    wal_level: 'minimal',
    max_wal_senders: '0',
    wal_compression: 'pglz',
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
    jit: 'off',
    // The detail of an error quotes rows, and rows hold addresses.
    log_error_verbosity: 'terse',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
}

/** The preferred port if it is free, else any free one. */
async function choosePort(preferred: number | undefined): Promise<number> {
  return (preferred === undefined ? undefined : await tryPort(preferred)) ?? (await tryPort(0))!;
}

async function tryPort(wanted: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error) => (wanted === 0 ? reject(error) : resolve(undefined)));
    server.listen(wanted, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
