import type { Client } from 'pg';
import type { SequenceFacts, TableFacts } from './manifest.js';

interface RelationRow {
  readonly name: string;
  readonly columns: string[];
  readonly parent: string | null;
  readonly bound: string | null;
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const columnList = (columns: readonly string[]): string => columns.map(quoteName).join(', ');

/** How values are written as text decides what checksums are of. */
export async function fixTextForms(client: Client): Promise<void> {
  await client.query(
    `SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex'; SET extra_float_digits = 1`,
  );
}

/** Tables and partitions that hold rows, each after those it refers to. */
export async function listTables(client: Client): Promise<Omit<TableFacts, 'rows' | 'checksum'>[]> {
  const { rows } = await client.query<RelationRow>(
    `SELECT c.relname AS name, parent.relname AS parent, pg_get_expr(c.relpartbound, c.oid) AS bound,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns
     FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid LEFT JOIN pg_class parent ON parent.oid = i.inhparent
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p' AND c.relname <> 'chapar_migrations'
     ORDER BY c.relname`,
  );
  const { rows: references } = await client.query<{ child: string; parent: string }>(
    `SELECT child.relname AS child, parent.relname AS parent FROM pg_constraint k
     JOIN pg_class child ON child.oid = k.conrelid JOIN pg_class parent ON parent.oid = k.confrelid
     WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace AND k.conrelid <> k.confrelid`,
  );
  const tables = rows.map(({ name, columns, parent, bound }) => ({
    name,
    columns,
    ...(parent !== null && bound !== null && { partition: { parent, bound } }),
  }));
  return inOrderOfReference(tables, references);
}

function inOrderOfReference<T extends { readonly name: string }>(
  tables: readonly T[],
  references: readonly { child: string; parent: string }[],
): T[] {
  const parentsOf = Map.groupBy(references, ({ child }) => child);
  const ordered = new Set<T>();
  const byName = new Map(tables.map((table) => [table.name, table]));
  const visit = (table: T, path: readonly string[]): void => {
    if (ordered.has(table) || path.includes(table.name)) return;
    for (const { parent } of parentsOf.get(table.name) ?? []) {
      const known = byName.get(parent);
      if (known) visit(known, [...path, table.name]);
    }
    ordered.add(table);
  };
  for (const table of tables) visit(table, []);
  return [...ordered];
}

/** Rows and checksum of one table as the client's transaction sees it. */
export async function checksumOf(client: Client, name: string, columns: readonly string[]): Promise<Pick<TableFacts, 'rows' | 'checksum'>> {
  const { rows } = await client.query<{ rows: string; checksum: string }>(
    `SELECT count(*)::text AS rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text AS checksum
     FROM (SELECT ${columnList(columns)} FROM ONLY ${quoteName(name)}) AS t`,
  );
  return rows[0]!;
}

export const copyOutOf = (name: string, columns: readonly string[]): string =>
  `COPY (SELECT ${columnList(columns)} FROM ONLY ${quoteName(name)}) TO STDOUT`;
export const copyInto = (name: string, columns: readonly string[]): string => `COPY ${quoteName(name)} (${columnList(columns)}) FROM STDIN`;

export async function readSequences(client: Client): Promise<SequenceFacts[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' ORDER BY relname`,
  );
  const facts: SequenceFacts[] = [];
  for (const { name } of rows) {
    const { rows: values } = await client.query<{ last_value: string; is_called: boolean }>(
      `SELECT last_value, is_called FROM ${quoteName(name)}`,
    );
    facts.push({ name, lastValue: values[0]!.last_value, isCalled: values[0]!.is_called });
  }
  return facts;
}
