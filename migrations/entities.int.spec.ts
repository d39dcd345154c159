import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataSource } from 'typeorm';
import { accountsEntities } from '#domain/accounts';
import { audienceEntities } from '#domain/audience';
import { campaignsEntities } from '#domain/campaigns';
import { deliverabilityEntities } from '#domain/deliverability';
import { feedbackEntities } from '#domain/feedback';
import { filteringEntities } from '#domain/filtering';
import { mailstoreEntities } from '#domain/mailstore';
import { messagesEntities } from '#domain/messages';
import { sendingEntities } from '#domain/sending';
import { templatesEntities } from '#domain/templates';
import { trackingEntities } from '#domain/tracking';
import { webhooksEntities } from '#domain/webhooks';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';

const entities = [
  ...accountsEntities,
  ...audienceEntities,
  ...campaignsEntities,
  ...deliverabilityEntities,
  ...feedbackEntities,
  ...filteringEntities,
  ...mailstoreEntities,
  ...messagesEntities,
  ...sendingEntities,
  ...templatesEntities,
  ...trackingEntities,
  ...webhooksEntities,
];
/** Tables that no entity describes: they are written and read by SQL alone. */
const plainTables = ['outbox', 'audit_entries', 'egress_streams'];

let database: TestDatabase;
let source: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({ entities });
});

afterAll(() => database.drop());

const plain = (sql: string) =>
  sql
    .replaceAll('"', '')
    .replace(/ ON (DELETE|UPDATE) NO ACTION/g, '')
    .replace(/\s+\(/g, ' (')
    .replace(/(REFERENCES \S+)\s*\(/, '$1 (');

/** Every constraint that the entities want to see renamed, by table and definition: names alone are no drift. */
async function definitionOf(drop: string): Promise<string> {
  const [, table, name] = /^ALTER TABLE "(\w+)" DROP CONSTRAINT "(\w+)"$/.exec(drop)!;
  const [row] = (await source.query(
    `SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conrelid = $1::regclass AND conname = $2`,
    [table, name],
  )) as { definition: string }[];
  return `${table}: ${plain(row!.definition)}`;
}

describe('the entities and the migrations', () => {
  it('say the same of every table, column, default, index and constraint', async () => {
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    const statements = upQueries.map(({ query }) => query);
    const drops = statements.filter((sql) => / DROP CONSTRAINT "/.test(sql));
    const adds = statements.filter((sql) => / ADD CONSTRAINT "/.test(sql));
    expect(statements.filter((sql) => !drops.includes(sql) && !adds.includes(sql))).toEqual([]);
    const added = adds.map((sql) =>
      sql.replace(/^ALTER TABLE "(\w+)" ADD CONSTRAINT "\w+" (.*)$/, (_, table, rest) => `${table}: ${plain(rest as string)}`),
    );
    expect(added.sort()).toEqual((await Promise.all(drops.map(definitionOf))).sort());
  });

  it('know the same tables', async () => {
    const rows = (await source.query(
      `SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
       WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'chapar_migrations'`,
    )) as { relname: string }[];
    const described = source.entityMetadatas.map(({ tableName }) => tableName);
    expect(rows.map(({ relname }) => relname).sort()).toEqual([...described, ...plainTables].sort());
  });

  it('a column that only an entity has is found', async () => {
    await source.query('ALTER TABLE lists DROP COLUMN description');
    const { upQueries } = await source.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toContainEqual(expect.stringMatching(/ADD "description"/));
  });
});
