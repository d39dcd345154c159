import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment } from '#platform/config';
import { removeDataDir } from '#platform/database';
import { findFreePorts } from '#platform/ports';
import { ApiClient } from './api-client.js';

const START_TIMEOUT_MS = 120_000;
/** The simulator takes a port for each, from its first one on. */
const SIMULATED_PROVIDERS = 8;

/** A whole installation of its own in a temporary folder: its own database, roles and ports, gone afterwards. */
export class DemoInstance {
  private constructor(
    readonly url: string,
    readonly dataDir: string,
    readonly api: ApiClient,
    private readonly child: ChildProcess,
    private readonly output: { text: string },
  ) {}

  /** @throws Error with the last lines of its output when it does not come up */
  static async start(timeScale: number): Promise<DemoInstance> {
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'chapar-demo-'));
    const http = await findFreePorts(5 + SIMULATED_PROVIDERS);
    const [tracker, mx, submission, submissions, simulator] = [http + 1, http + 2, http + 3, http + 4, http + 5];
    const url = `http://localhost:${http}`;
    const password = randomBytes(18).toString('base64url');
    const email = 'demo@sandbox.chapar.test';
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, 'start', '--roles', 'api,tracker,mta,mx,worker'], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        ...withoutOwnSettings(childEnvironment({})),
        CHAPAR_DATA_DIR: dataDir,
        CHAPAR_PUBLIC_URL: url,
        CHAPAR_HTTP_PORT: String(http),
        CHAPAR_TRACKER_PORT: String(tracker),
        CHAPAR_MX_PORT: String(mx),
        CHAPAR_SUBMISSION_PORT: String(submission),
        CHAPAR_SUBMISSIONS_PORT: String(submissions),
        CHAPAR_SIMULATOR_PORT: String(simulator),
        CHAPAR_SIMULATOR_TIME_SCALE: String(timeScale),
        CHAPAR_DELIVERY: 'sandbox',
        CHAPAR_HOSTNAME: 'mail.sandbox.chapar.test',
        CHAPAR_ADMIN_EMAIL: email,
        CHAPAR_ADMIN_PASSWORD: password,
      },
    });
    const output = { text: '' };
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (chunk: Buffer) => (output.text = (output.text + chunk.toString()).slice(-20_000)));
    const api = new ApiClient(url);
    const instance = new DemoInstance(url, dataDir, api, child, output);
    try {
      await instance.waitUntilReady();
      await api.signIn(email, password);
      return instance;
    } catch (error) {
      await instance.stop();
      throw error;
    }
  }

  /** What the simulated providers and people have done so far; undefined before their first word. */
  simulatorStats(): { pendingReactions: number } | undefined {
    try {
      return JSON.parse(readFileSync(path.join(this.dataDir, 'simulator-stats.json'), 'utf8')) as { pendingReactions: number };
    } catch {
      return undefined;
    }
  }

  /** What the installation printed, for when something went wrong. */
  get log(): string {
    return this.output.text;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGTERM');
      if ((await Promise.race([exited.then(() => 'ended'), sleep(45_000, 'late', { ref: false })])) === 'late') this.child.kill('SIGKILL');
      await exited;
    }
    removeDataDir(this.dataDir);
  }

  private async waitUntilReady(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      if (this.child.exitCode !== null || Date.now() > deadline) throw new Error(`the demo's installation did not start:\n${this.log}`);
      if (await this.api.isReady()) return;
      await sleep(150);
    }
  }
}

/** The user's own database, Redis and routes are none of the demo's business. */
function withoutOwnSettings(env: Readonly<Record<string, string | undefined>>): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('CHAPAR_') && name !== 'DATABASE_URL' && name !== 'REDIS_URL'),
  );
}
