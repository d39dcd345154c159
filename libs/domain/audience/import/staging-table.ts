import { once } from 'node:events';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { EntityManager } from 'typeorm';
import type { ContactRow } from './contact-row.js';

/**
 * Where a file is collected before any contact is touched: unlogged, because the file can be read again, and outside the
 * migrations, because it lives only as long as its import.
 */
export function stagingTable(importId: string): string {
  return `import_rows_${importId.replaceAll('-', '')}`;
}

export async function createStaging(manager: EntityManager, table: string): Promise<void> {
  await manager.query(`DROP TABLE IF EXISTS ${table}`);
  await manager.query(
    `CREATE UNLOGGED TABLE ${table} (line bigint NOT NULL, email text NOT NULL, email_key text NOT NULL, first_name text NOT NULL,
       last_name text NOT NULL, language text NOT NULL, attributes jsonb NOT NULL) WITH (autovacuum_enabled = off)`,
  );
}

export async function dropStaging(manager: Pick<EntityManager, 'query'>, table: string): Promise<void> {
  await manager.query(`DROP TABLE IF EXISTS ${table}`);
}

/** Rows in the table, or undefined when there is none. */
export async function stagedRows(manager: Pick<EntityManager, 'query'>, table: string): Promise<number | undefined> {
  const [found] = (await manager.query('SELECT to_regclass($1) IS NOT NULL AS exists', [table])) as { exists: boolean }[];
  if (!found!.exists) return undefined;
  const [row] = (await manager.query(`SELECT count(*)::int AS staged FROM ${table}`)) as { staged: number }[];
  return row!.staged;
}

/** Writes rows through COPY, on the connection (and in the transaction) of the caller. */
export async function copyRows(client: ClientBase, table: string, rows: Iterable<ContactRow>): Promise<void> {
  const stream = client.query(copyFrom(`COPY ${table} (line, email, email_key, first_name, last_name, language, attributes) FROM STDIN`));
  const done = once(stream, 'finish');
  let buffer = '';
  for (const row of rows) {
    buffer += copyLine(row);
    if (buffer.length > 256 * 1024) {
      if (!stream.write(buffer)) await Promise.race([once(stream, 'drain'), done]);
      buffer = '';
    }
  }
  stream.end(buffer);
  await done;
}

/** A line of COPY's text format. */
export function copyLine(row: ContactRow): string {
  return `${row.line}\t${escape(row.email)}\t${escape(row.emailKey)}\t${escape(row.firstName)}\t${escape(row.lastName)}\t${escape(row.language)}\t${escape(JSON.stringify(row.attributes))}\n`;
}

const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function escape(value: string): string {
  return SPECIAL.test(value) ? value.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!) : value;
}

/**
 * Folds rows of the same address into the last of them: what a later row says wins, what it leaves empty stays.
 * The reader has folded the rows of one chunk already, so an address is here at most once per chunk.
 * @returns how many rows went away
 */
export async function foldDuplicates(manager: EntityManager, table: string): Promise<number> {
  const last = (column: string) => `coalesce((array_agg(${column} ORDER BY line DESC) FILTER (WHERE ${column} <> ''))[1], '') AS ${column}`;
  // Room for the keys of some million addresses, so that finding the ones that come twice need not sort on disk.
  await manager.query(`SET LOCAL work_mem = '128MB'`);
  await manager.query(
    `CREATE TEMP TABLE folded ON COMMIT DROP AS
     WITH copies AS (SELECT * FROM ${table} WHERE email_key IN (SELECT email_key FROM ${table} GROUP BY email_key HAVING count(*) > 1)),
       merged AS (SELECT copies.email_key, jsonb_object_agg(key, value ORDER BY line) AS attributes
         FROM copies, jsonb_each(copies.attributes) GROUP BY copies.email_key)
     SELECT max(line) AS line, (array_agg(email ORDER BY line DESC))[1] AS email, email_key, ${last('first_name')}, ${last('last_name')},
       ${last('language')}, coalesce((array_agg(merged.attributes))[1], '{}') AS attributes, count(*)::int AS copies
     FROM copies LEFT JOIN merged USING (email_key) GROUP BY email_key`,
  );
  const [row] = (await manager.query('SELECT coalesce(sum(copies) - count(*), 0)::int AS duplicates FROM folded')) as {
    duplicates: number;
  }[];
  if (row!.duplicates > 0) {
    await manager.query(`DELETE FROM ${table} USING folded WHERE ${table}.email_key = folded.email_key`);
    await manager.query(`INSERT INTO ${table} SELECT line, email, email_key, first_name, last_name, language, attributes FROM folded`);
  }
  await manager.query(`CREATE UNIQUE INDEX ON ${table} (line)`);
  await manager.query(`ANALYZE ${table}`);
  return row!.duplicates;
}
