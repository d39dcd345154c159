import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findFreePorts } from '#platform/ports';
import { removeTestDataDir } from '#testing/run-folder';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const cli = path.join(root, 'dist', 'apps', 'cli', 'main.js');
const launcher = path.join(root, 'tools', 'chapar.mjs');
const WAIT_MS = 60_000;
/** The simulator takes a port for each, from its first one on. */
const SIMULATED_PROVIDERS = 8;

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An installation of its own for a test: a data directory, free ports, and however many starts the test makes. */
export class Installation {
  readonly dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-e2e-'));
  private readonly runs: Run[] = [];

  private constructor(private settings: Readonly<Record<string, string>>) {}

  static async create(settings: Readonly<Record<string, string>> = {}): Promise<Installation> {
    const http = await findFreePorts(9 + SIMULATED_PROVIDERS);
    return new Installation({
      CHAPAR_HTTP_PORT: `${http}`,
      CHAPAR_TRACKER_PORT: `${http + 1}`,
      CHAPAR_MX_PORT: `${http + 2}`,
      CHAPAR_SUBMISSION_PORT: `${http + 3}`,
      CHAPAR_SUBMISSIONS_PORT: `${http + 4}`,
      CHAPAR_IMAP_PORT: `${http + 5}`,
      CHAPAR_IMAPS_PORT: `${http + 6}`,
      CHAPAR_POP3_PORT: `${http + 7}`,
      CHAPAR_POP3S_PORT: `${http + 8}`,
      CHAPAR_SIMULATOR_PORT: `${http + 9}`,
      CHAPAR_DELIVERY: 'sandbox',
      CHAPAR_HOSTNAME: 'mail.example.org',
      ...settings,
    });
  }

  /** Settings that are known only once other things run; for starts to come. */
  configure(settings: Readonly<Record<string, string>>): void {
    this.settings = { ...this.settings, ...settings };
  }

  get url(): string {
    return `http://127.0.0.1:${this.settings['CHAPAR_HTTP_PORT']}`;
  }

  /** Of STARTTLS and of TLS from the first byte. */
  get submissionPorts(): readonly [number, number] {
    return [Number(this.settings['CHAPAR_SUBMISSION_PORT']), Number(this.settings['CHAPAR_SUBMISSIONS_PORT'])];
  }

  /** IMAP and POP3, with STARTTLS and with TLS from the first byte. */
  get mailboxPorts(): { readonly imap: number; readonly imaps: number; readonly pop3: number; readonly pop3s: number } {
    const port = (name: string) => Number(this.settings[`CHAPAR_${name}_PORT`]);
    return { imap: port('IMAP'), imaps: port('IMAPS'), pop3: port('POP3'), pop3s: port('POP3S') };
  }

  get mxPort(): number {
    return Number(this.settings['CHAPAR_MX_PORT']);
  }

  /** `chapar start` by the compiled program, or by the launcher that `npm start` calls. */
  start(
    roles: string,
    options: { viaLauncher?: boolean; viaNpm?: boolean; env?: Readonly<Record<string, string>>; uid?: number } = {},
  ): Run {
    const args = options.viaLauncher ? [launcher] : ['--enable-source-maps', cli];
    const [program, ...before] = options.viaNpm ? ['npm', 'start', '--'] : [process.execPath, ...args, 'start'];
    const run = new Run(
      spawn(program!, [...before, '--roles', roles], {
        cwd: root,
        env: this.environment(options.env),
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
      }),
    );
    this.runs.push(run);
    return run;
  }

  /** Runs a command of the CLI to its end. */
  command(args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): CommandResult {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      cwd: root,
      env: this.environment(env),
      input,
      encoding: 'utf8',
    });
    return { code: status, stdout, stderr };
  }

  /** Process ids of the roles, as the lock file tells them. */
  rolePids(): Record<string, number> {
    const { children } = JSON.parse(readFileSync(path.join(this.dataDir, 'chapar.pid'), 'utf8')) as {
      children: { name: string; pid: number }[];
    };
    return Object.fromEntries(children.map(({ name, pid }) => [name, pid]));
  }

  postgres(): { url: string; pid: number } {
    return JSON.parse(readFileSync(path.join(this.dataDir, 'postgres-runtime.json'), 'utf8')) as { url: string; pid: number };
  }

  get isLocked(): boolean {
    return existsSync(path.join(this.dataDir, 'chapar.pid'));
  }

  /** Stops what still runs, also what a killed start left running, and removes the files. */
  async dispose(): Promise<void> {
    await Promise.all(this.runs.map((run) => run.stop()));
    await removeTestDataDir(this.dataDir);
  }

  private environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    const inherited = Object.fromEntries(
      Object.entries(process.env).filter(
        ([name]) =>
          !name.startsWith('CHAPAR_') && !/^(DATABASE|REDIS)_URL/.test(name) && !name.startsWith('VITEST') && name !== 'NODE_OPTIONS',
      ),
    );
    return { ...inherited, CHAPAR_DATA_DIR: this.dataDir, ...this.settings, ...more };
  }
}

/** One start of the product. */
export class Run {
  /** Everything it printed so far. */
  output = '';
  readonly exit: Promise<number | null>;

  constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.exit = new Promise((resolve) => child.once('close', (code) => resolve(code)));
  }

  /** Waits until the product says that it runs. */
  ready(): Promise<this> {
    return this.says(/Chapar runs/);
  }

  async says(pattern: RegExp): Promise<this> {
    await until(
      () => {
        if (pattern.test(this.output)) return true;
        if (this.child.exitCode !== null)
          throw new Error(`it ended with ${this.child.exitCode} without saying ${pattern}:\n${this.output}`);
        return false;
      },
      () => `it did not say ${pattern}:\n${this.output}`,
    );
    return this;
  }

  /** The login that a first start shows. */
  login(): { email: string; password: string } | undefined {
    const match = /E-mail\s+(\S+)\s+Password\s+(\S+)/.exec(this.output);
    return match ? { email: match[1]!, password: match[2]! } : undefined;
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.exit;
  }
}

export async function until(condition: () => boolean | Promise<boolean>, complaint: () => string, timeoutMs = WAIT_MS): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(complaint());
    await sleep(50);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
