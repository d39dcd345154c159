import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { defineErrors } from '#base/kernel';
import type { ConsoleOutput } from './console-output.js';
import { STABLE_AFTER_MS, restartDelayMs } from './restart-delay.policy.js';
import type { RoleName } from './roles.js';

const roleError = defineErrors({
  role_missing: {
    kind: 'internal',
    retry: 'after-fix',
    meaning:
      'This build has no program for the named role. Build again with `npm run build`; if that does not help, the installation is incomplete.',
  },
  role_failed: {
    kind: 'unavailable',
    retry: 'after-fix',
    meaning: 'A role did not come up after several attempts. The lines above the message say why.',
  },
});

const READY_TIMEOUT_MS = 60_000;
/** A role that never came up is given up after this many attempts; one that was up once is started again for ever. */
const FIRST_START_ATTEMPTS = 4;
/** A little longer than a role allows its own drain. */
const STOP_TIMEOUT_MS = 40_000;

export interface RoleProcessOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly output: ConsoleOutput;
  /** Called whenever a process was started or ended. */
  readonly onChange: () => void;
}

/** One role: its process, started again whenever it ends unasked. */
export class RoleProcess {
  /** What the role said when it came up last. */
  summary = '';
  private child: ChildProcess | undefined;
  private failures = 0;
  private wasReady = false;
  private isStopping = false;
  private restartTimer: NodeJS.Timeout | undefined;
  private readonly firstReady = Promise.withResolvers<void>();

  constructor(
    readonly name: RoleName,
    private readonly options: RoleProcessOptions,
  ) {}

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Starts the role and waits until it is ready for the first time.
   * @throws ChaparError `role_missing`, `role_failed`
   */
  async start(): Promise<void> {
    const file = programOf(this.name);
    if (!existsSync(file)) throw roleError('role_missing', `This build has no program for the ${this.name} role (${file}).`);
    this.launch(file);
    return this.firstReady.promise;
  }

  /** Drains and ends the role; one that does not end in time is killed. */
  async stop(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.restartTimer);
    // Nobody shall wait for a role that will not come; resolving does nothing where it was ready.
    this.firstReady.resolve();
    const { child } = this;
    if (!child) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const overdue = setTimeout(() => {
      this.options.output.say(`The ${this.name} role did not finish in ${STOP_TIMEOUT_MS / 1000} seconds and is ended.`, 'warn');
      child.kill('SIGKILL');
    }, STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(overdue);
  }

  /** Ends the role at once, without a drain. */
  kill(): void {
    this.isStopping = true;
    this.child?.kill('SIGKILL');
  }

  private launch(file: string): void {
    // A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which then stops everything in order.
    const child = fork(file, [], {
      env: this.options.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: ['--enable-source-maps'],
    });
    this.child = child;
    for (const stream of [child.stdout!, child.stderr!])
      createInterface({ input: stream }).on('line', (line) => this.options.output.line(this.name, line));
    const startedAt = Date.now();
    const overdue = setTimeout(() => child.kill('SIGKILL'), READY_TIMEOUT_MS);
    child.on('message', (message) => {
      const { type, summary } = message as { type?: string; summary?: string };
      if (type !== 'ready') return;
      clearTimeout(overdue);
      this.wasReady = true;
      this.summary = summary ?? '';
      this.firstReady.resolve();
    });
    child.once('error', (error) => this.options.output.line(this.name, error.message));
    child.once('exit', (code, signal) => {
      clearTimeout(overdue);
      this.child = undefined;
      this.options.onChange();
      if (!this.isStopping) this.restartLater(file, signal ? `killed by ${signal}` : `exit code ${code}`, Date.now() - startedAt);
    });
    this.options.onChange();
  }

  private restartLater(file: string, reason: string, uptimeMs: number): void {
    this.failures = uptimeMs >= STABLE_AFTER_MS ? 1 : this.failures + 1;
    if (!this.wasReady && this.failures >= FIRST_START_ATTEMPTS) {
      this.firstReady.reject(
        roleError('role_failed', `The ${this.name} role did not come up (${reason}), tried ${this.failures} times.`, {
          suggestion: 'The lines above say why; `npx chapar doctor` checks the installation.',
        }),
      );
      return;
    }
    const delayMs = restartDelayMs(this.failures);
    this.options.output.say(`The ${this.name} role ended unexpectedly (${reason}); starting it again in ${delayMs / 1000} s.`, 'warn');
    this.restartTimer = setTimeout(() => this.launch(file), delayMs);
  }
}

/** `dist/apps/<role>/main.js`, seen from `dist/apps/cli/start`. */
function programOf(role: RoleName): string {
  return fileURLToPath(new URL(`../../${role}/main.js`, import.meta.url));
}
