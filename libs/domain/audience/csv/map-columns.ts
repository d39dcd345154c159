import { audienceError } from '../audience.errors.js';
import type { ImportColumn } from '../import/import.types.js';
import { columnKey, fieldName, isUnusableName, targetOfColumn, targetOfField } from './column-names.js';
import { MAX_COLUMNS } from './csv-records.js';

/**
 * Decides what each column of a header fills.
 * @param mapping the caller's wishes by column name; the other columns are recognised by their names
 * @throws ChaparError `import_too_many_columns`, `import_column_refused`, `import_no_email_column`, `import_invalid`
 */
export function mapColumns(headers: readonly string[], mapping: Readonly<Record<string, string>> = {}): ImportColumn[] {
  if (headers.length > MAX_COLUMNS) {
    throw audienceError(
      'import_too_many_columns',
      `The file has ${headers.length} columns; ${MAX_COLUMNS} are possible. Nothing was imported.`,
    );
  }
  const wishes = readMapping(headers, mapping);
  const hasFirstName =
    headers.some((header) => targetOfColumn(header, true)?.kind === 'first_name') || Object.values(mapping).includes('first_name');
  const columns = headers.map((header): ImportColumn => {
    const wish = wishes.get(columnKey(header));
    if (wish?.target.kind === 'ignore' || header.trim() === '') return { header, target: { kind: 'ignore' } };
    if (isUnusableName(header) && !wish) throw refuseName(header);
    const target = wish?.target ?? targetOfColumn(header, hasFirstName);
    if (target === undefined) throw refuseName(header);
    return { header, target };
  });
  refuseCollisions(columns);
  if (!columns.some(({ target }) => target.kind === 'email')) throw noEmailColumn(headers);
  return columns;
}

function readMapping(headers: readonly string[], mapping: Readonly<Record<string, string>>): Map<string, ImportColumn> {
  const known = new Set(headers.map(columnKey));
  return new Map(
    Object.entries(mapping).map(([column, field]) => {
      if (!known.has(columnKey(column))) {
        throw audienceError('import_invalid', `The mapping names a column "${column}" that the file does not have.`, {
          suggestion: `Its columns are: ${listed(headers)}.`,
        });
      }
      const target = isUnusableName(field) ? undefined : targetOfField(field);
      if (target === undefined) throw refuseName(field);
      return [columnKey(column), { header: column, target }];
    }),
  );
}

function refuseCollisions(columns: readonly ImportColumn[]): void {
  const filled = new Map<string, string>();
  for (const { header, target } of columns) {
    if (target.kind === 'ignore') continue;
    const field = fieldName(target);
    const other = filled.get(field);
    if (other !== undefined) {
      throw audienceError(
        'import_column_refused',
        `The columns "${other}" and "${header}" would both fill ${field}. Nothing was imported.`,
        {
          details: [{ field: header, code: 'collision', message: `fills ${field} like "${other}"` }],
          suggestion: `Rename one of them, or map one of them to "ignore".`,
        },
      );
    }
    filled.set(field, header);
  }
}

function refuseName(header: string) {
  return audienceError('import_column_refused', `"${header}" cannot be the name of a contact field. Nothing was imported.`, {
    details: [{ field: header, code: 'name', message: 'cannot be the name of a contact field' }],
    suggestion: 'Rename the column, or map it to another name or to "ignore".',
  });
}

function noEmailColumn(headers: readonly string[]) {
  const looksLikeData = headers.some((header) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(header.trim()));
  return audienceError(
    'import_no_email_column',
    `No column holds e-mail addresses; the first line has: ${listed(headers)}. Nothing was imported.`,
    {
      details: headers.slice(0, 50).map((header) => ({ field: header, code: 'column', message: 'a column of the file' })),
      suggestion: looksLikeData
        ? 'The first line already holds an address: put a line with column names above it, such as email,first_name,last_name.'
        : 'Name the column with the addresses "email", or map it: {"Your column": "email"}.',
    },
  );
}

function listed(headers: readonly string[]): string {
  const shown = headers.slice(0, 30).map((header) => `"${header.slice(0, 60)}"`);
  return shown.join(', ') + (headers.length > shown.length ? ` and ${headers.length - shown.length} more` : '');
}
