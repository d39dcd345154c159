import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { firstRowIdAt, rowIdTime } from '#base/kernel';
import { migrations } from '#migrations';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { migrate } from './migrate.js';

let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ migrations });
});

afterAll(() => database.drop());

it('runs no migration twice', async () => {
  expect(await migrate(source)).toEqual([]);
});

it('refuses a database that a newer version has migrated', async () => {
  await source.query(`INSERT INTO chapar_migrations (timestamp, name) VALUES (9999999999999, 'FromTheFuture9999999999999')`);
  await expect(migrate(source)).rejects.toMatchObject({ code: 'schema_ahead' });
  await source.query(`DELETE FROM chapar_migrations WHERE timestamp = 9999999999999`);
});

it('gives row ids that carry their time, agreeing with the SQL function', async () => {
  const [row] = await source.query(
    `SELECT chapar_row_id()::text AS id, chapar_first_row_id('2026-11-23T10:00:00Z')::text AS first, now() AS now`,
  );
  expect(row.first).toBe(firstRowIdAt(new Date('2026-11-23T10:00:00Z')));
  expect(Math.abs(rowIdTime(row.id).getTime() - row.now.getTime())).toBeLessThan(5000);
});
