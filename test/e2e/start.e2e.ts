import { chmodSync, existsSync, lstatSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Installation, isAlive, until } from './support/installation.js';

const ROLES = 'api,worker,mailbox';
let installation: Installation;

beforeEach(async () => {
  installation = await Installation.create();
});

afterEach(() => installation.dispose());

const answers = (address: string) =>
  fetch(`${installation.url}${address}`).then(
    (response) => response.ok,
    () => false,
  );

async function signIn(login: { email: string; password: string }): Promise<number> {
  const response = await fetch(`${installation.url}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(login),
  });
  return response.status;
}

describe('a start', () => {
  it('prints the address and a login that works, and the next one keeps the data and shows no password', async () => {
    const first = await installation.start(ROLES, { viaLauncher: true }).ready();
    expect(first.output).toContain(`http://localhost:${new URL(installation.url).port}`);
    const login = first.login()!;
    expect(await signIn(login)).toBeLessThan(300);
    expect(await first.stop()).toBe(0);
    const second = await installation.start(ROLES).ready();
    expect(second.login()).toBeUndefined();
    expect(await signIn(login)).toBeLessThan(300);
  });

  it('writes nothing that others on the machine can read', async () => {
    await installation.start(ROLES).ready();
    const all = readdirSync(installation.dataDir, { recursive: true, encoding: 'utf8' }).filter((name) => !name.startsWith('postgres/'));
    const files = all.filter((name) => lstatSync(path.join(installation.dataDir, name)).isFile());
    expect(files).toContain(path.join('logs', 'postgres.log'));
    // A certificate is for everybody.
    const open = files.filter((name) => (lstatSync(path.join(installation.dataDir, name)).mode & 0o077) !== 0 && !name.endsWith('.crt'));
    expect(open).toEqual([]);
  });

  it('ends with everything it started on Ctrl-C, and leaves no lock', async () => {
    const run = await installation.start(ROLES).ready();
    const pids = [...Object.values(installation.rolePids()), installation.postgres().pid];
    expect(await run.stop('SIGINT')).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(installation.isLocked).toBe(false);
  });

  it('treats one Ctrl-C that arrives three times as one', async () => {
    const run = await installation.start(ROLES).ready();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGINT'] as const) run.child.kill(signal);
    expect(await run.exit).toBe(0);
  });

  it('stops while it is still coming up', async () => {
    const run = await installation.start(ROLES).says(/Starting the database/);
    expect(await run.stop()).toBe(0);
    expect(installation.isLocked).toBe(false);
    await installation.start(ROLES).ready();
  });

  it('ends when its launcher is killed', async () => {
    const run = await installation.start(ROLES, { viaLauncher: true }).ready();
    const pids = Object.values(installation.rolePids());
    run.child.kill('SIGKILL');
    await until(
      () => !installation.isLocked && !pids.some(isAlive),
      () => 'something outlived the launcher',
    );
  });

  it('drains when npm itself is told to end, although npm tells only its shell', async () => {
    const run = await installation.start(ROLES, { viaNpm: true }).ready();
    const pids = Object.values(installation.rolePids());
    run.child.kill('SIGTERM');
    await until(
      () => !installation.isLocked && !pids.some(isAlive),
      () => 'something outlived npm',
    );
    expect(run.output).toContain('draining');
  });

  it('runs the roles that are asked for and no other', async () => {
    await installation.start('mailbox').ready();
    expect(Object.keys(installation.rolePids())).toEqual(['mailbox']);
  });
});

