/**
 * Ids of rows that exist by the million (deliveries, attempts, events) carry their second in the high 32 bits
 * and a shared sequence in the low 31: `id = epochSeconds << 31 | nextval % 2^31`. So a table partitioned by id
 * is partitioned by time, its primary key is the id alone, and a look-up by id touches one partition.
 * Good until the year 2106. The SQL twin is the function `chapar_row_id()` in the first migration.
 */
const SEQUENCE_BITS = 31n;

/** A row id as decimal text: it does not fit a JavaScript number, and pg returns bigint as text. */
export type RowId = string;

/** The smallest id a row written at `at` can have: the border of a partition, or of a time filter. */
export function firstRowIdAt(at: Date): RowId {
  return (BigInt(Math.floor(at.getTime() / 1000)) << SEQUENCE_BITS).toString();
}

/** When a row was written, to the second. */
export function rowIdTime(id: RowId): Date {
  return new Date(Number(BigInt(id) >> SEQUENCE_BITS) * 1000);
}

/** Whether a text that came from outside can be a row id at all. */
export function isRowId(text: string): text is RowId {
  return /^\d{1,19}$/.test(text) && BigInt(text) < 1n << 63n;
}
