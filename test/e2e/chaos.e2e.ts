import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** The short version of `npm run chaos -- mta`; the long one is a command of its own. */
it('mail that is sent while the MTA and PostgreSQL are killed is all accounted for', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, 'dist', 'test', 'chaos', 'mta.chaos.js'), '--messages', '800', '--kills', '6'],
    { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } },
  );
  expect(status, `${stdout}\n${stderr}`).toBe(0);
  expect(stdout).toMatch(/800 recipients: \d+ delivered/);
});
