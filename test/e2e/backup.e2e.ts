import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Installation } from './support/installation.js';

let lost: Installation;
let empty: Installation;
let folder: string;
let key: string;
let login: { email: string; password: string };

const signIn = async ({ url }: Installation) => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/session`, { method: 'POST', headers, body: JSON.stringify(login) });
  return response.status;
};

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-e2e-backup-'));
  key = path.join(folder, 'recovery-key');
  lost = await Installation.create({ CHAPAR_BACKUP_DIR: path.join(folder, 'backups') });
  empty = await Installation.create({ CHAPAR_BACKUP_DIR: path.join(folder, 'backups') });
});

afterAll(async () => {
  await Promise.all([lost.dispose(), empty.dispose()]);
  rmSync(folder, { recursive: true, force: true });
});

describe('from an empty machine', () => {
  it('a backup is made while the product runs, and says where its key is', async () => {
    const run = await lost.start('api,mailbox').ready();
    login = run.login()!;
    const file = path.join(folder, 'people.csv');
    writeFileSync(file, 'email,first_name\nada@example.org,Ada\nzahra@example.org,زهرا\n');
    expect(lost.command(['contacts', 'import', file, '--list', 'Readers']).code).toBe(0);
    const made = lost.command(['backup', 'create']);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('Keep a copy elsewhere') });
    writeFileSync(key, readFileSync(path.join(lost.dataDir, 'secrets', 'backup-identity')));
    await run.stop();
  });

  it('verify and drill say that it could be restored', () => {
    expect(JSON.parse(lost.command(['backup', 'verify', '--json']).stdout)).toMatchObject({ ok: true });
    const drill = lost.command(['backup', 'drill', '--json']);
    expect(drill).toMatchObject({ code: 0 });
    expect(JSON.parse(drill.stdout)).toMatchObject({ ok: true, rows: expect.any(Number) });
  });

  it('nothing is restored without the key, nor over what is there', () => {
    const keyless = empty.command(['backup', 'restore', '--json']);
    expect(JSON.parse(keyless.stderr)).toMatchObject({ error: { code: 'backup_key_missing' } });
    const over = lost.command(['backup', 'restore', '--identity-file', key, '--json']);
    expect(JSON.parse(over.stderr)).toMatchObject({ error: { code: 'backup_target_not_empty' } });
  });

  it('it becomes the machine that was lost, with all waiting mail held', async () => {
    const restored = empty.command(['backup', 'restore', '--identity-file', key]);
    expect(restored).toMatchObject({ code: 0, stdout: expect.stringContaining('All waiting mail is held') });
    const orders = JSON.parse(empty.command(['queue', 'list', '--json']).stdout) as { orders: { reason: string }[] };
    expect(orders.orders).toMatchObject([{ reason: expect.stringContaining('restored from the backup') }]);
    const run = await empty.start('api,mailbox').ready();
    expect(run.login()).toBeUndefined();
    expect(await signIn(empty)).toBe(204);
    expect(empty.command(['audit', 'verify']).code).toBe(0);
    const again = empty.command(['backup', 'create', '--keep', '1', '--json']);
    expect(again.code).toBe(0);
    await run.stop();
  });
});
