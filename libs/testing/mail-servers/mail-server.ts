import { type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What each server is told to do; see README.md for its addresses. */
export interface MailServerSetup {
  /** Domain that it receives mail for, such as `postfix.test`. */
  readonly domain: string;
  /** The same users under an IDN, in A-labels. */
  readonly idnDomain: string;
  /** Local parts that have a mailbox, mapped to the name of its folder. */
  readonly users: Readonly<Record<string, string>>;
  /** Port of loopback where mail for the domains ending in each name goes. */
  readonly routes: Readonly<Record<string, number>>;
  /** PEM files, readable for everybody. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** A mail server that nobody here wrote. */
export interface MailServer {
  readonly name: string;
  readonly port: number;
  /** Messages in a mailbox as they lie there, oldest first. */
  mailbox(folder: string): Buffer[];
  /** What it logged. */
  readonly log: string;
  stop(): Promise<void>;
}

/** An account that every Debian has: whom mailboxes belong to. */
export const MAIL_UID = 65_534;

const START_TIMEOUT_MS = 20_000;

/** A folder with a maildir for each user, writable for MAIL_UID. */
export function makeMaildirs({ users }: MailServerSetup, name: string): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), `chapar-${name}-`));
  chmodSync(folder, 0o755);
  const make = (made: string): void => {
    mkdirSync(made);
    chownSync(made, MAIL_UID, MAIL_UID);
  };
  make(path.join(folder, 'maildirs'));
  for (const user of new Set(Object.values(users))) {
    make(path.join(folder, 'maildirs', user));
    for (const part of ['new', 'cur', 'tmp']) make(path.join(folder, 'maildirs', user, part));
  }
  return folder;
}

export function readMaildir(folder: string, user: string): Buffer[] {
  const inside = path.join(folder, 'maildirs', user, 'new');
  return readdirSync(inside)
    .sort()
    .map((name) => readFileSync(path.join(inside, name)));
}

/** Waits until a server greets on its port. @throws Error with its log when it ended or is silent */
export async function untilItGreets(child: ChildProcess, port: number, log: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await greets(port))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the server does not start:\n${log()}`);
    await sleep(50);
  }
}

/** Ends a server with whatever it started, and removes its folder. Its process has to lead a group of its own. */
export async function endServer(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  }
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(2_000, () => end(false));
    socket.on('error', () => end(false));
    socket.once('data', (bytes) => end(bytes.toString('latin1').startsWith('220')));
  });
}
