import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataSource } from 'typeorm';
import { systemActor } from '#base/kernel';
import { ApiKeyService } from '#domain/accounts';
import { EmbeddedPostgres, migrate, openDataSource, removeDataDir } from '#platform/database';
import { findFreePorts } from '#platform/ports';
import { migrations } from '#migrations';
import { sendingDomain } from '../send/messages.js';
import { entities, prepareSender } from '../send/setup.js';

export interface BenchServer {
  readonly url: string;
  readonly key: string;
  /** Seconds of CPU that the process has used. */
  cpu(): number;
  stop(): Promise<void>;
}

export interface ApiBench {
  readonly source: DataSource;
  readonly databaseUrl: string;
  readonly folder: string;
  readonly workspaceId: string;
  /** `api`: the product's own role. `insert`: a bare Fastify route that writes one row for each request, as durable. */
  serve(kind: 'api' | 'insert', mailPort?: number): Promise<BenchServer>;
  /** The product's mx role, for submission over TLS from the first byte. */
  serveSubmission(): Promise<Omit<BenchServer, 'url'> & { readonly port: number }>;
  /** Seconds of CPU that PostgreSQL has used, all its processes together. */
  databaseCpu(): number;
}

/** A database of its own, with a workspace that may send, and servers in processes of their own. */
export async function withApi(name: string, work: (bench: ApiBench) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), `chapar-bench-${name}-`));
  const server = await EmbeddedPostgres.start({ dataDir: folder });
  const source = await openDataSource({ url: server.url, entities, migrations });
  try {
    await migrate(source);
    const { workspaceId } = await prepareSender(source);
    const keyFor = async (name: string) =>
      (await new ApiKeyService(source).create(systemActor(workspaceId, 'bench'), { name, scope: 'sending' })).key;
    await work({
      source,
      databaseUrl: server.url,
      folder,
      workspaceId,
      databaseCpu: () => cpuOfChildren(Number(readFileSync(path.join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])),
      async serve(kind, mailPort = 1) {
        const started = kind === 'api' ? await startApi(server.url, folder, mailPort) : await startInsert(server.url);
        return { url: started.url, key: await keyFor(kind), ...handles(started.child) };
      },
      async serveSubmission() {
        const { child, port } = await startSubmission(server.url, folder);
        return { port, key: await keyFor('submission'), ...handles(child) };
      },
    });
  } finally {
    await source.destroy();
    await server.stop();
    removeDataDir(folder);
  }
}

function handles(child: ChildProcess): Pick<BenchServer, 'cpu' | 'stop'> {
  return {
    cpu: () => cpuOf(child.pid!),
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

async function startApi(databaseUrl: string, folder: string, mailPort: number) {
  const port = await findFreePorts(1);
  const child = fork(fileURLToPath(new URL('../../apps/api/main.js', import.meta.url)), {
    execArgv: profiling('api'),
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      CHAPAR_DATA_DIR: path.join(folder, 'api'),
      CHAPAR_HTTP_PORT: String(port),
      CHAPAR_DELIVERY: 'live',
      CHAPAR_API_RATE: '1000000',
      CHAPAR_ROUTES: `*=127.0.0.1:${mailPort}`,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return { child, url: `http://127.0.0.1:${port}` };
}

async function startSubmission(databaseUrl: string, folder: string) {
  const first = await findFreePorts(3);
  const [mx, starttls, port] = [first, first + 1, first + 2];
  const child = fork(fileURLToPath(new URL('../../apps/mx/main.js', import.meta.url)), {
    execArgv: profiling('mx'),
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      CHAPAR_DATA_DIR: path.join(folder, 'mx'),
      CHAPAR_MX_PORT: String(mx),
      CHAPAR_SUBMISSION_PORT: String(starttls),
      CHAPAR_SUBMISSIONS_PORT: String(port),
      CHAPAR_DELIVERY: 'live',
      CHAPAR_API_RATE: '1000000',
      CHAPAR_ROUTES: '*=127.0.0.1:1',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return { child, port };
}

async function startInsert(databaseUrl: string) {
  const child = fork(fileURLToPath(new URL('./insert.process.js', import.meta.url)), [databaseUrl], { execArgv: profiling('insert') });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { child, url };
}

/** A receipt of some 2 KB, to somebody else each time. */
export function receipt(n: number): string {
  return JSON.stringify(receiptOf(n));
}

export function receiptOf(n: number) {
  return {
    from: `Shop <orders@${sendingDomain}>`,
    to: [`reader${n}@site${n % 20}.example`],
    subject: `Your order ${n}`,
    html: `<!doctype html><html><body><h1>Thank you</h1><p>Order ${n} is on its way.</p>${ROWS}<p><a href="https://shop.example/orders/${n}">See it</a></p></body></html>`,
    text: `Thank you\n\nOrder ${n} is on its way.\n\nhttps://shop.example/orders/${n}`,
    tags: [{ name: 'category', value: 'receipt' }],
  };
}

const ROWS = Array.from(
  { length: 10 },
  (_, i) => `<tr><td style="padding:8px">Article ${i}</td><td style="padding:8px">${i + 1} × €9.90</td></tr>`,
).join('\n');

/** `BENCH_CPU_PROF=api` leaves a CPU profile of the server in `chapar-prof` of the temporary directory. */
function profiling(kind: string): string[] {
  return process.env['BENCH_CPU_PROF'] === kind ? ['--cpu-prof', `--cpu-prof-dir=${path.join(os.tmpdir(), 'chapar-prof')}`] : [];
}

const TICKS_PER_SECOND = 100;

/** From /proc: user and system time of every process whose parent this is. */
function cpuOfChildren(parent: number): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && statOf(name)[1] === String(parent));
  return pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
}

function cpuOf(pid: number | string): number {
  const fields = statOf(pid);
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
}

/** Without the number and the name, which may hold anything; nothing of a process that has ended. */
function statOf(pid: number | string): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return [];
  }
}
