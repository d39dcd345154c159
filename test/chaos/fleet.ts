import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** Two MTAs share all mail, and take over from each other. */
export const killableRoles = ['mta', 'mta-2', 'worker', 'tracker', 'mx', 'api'] as const;
export type KillableRole = (typeof killableRoles)[number];
type Role = KillableRole | 'simulator';

/** Seen from the compiled program or, in a test, from the source. */
const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, path.basename(path.resolve(here, '..', '..')) === 'dist' ? '../../..' : '../..');
const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 60_000;
/** Where a role could not come up, as while the database is away. */
const RETRY_MS = 250;

interface Member {
  child: ChildProcess | undefined;
  isReady: boolean;
  /** We ended it ourselves. */
  isKilled: boolean;
}

/**
 * The product's roles, each its own program in its own process, started again whenever they end: what the supervisor does, but
 * at once, because a fault run kills more in minutes than a machine in years.
 */
export class Fleet {
  /** Roles that ended although they were up and nobody killed them. */
  readonly deaths: string[] = [];
  private readonly members = new Map<Role, Member>();
  private readonly log: number;
  private isStopping = false;

  constructor(
    private readonly env: NodeJS.ProcessEnv,
    logFile: string,
  ) {
    this.log = openSync(logFile, 'a');
  }

  /** Starts a role and waits until it is up. */
  async start(...roles: readonly Role[]): Promise<void> {
    for (const role of roles) this.launch(role);
    for (const role of roles) await this.isUp(role);
  }

  async isUp(role: Role): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS;
    while (!this.members.get(role)?.isReady) {
      if (Date.now() > deadline) throw new Error(`the ${role} does not come up`);
      await sleep(5);
    }
  }

  /** Ends a role by SIGKILL, whether it is up or just coming up. It is started again at once. */
  async kill(role: KillableRole): Promise<void> {
    const member = this.members.get(role)!;
    while (!member.child) await sleep(5);
    const { child } = member;
    member.isKilled = true;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  /** Drains and ends all of them, the witness last. */
  async stop(): Promise<void> {
    if (this.isStopping) return;
    this.isStopping = true;
    await Promise.all(killableRoles.map((role) => this.end(role)));
    await this.end('simulator');
    closeSync(this.log);
  }

  private launch(role: Role): void {
    const child = fork(path.join(root, 'dist', 'apps', role.replace(/-\d$/, ''), 'main.js'), [], {
      env: this.env,
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', this.log, this.log, 'ipc'],
    });
    const member: Member = { child, isReady: false, isKilled: false };
    this.members.set(role, member);
    child.on('message', () => (member.isReady = true));
    // A program that cannot even be started says nothing else; whoever waits for it gives up in time.
    child.on('error', (error) => this.deaths.push(`${role}: ${error.message}`));
    child.once('exit', (code, signal) => {
      member.child = undefined;
      if (this.isStopping) {
        if (code !== 0 && !member.isKilled) this.deaths.push(`${role}, as it was told to stop, with ${signal ?? `code ${code}`}`);
        return;
      }
      if (member.isReady && !member.isKilled) this.deaths.push(`${role}, with ${signal ?? `code ${code}`}`);
      if (member.isKilled) this.launch(role);
      else setTimeout(() => this.isStopping || this.launch(role), RETRY_MS);
    });
  }

  private async end(role: Role): Promise<void> {
    const member = this.members.get(role);
    const child = member?.child;
    if (!member || !child) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const overdue = setTimeout(() => {
      this.deaths.push(`${role}, which did not stop in ${STOP_TIMEOUT_MS / 1000} s`);
      member.isKilled = true;
      child.kill('SIGKILL');
    }, STOP_TIMEOUT_MS);
    await exit;
    clearTimeout(overdue);
  }
}
