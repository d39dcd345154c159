import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { migrations } from './index.js';

const here = new URL('.', import.meta.url);
const files = readdirSync(here).filter((name) => /^\d{4}-.*\.ts$/.test(name));
const frozen = JSON.parse(readFileSync(new URL('frozen.json', here), 'utf8')) as Readonly<Record<string, string>>;

/** The hash of what a migration does: its SQL, whatever the comments and the white space. */
async function hashOf(migration: MigrationInterface): Promise<string> {
  const hash = createHash('sha256');
  const query = async (sql: string) => void hash.update(`${sql.replace(/--.*$/gm, '').replace(/\s+/g, ' ').trim()}\0`);
  await migration.up({ query } as unknown as QueryRunner);
  return hash.digest('hex');
}

describe('migrations', () => {
  it('are all in the index, in the order of their files', () => {
    const byFile = files.map((file) =>
      file
        .slice(5, -3)
        .split('-')
        .map((word) => word[0]!.toUpperCase() + word.slice(1))
        .join(''),
    );
    expect(migrations.map(({ name }) => name.replace(/\d+$/, ''))).toEqual(byFile);
    const times = migrations.map(({ name }) => Number(/\d+$/.exec(name)?.[0]));
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  });

  it('have not changed since others may have run them', async () => {
    const hashes = await Promise.all(migrations.map(async (Migration, at) => [files[at]!, await hashOf(new Migration())] as const));
    // To change the schema, write the next migration. What is not in frozen.json has not been released, and is still open;
    // a release freezes it by adding its hash.
    const settled = hashes.slice(0, Object.keys(frozen).length);
    expect(settled.length).toBeGreaterThan(3);
    expect(frozen).toEqual(Object.fromEntries(settled));
  });

  it('go forward only', async () => {
    for (const Migration of migrations) await expect(new Migration().down()).rejects.toThrow('forward only');
  });

  it('show another hash when a word of their SQL changes, and none for a comment', async () => {
    const doing = (sql: string) => hashOf({ up: (runner) => runner.query(sql), down: () => Promise.resolve() });
    expect(await doing('CREATE TABLE a (b int)')).not.toBe(await doing('CREATE TABLE a (b bigint)'));
    expect(await doing('CREATE TABLE a (b int)')).toBe(await doing('-- why\n  CREATE TABLE a\n  (b int)'));
  });
});
