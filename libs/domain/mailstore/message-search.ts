import type { DataSource } from 'typeorm';
import type { RowId } from '#base/kernel';
import type { SearchKey, SequenceRange } from '#protocol/imap';
import { systemFlags } from './flags.js';
import { searchable } from './searchable.js';

/** What the session knows that the store does not: which UIDs its numbers mean. Ascending, disjoint. */
export interface SearchNumbers {
  sequence(set: Extract<SearchKey, { key: 'sequence' }>['set']): readonly SequenceRange[];
  uid(set: Extract<SearchKey, { key: 'uid' }>['set']): readonly SequenceRange[];
}

export interface FoundMessage {
  readonly uid: number;
  readonly modSeq: bigint;
}

const STATEMENT_MS = 30_000;
const dateColumn = {
  internal: `(internal_date AT TIME ZONE 'UTC')::date`,
  sent: 'sent_on',
  saved: `(saved_at AT TIME ZONE 'UTC')::date`,
} as const;
const dateOperator = { before: '<', on: '=', since: '>=' } as const;

/** SEARCH (RFC 9051 §6.4.4) as one statement. Texts match as substrings, in any case and in either spelling of Persian and Arabic letters. */
export class MessageSearch {
  constructor(private readonly dataSource: DataSource) {}

  /** Ascending by UID. @throws where the database takes longer than half a minute */
  async find(folderId: RowId, key: SearchKey, numbers: SearchNumbers): Promise<FoundMessage[]> {
    const values: unknown[] = [folderId];
    const condition = conditionOf(key, numbers, (value) => `$${values.push(value)}`);
    return this.dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL statement_timeout = ${STATEMENT_MS}`);
      const rows = (await manager.query(
        `SELECT uid, modseq AS "modSeq" FROM mail_messages WHERE folder_id = $1 AND (${condition}) ORDER BY uid`,
        values,
      )) as { uid: number; modSeq: string }[];
      return rows.map(({ uid, modSeq }) => ({ uid, modSeq: BigInt(modSeq) }));
    });
  }
}

type Parameter = (value: unknown) => string;

function conditionOf(key: SearchKey, numbers: SearchNumbers, parameter: Parameter): string {
  switch (key.key) {
    case 'all':
      return 'true';
    case 'and':
      return key.keys.length === 0 ? 'true' : key.keys.map((one) => `(${conditionOf(one, numbers, parameter)})`).join(' AND ');
    case 'or':
      return `(${conditionOf(key.left, numbers, parameter)}) OR (${conditionOf(key.right, numbers, parameter)})`;
    case 'not':
      // Unknown (a message without a date) is not the same as no.
      return `NOT coalesce((${conditionOf(key.inner, numbers, parameter)}), false)`;
    case 'sequence':
      return within(numbers.sequence(key.set), parameter);
    case 'uid':
      return within(numbers.uid(key.set), parameter);
    case 'flag':
      return flagCondition(key, parameter);
    case 'recent':
      // Nobody's messages are recent here: the flag cannot be told right to several sessions, and IMAP4rev2 has given it up.
      return key.isSet ? 'false' : 'true';
    case 'header':
      return headerCondition(key, parameter);
    case 'body':
      return contains('body_text', key.value, parameter);
    case 'text':
      return `${contains('header_text', key.value, parameter)} OR ${contains('body_text', key.value, parameter)}`;
    case 'date':
      return `${dateColumn[key.of]} ${dateOperator[key.relation]} ${parameter(key.date)}::date`;
    case 'save-date-supported':
      return 'true';
    case 'size':
      return `size_bytes ${key.relation === 'larger' ? '>' : '<'} ${parameter(key.bytes)}::bigint`;
    case 'age':
      return `internal_date ${key.relation === 'older' ? '<=' : '>='} now() - ${parameter(Math.min(key.seconds, 1e9))} * interval '1 second'`;
    case 'modseq':
      return `modseq >= ${parameter(key.from.toString())}::bigint`;
    case 'email-id':
      return `'M' || replace(email_id::text, '-', '') = ${parameter(key.id)}`;
    case 'thread-id':
      return 'false';
    default:
      return key satisfies never;
  }
}

function flagCondition({ flag, isSet }: Extract<SearchKey, { key: 'flag' }>, parameter: Parameter): string {
  const bit = systemFlags.findIndex((name) => name.toLowerCase() === flag.toLowerCase());
  const condition =
    bit >= 0 ? `flags & ${1 << bit} <> 0` : `EXISTS (SELECT FROM unnest(keywords) AS k WHERE lower(k) = ${parameter(flag.toLowerCase())})`;
  return isSet ? condition : `NOT (${condition})`;
}

/** The field's line begins with its name; an empty value asks whether there is one. */
function headerCondition({ name, value }: Extract<SearchKey, { key: 'header' }>, parameter: Parameter): string {
  const start = parameter(`${name.toLowerCase()}:`);
  return `EXISTS (SELECT FROM regexp_split_to_table(header_text, E'\\n') AS line WHERE starts_with(line, ${start}) AND position(${parameter(searchable(value))} IN substr(line, length(${start}) + 1)) > 0)`;
}

function contains(column: string, value: string, parameter: Parameter): string {
  return `position(${parameter(searchable(value))} IN ${column}) > 0`;
}

function within(ranges: readonly SequenceRange[], parameter: Parameter): string {
  if (ranges.length === 0) return 'false';
  const most = 0x7fff_ffff;
  const known = ranges.filter(([from]) => from <= most).map(([from, to]) => [from, Math.min(to, most)] as const);
  const from = parameter(known.map(([one]) => one));
  const to = parameter(known.map(([, one]) => one));
  return `EXISTS (SELECT FROM unnest(${from}::int[], ${to}::int[]) AS r (a, b) WHERE uid BETWEEN r.a AND r.b)`;
}
