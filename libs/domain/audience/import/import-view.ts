import { fieldName } from '../csv/column-names.js';
import type { ContactImportEntity } from './contact-import.entity.js';
import type { ContactImport, ImportCheckpoint } from './import.types.js';

/** Reading a row is about a quarter of the work that merging it is. */
const READING_SHARE = 0.2;

export function importView(row: ContactImportEntity): ContactImport {
  const checkpoint: Partial<ImportCheckpoint> = row.checkpoint;
  return {
    id: row.id,
    listId: row.listId,
    fileName: row.fileName,
    status: row.status,
    encoding: row.options.encoding,
    delimiter: row.options.delimiter,
    columns: row.options.columns.map(({ header, target }) => ({ column: header, field: fieldName(target) })),
    onDuplicate: row.options.onDuplicate,
    resubscribe: row.options.resubscribe,
    progress: progressOf(row),
    bytesTotal: Number(row.bytesTotal),
    bytesDone: Number(row.bytesDone),
    rowsRead: Number(row.rowsRead),
    rowsCreated: Number(row.rowsCreated),
    rowsUpdated: Number(row.rowsUpdated),
    rowsUnchanged: checkpoint.unchanged ?? 0,
    rowsDuplicate: Number(row.rowsDuplicate),
    rowsRejected: Number(row.rowsRejected),
    subscribed: checkpoint.subscribed ?? 0,
    keptUnsubscribed: checkpoint.keptUnsubscribed ?? 0,
    suppressed: checkpoint.suppressed ?? 0,
    errorCode: row.errorCode,
    errorMessage: row.errorMessage,
    hasErrorFile: row.errorFile !== null,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
  };
}

function progressOf(row: ContactImportEntity): number {
  if (row.status === 'finished') return 1;
  const { phase, merged = 0, staged = 0 } = row.checkpoint;
  if (phase === 'merging') return READING_SHARE + (1 - READING_SHARE) * (merged / Math.max(1, staged));
  return READING_SHARE * (Number(row.bytesDone) / Math.max(1, Number(row.bytesTotal)));
}