describe('a start that cannot be', () => {
  it('names the running instance that holds the data directory', async () => {
    const running = await installation.start(ROLES).ready();
    const second = installation.start(ROLES);
    expect(await second.exit).toBe(1);
    expect(second.output).toContain(`process ${running.child.pid}`);
    expect(second.output).toContain('CHAPAR_DATA_DIR');
    expect(await answers('/health/live')).toBe(true);
  });

  it('names each taken port, the setting that moves it and the process that has it', async () => {
    const server = createServer();
    const port = Number(new URL(installation.url).port);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const run = installation.start(ROLES);
    expect(await run.exit).toBe(1);
    expect(run.output).toMatch(new RegExp(`port ${port} \\(CHAPAR_HTTP_PORT, for the api role\\) is taken`));
    if (process.platform === 'linux') expect(run.output).toContain(`process ${process.pid}`);
    expect(installation.isLocked).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    await installation.start(ROLES).ready();
  });

  it('lists every bad setting at once and no secret', async () => {
    const run = installation.start(ROLES, {
      env: { CHAPAR_HTTP_PORT: 'abc', CHAPAR_DELIVERY: 'perhaps', DATABASE_URL: 'mysql://user:hunter2@db/x' },
    });
    expect(await run.exit).toBe(1);
    for (const setting of ['CHAPAR_HTTP_PORT', 'CHAPAR_DELIVERY', 'DATABASE_URL']) expect(run.output).toContain(setting);
    expect(run.output).not.toContain('hunter2');
  });

  it('says which folder it may not write, and what to do', async () => {
    const parent = mkdtempSync(path.join(os.tmpdir(), 'chapar-closed-'));
    chmodSync(parent, 0o555);
    // Root may write anywhere: then an ordinary account makes the attempt.
    const run = installation.start('mailbox', {
      env: { CHAPAR_DATA_DIR: path.join(parent, 'data') },
      ...(process.getuid?.() === 0 ? { uid: 65_534 } : {}),
    });
    expect(await run.exit).toBe(1);
    expect(run.output).toContain(path.join(parent, 'data'));
    expect(run.output).toContain('cannot be written');
    expect(run.output).toContain('set CHAPAR_DATA_DIR');
    expect(run.output).not.toContain('    at ');
    rmSync(parent, { recursive: true });
  });

  it('says that an external database does not answer, without its password', async () => {
    const run = installation.start('mailbox', { env: { DATABASE_URL: 'postgres://someone:hunter2@127.0.0.1:1/chapar' } });
    expect(await run.exit).toBe(1);
    expect(run.output).toContain('127.0.0.1:1/chapar does not answer');
    expect(run.output).not.toContain('hunter2');
  });
});

