import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts } from '#platform/ports';
import { canUnpackDebianPrograms, debianProgram } from '#testing/debian-programs';

export interface OpenDkimOptions {
  readonly domain: string;
  readonly selector: string;
  /** PEM. */
  readonly privateKey: string;
}

const START_TIMEOUT_MS = 20_000;

/** Debian's OpenDKIM as a milter that signs what comes from a domain, unpacked and on a free port of loopback. */
export class OpenDkim {
  private constructor(
    private readonly folder: string,
    private readonly port: number,
    private readonly child: ChildProcess,
  ) {}

  static readonly canRun: boolean = canUnpackDebianPrograms;

  /** For `smtpd_milters` of Postfix. */
  get milter(): string {
    return `inet:127.0.0.1:${this.port}`;
  }

  /** µs of CPU time so far. */
  get cpuMicros(): number {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  }

  static async start({ domain, selector, privateKey }: OpenDkimOptions): Promise<OpenDkim> {
    const program = await debianProgram({ packages: ['opendkim'] });
    const folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-opendkim-'));
    const port = await findFreePorts(1);
    const key = path.join(folder, 'key.pem');
    const config = path.join(folder, 'opendkim.conf');
    writeFileSync(key, privateKey, { mode: 0o600 });
    // Relaxed and RSA with SHA-256, as our own signatures; what it oversigns and logs by default stays as it is.
    const settings = {
      Socket: `inet:${port}@127.0.0.1`,
      Mode: 's',
      Domain: domain,
      Selector: selector,
      KeyFile: key,
      // Every folder above has to be root's alone otherwise, and a temporary folder is everybody's.
      RequireSafeKeys: 'no',
      Canonicalization: 'relaxed/relaxed',
      SignatureAlgorithm: 'rsa-sha256',
      Background: 'no',
      Syslog: 'no',
      TemporaryDirectory: folder,
    };
    writeFileSync(
      config,
      Object.entries(settings)
        .map(([name, value]) => `${name} ${value}\n`)
        .join(''),
    );
    const child = spawn(program.path('usr/sbin/opendkim'), ['-x', config], { env: program.env, stdio: ['ignore', 'ignore', 'inherit'] });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await isOpen(port))) {
      if (child.exitCode !== null || Date.now() > deadline) {
        child.kill();
        rmSync(folder, { recursive: true, force: true });
        throw new Error('OpenDKIM does not start');
      }
      await sleep(50);
    }
    return new OpenDkim(folder, port, child);
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    // It waits for idle connections of its milters; nothing of theirs is worth it.
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 1_000);
    await exit;
    clearTimeout(timer);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
