import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CpuUsage, PeerJob } from './messages.js';
import type { MtaJob } from './mta.process.js';
import type { SinkSettings } from './sink.process.js';

const here = path.dirname(fileURLToPath(import.meta.url));

/** A part of a bench in a process of its own, once it has said its first word. */
export async function startProcess(
  name: 'sink' | 'mta' | 'nodemailer',
  settings: SinkSettings = {},
): Promise<{ child: ChildProcess; ready: unknown }> {
  const profile = process.env['BENCH_CPU_PROF'] === name ? ['--cpu-prof', `--cpu-prof-dir=${os.tmpdir()}/chapar-prof`] : [];
  const child = fork(path.join(here, `${name}.process.js`), [JSON.stringify(settings)], {
    execArgv: [...process.execArgv, ...profile],
    serialization: 'advanced',
  });
  const [ready] = (await once(child, 'message')) as [unknown];
  return { child, ready };
}

/** Sends an order, and waits for the answer. */
export async function order(child: ChildProcess, what: MtaJob | PeerJob | 'cpu' | 'stop' | 'accepted'): Promise<unknown> {
  const answer = once(child, 'message');
  child.send(what);
  const [said] = (await answer) as [unknown];
  return said;
}

/** µs of CPU, all threads, since it started to work. */
export async function cpuOf(child: ChildProcess): Promise<number> {
  const { user, system } = (await order(child, 'cpu')) as CpuUsage;
  return user + system;
}
