import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePorts } from '#platform/ports';
import { type DebianProgram, canUnpackDebianPrograms, debianProgram } from '#testing/debian-programs';

export interface PostfixOptions {
  /** Lines of `main.cf` over those that make it run here; a path in them has to be readable for everybody. */
  readonly main?: Readonly<Record<string, string | number>>;
  /** More lines of `master.cf`. */
  readonly services?: readonly string[];
  /** Where its queue is; by default under the temporary folder. */
  readonly parent?: string;
}

/** Accounts that every Debian has and nothing here uses: Postfix wants one that is neither root nor nobody, and a group of its own. */
const OWNER = 'news';
const GROUP = 'uucp';
const START_TIMEOUT_MS = 20_000;
const QUEUES = ['active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold', 'incoming', 'private', 'saved', 'trace'] as const;

/**
 * Debian's Postfix as its package has it, unpacked and run from a folder of its own on a free port of loopback. It takes
 * mail from this machine for anybody; `main` says where it goes.
 */
export class Postfix {
  private constructor(
    private readonly program: DebianProgram,
    /** Configuration (`conf`), queue (`spool`), state and log. */
    readonly folder: string,
    readonly port: number,
    private readonly master: ChildProcess,
  ) {}

  /** Its master and daemons are started by root, as everywhere. */
  static readonly canRun: boolean = canUnpackDebianPrograms && process.getuid?.() === 0;

  static async start({ main = {}, services = [], parent = os.tmpdir() }: PostfixOptions = {}): Promise<Postfix> {
    const program = await debianProgram({ packages: ['postfix'] });
    const folder = mkdtempSync(path.join(parent, 'chapar-postfix-'));
    const port = await findFreePorts(1);
    makeFolders(folder);
    writeFileSync(path.join(folder, 'conf', 'main.cf'), lines({ ...settings(program, folder), ...main }));
    writeFileSync(
      path.join(folder, 'conf', 'master.cf'),
      `${[`127.0.0.1:${port} inet n - n - - smtpd`, ...SERVICES, ...services].join('\n')}\n`,
    );
    // In a group of its own: it ends its daemons by their group.
    const master = spawn(program.path('usr/lib/postfix/sbin/master'), ['-d', '-c', path.join(folder, 'conf')], {
      env: environment(program, folder),
      stdio: ['ignore', 'ignore', 'inherit'],
      detached: true,
    });
    const postfix = new Postfix(program, folder, port, master);
    try {
      await postfix.answers();
    } catch (error) {
      await postfix.stop();
      throw error;
    }
    return postfix;
  }

  /** What it logged so far. */
  get log(): string {
    return readFileSync(path.join(this.folder, 'log'), { encoding: 'utf8', flag: 'a+' });
  }

  /** Messages in its queues. */
  get queued(): number {
    return ['maildrop', 'incoming', 'active', 'deferred', 'hold']
      .map((queue) => filesIn(path.join(this.folder, 'spool', queue)))
      .reduce((sum, n) => sum + n, 0);
  }

  /** Of all its processes, µs of CPU time, the ended ones among them. */
  get cpuMicros(): number {
    return cpuOfGroup(this.master.pid!);
  }

  /** One of its commands (`postqueue`, `postsuper`), against this instance. @returns what it printed */
  command(name: string, ...args: string[]): string {
    return execFileSync(this.program.path(`usr/sbin/${name}`), ['-c', path.join(this.folder, 'conf'), ...args], {
      env: environment(this.program, this.folder),
      encoding: 'utf8',
    });
  }

