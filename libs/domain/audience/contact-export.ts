import type { DataSource } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import { BYTE_ORDER_MARK, csvLine } from './csv/write-csv.js';
import type { MembershipStatus } from './list-membership.entity.js';
import { ListService } from './list.service.js';

export interface ContactExportOptions {
  /** Members with this status; all of them unless given. */
  readonly status?: MembershipStatus;
}

interface ExportRow {
  readonly id: string;
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly language: string;
  readonly status: string;
  readonly attributes: Record<string, unknown>;
}

const PAGE = 5_000;
const MAX_ATTRIBUTE_COLUMNS = 900;

/**
 * The members of a list as CSV in UTF-8 with byte order mark, page by page in the order of their ids; every attribute that
 * one of them has is a column. Cells that a spreadsheet would compute are made harmless.
 * @throws ChaparError `list_not_found`
 */
export async function* exportContacts(
  dataSource: DataSource,
  context: ActorContext,
  listId: string,
  options: ContactExportOptions = {},
): AsyncGenerator<string, void, undefined> {
  const list = await new ListService(dataSource).get(context, listId);
  const names = await attributeNames(dataSource, context, list.id, options.status ?? null);
  yield BYTE_ORDER_MARK + csvLine(['email', 'first_name', 'last_name', 'language', 'list_status', ...names]);
  for (let after = '0'; ;) {
    const rows = (await dataSource.query(
      `SELECT c.id, c.email, c.first_name, c.last_name, c.language, m.status, c.attributes
       FROM list_memberships m JOIN contacts c ON c.id = m.contact_id
       WHERE m.list_id = $1 AND c.workspace_id = $2 AND m.contact_id > $3 AND ($4::text IS NULL OR m.status = $4) ORDER BY m.contact_id LIMIT ${PAGE}`,
      [list.id, context.workspaceId, after, options.status ?? null],
    )) as ExportRow[];
    if (rows.length > 0) yield rows.map((row) => exportLine(row, names)).join('');
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.id;
  }
}

function exportLine(row: ExportRow, names: readonly string[]): string {
  return csvLine([
    row.email,
    row.first_name,
    row.last_name,
    row.language,
    row.status,
    ...names.map((name) => cellOf(row.attributes, name)),
  ]);
}

function cellOf(attributes: Record<string, unknown>, name: string): string {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : null;
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

async function attributeNames(dataSource: DataSource, context: ActorContext, listId: string, status: string | null): Promise<string[]> {
  const rows = (await dataSource.query(
    `SELECT DISTINCT jsonb_object_keys(c.attributes) AS name FROM list_memberships m JOIN contacts c ON c.id = m.contact_id
     WHERE m.list_id = $1 AND c.workspace_id = $2 AND ($3::text IS NULL OR m.status = $3) ORDER BY name LIMIT ${MAX_ATTRIBUTE_COLUMNS}`,
    [listId, context.workspaceId, status],
  )) as { name: string }[];
  return rows.map((row) => row.name);
}
