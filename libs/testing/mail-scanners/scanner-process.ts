import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts } from '#platform/ports';

/** A scanner of Debian's, unpacked, on a free port of loopback. */
export interface RunningScanner {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

export interface ScannerStart {
  readonly name: string;
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  /** Writes what it needs into its folder, and says how to start it. */
  prepare(folder: string, port: number): readonly string[];
}

const START_TIMEOUT_MS = 30_000;

/** A port that was free may be taken by the time the scanner wants it: then another is tried. */
export async function startScanner(start: ScannerStart): Promise<RunningScanner> {
  for (let tries = 1; ; tries++)
    try {
      return await tryToStart(start);
    } catch (error) {
      if (tries >= 3) throw error;
    }
}

async function tryToStart({ name, program, env, prepare }: ScannerStart): Promise<RunningScanner> {
  const folder = mkdtempSync(path.join(os.tmpdir(), `chapar-${name}-`));
  const [host, port] = ['127.0.0.1', await findFreePorts(1)];
  const child = spawn(program, prepare(folder, port), { cwd: folder, env, stdio: 'ignore' });
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  const isUp = async () => {
    if (!(await isOpen(host, port))) return false;
    // Somebody else's listener, while ours ends because of it?
    await sleep(150);
    return child.exitCode === null;
  };
  while (!(await isUp())) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`${name} does not start`);
    }
    await sleep(50);
  }
  return { host, port, stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(timer);
}

function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