  /** Ends it and removes its folder with what is still queued. */
  async stop(): Promise<void> {
    if (this.master.exitCode === null && this.master.signalCode === null) {
      const exit = once(this.master, 'exit');
      this.master.kill('SIGTERM');
      await exit;
    }
    // Daemons that outlived it.
    try {
      process.kill(-this.master.pid!, 'SIGKILL');
    } catch {
      // There were none.
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  private async answers(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      if (this.master.exitCode !== null) throw new Error(`Postfix ended as it started:\n${this.log}`);
      if (await greets(this.port)) return;
      if (Date.now() > deadline) throw new Error(`Postfix does not answer:\n${this.log}`);
      await sleep(50);
    }
  }
}

/** As its package has them, without `chroot`: the libraries are not there. */
const SERVICES = [
  'pickup unix n - n 60 1 pickup',
  'cleanup unix n - n - 0 cleanup',
  'qmgr unix n - n 300 1 qmgr',
  'tlsmgr unix - - n 1000? 1 tlsmgr',
  'rewrite unix - - n - - trivial-rewrite',
  'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce',
  'trace unix - - n - 0 bounce',
  'verify unix - - n - 1 verify',
  'flush unix n - n 1000? 0 flush',
  'proxymap unix - - n - - proxymap',
  'smtp unix - - n - - smtp',
  'relay unix - - n - - smtp',
  'showq unix n - n - - showq',
  'error unix - - n - - error',
  'retry unix - - n - - error',
  'discard unix - - n - - discard',
  'local unix - n n - - local',
  'virtual unix - n n - - virtual',
  'lmtp unix - - n - - lmtp',
  'anvil unix - - n - 1 anvil',
  'scache unix - - n - 1 scache',
  'postlog unix-dgram n - n - 1 postlogd',
];

function settings(program: DebianProgram, folder: string): Record<string, string> {
  const at = (name: string) => path.join(folder, name);
  return {
    compatibility_level: '3.6',
    queue_directory: at('spool'),
    data_directory: at('state'),
    daemon_directory: program.path('usr/lib/postfix/sbin'),
    command_directory: program.path('usr/sbin'),
    meta_directory: program.path('usr/share/postfix'),
    shlib_directory: 'no',
    maillog_file: at('log'),
    maillog_file_prefixes: folder,
    mail_owner: OWNER,
    setgid_group: GROUP,
    // It gives its daemons a clean environment; without this they would not find their libraries.
    import_environment: 'MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LD_LIBRARY_PATH MAIL_SERVICE',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    myhostname: 'postfix.example.net',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    alias_maps: '',
    alias_database: '',
    smtp_dns_support_level: 'disabled',
    smtp_tls_security_level: 'none',
    biff: 'no',
  };
}

const lines = (values: Readonly<Record<string, string | number>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');

function environment(program: DebianProgram, folder: string): Record<string, string> {
  return { ...program.env, MAIL_CONFIG: path.join(folder, 'conf') };
}

/** What its `postfix-script` would make, and with the same owners. */
function makeFolders(folder: string): void {
  const id = (kind: '-u' | '-g', name: string) => Number(execFileSync('/usr/bin/id', [kind, name], { encoding: 'utf8' }));
  const [owner, group] = [id('-u', OWNER), id('-g', GROUP)];
  const make = (name: string, mode: number, uid: number, gid: number) => {
    const made = path.join(folder, name);
    mkdirSync(made);
    chownSync(made, uid, gid);
    chmodSync(made, mode);
  };
  chmodSync(folder, 0o755);
  for (const name of ['conf', 'spool', 'spool/pid']) make(name, 0o755, 0, 0);
  make('state', 0o700, owner, 0);
  for (const name of QUEUES) make(`spool/${name}`, 0o700, owner, 0);
  make('spool/maildrop', 0o730, owner, group);
  make('spool/public', 0o710, owner, group);
}

function filesIn(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
  } catch {
    // A queue's subfolder went while it was read.
    return statSync(folder, { throwIfNoEntry: false }) ? filesIn(folder) : 0;
  }
}

function cpuOfGroup(group: number): number {
  const ticks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
        // Its own time and that of the children it has waited for, in user and system mode.
        return Number(fields[2]) === group ? [11, 12, 13, 14].reduce((sum, n) => sum + Number(fields[n]), 0) : 0;
      } catch {
        return 0;
      }
    })
    .reduce((sum, n) => sum + n, 0);
  return ticks * 10_000;
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.on('error', () => end(false));
    socket.once('data', (bytes) => end(bytes.toString('latin1').startsWith('220')));
  });
}