describe('after a crash', () => {
  it('a role that was killed comes back', async () => {
    const run = await installation.start(ROLES).ready();
    const { worker } = installation.rolePids();
    process.kill(worker!, 'SIGKILL');
    await run.says(/The worker role ended unexpectedly \(killed by SIGKILL\)/);
    await until(
      () => (installation.rolePids()['worker'] ?? worker) !== worker,
      () => 'the worker did not come back',
    );
    expect(await answers('/health/live')).toBe(true);
  });

  it('a PostgreSQL that was killed comes back under the same address, and the roles find it', async () => {
    const run = await installation.start(ROLES).ready();
    const login = run.login()!;
    const before = installation.postgres();
    process.kill(before.pid, 'SIGKILL');
    await run.says(/PostgreSQL runs again/);
    expect(installation.postgres().url).toBe(before.url);
    await until(
      async () => (await signIn(login)) < 300,
      () => `nobody can sign in:\n${run.output}`,
    );
  });

  it('a supervisor that was killed leaves nothing that the next start cannot take over', async () => {
    const killed = await installation.start(ROLES).ready();
    const login = killed.login()!;
    const pids = Object.values(installation.rolePids());
    killed.child.kill('SIGKILL');
    const next = await installation.start(ROLES).ready();
    expect(next.output).toContain(`The last run (process ${killed.child.pid}) was cut short`);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(await signIn(login)).toBeLessThan(300);
  });

  it('a lock whose process id now belongs to another program is taken over', async () => {
    writeFileSync(
      path.join(installation.dataDir, 'chapar.pid'),
      JSON.stringify({ pid: process.pid, marker: 'another time', purpose: 'start', children: [] }),
    );
    const run = await installation.start('mailbox').ready();
    expect(run.output).toContain('cut short');
  });

  it('a lock that a full disk left empty is taken over', async () => {
    writeFileSync(path.join(installation.dataDir, 'chapar.pid'), '');
    await installation.start('mailbox').ready();
  });

  it('a first start that was killed while it made the database is done again', async () => {
    const killed = installation.start(ROLES);
    await until(
      () => existsSync(installation.dataDir) && /Starting the database/.test(killed.output),
      () => killed.output,
    );
    killed.child.kill('SIGKILL');
    const next = await installation.start(ROLES).ready();
    expect(await signIn(next.login()!)).toBeLessThan(300);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'a link to a database that is still to be made is no obstacle; one to a lost database is said',
    async () => {
      const link = path.join(installation.dataDir, 'postgres');
      const elsewhere = mkdtempSync('/var/tmp/chapar-cluster-');
      chmodSync(elsewhere, 0o755);
      symlinkSync(path.join(elsewhere, 'postgres'), link);
      expect(await (await installation.start(ROLES).ready()).stop()).toBe(0);
      rmSync(elsewhere, { recursive: true });
      const run = installation.start(ROLES);
      expect(await run.exit).toBe(1);
      expect(run.output).toMatch(/leads to .*postgres, which is gone/);
      expect(run.output).toContain('restore a backup');
    },
  );

  it('a first start that was killed before it showed the login shows it the next time', async () => {
    const killed = await installation.start(ROLES).says(/Starting api/);
    killed.child.kill('SIGKILL');
    expect(killed.login()).toBeUndefined();
    const next = await installation.start(ROLES).ready();
    expect(await signIn(next.login()!)).toBeLessThan(300);
    expect(existsSync(path.join(installation.dataDir, 'secrets', 'first-admin.json'))).toBe(false);
  });
});

describe('commands', () => {
  it('work on the running instance, and start the database themselves when nothing runs', async () => {
    const run = await installation.start('mailbox').ready();
    const created = installation.command(['api-key', 'create', '--name', 'ci', '--scope', 'sending', '--json']);
    expect(created.code).toBe(0);
    expect(JSON.parse(created.stdout)).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), key: expect.stringMatching(/^ck_live_/) });
    await run.stop();
    const queue = installation.command(['queue', 'list', '--json']);
    expect(JSON.parse(queue.stdout)).toMatchObject({ waiting: 0, lanes: [] });
    const file = path.join(installation.dataDir, 'people.csv');
    writeFileSync(file, 'email,first_name\nada@example.org,Ada\nnot-an-address,Bob\n');
    const imported = installation.command(['contacts', 'import', file, '--list', 'Readers', '--json']);
    expect(JSON.parse(imported.stdout)).toMatchObject({ status: 'finished', rowsCreated: 1, rowsRejected: 1 });
    expect(installation.isLocked).toBe(false);
  });

  it('say what is wrong in plain words, with an exit code', () => {
    const misused = installation.command(['queue', 'lst']);
    expect(misused.code).toBe(2);
    const file = path.join(installation.dataDir, 'missing.csv');
    const invalid = installation.command(['config', 'check', '--json'], { CHAPAR_HTTP_PORT: 'x' });
    expect(invalid.code).toBe(1);
    expect(JSON.parse(invalid.stderr)).toMatchObject({ error: { code: 'configuration_invalid' } });
    expect(existsSync(file)).toBe(false);
  });

  it('print no secret', () => {
    const secret = 'postgres://user:hunter2@127.0.0.1/x';
    const printed = installation.command(['config', 'print', '--redact'], { DATABASE_URL: secret });
    expect(printed.stdout).toContain('DATABASE_URL');
    expect(printed.stdout).not.toContain('hunter2');
  });

  it('know their version', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(installation.command(['--version']).stdout.trim()).toBe(version);
  });
});
