import type { Readable } from 'node:stream';
import * as z from 'zod';

/** What the caller may choose. `mapping` goes from a column's name in the file to a field, an attribute's name, or `ignore`. */
export const importOptionsSchema = z.strictObject({
  /** A label of the WHATWG Encoding Standard, such as `windows-1256`. A byte order mark in the file wins. */
  encoding: z.string().min(1).max(40).optional(),
  delimiter: z.enum([',', ';', '\t', '|']).optional(),
  mapping: z.record(z.string(), z.string().min(1).max(100)).optional(),
  /** `skip` leaves the values of a contact that exists as they are; it still joins the list. */
  onDuplicate: z.enum(['update', 'skip']).default('update'),
  /** Subscribes again who unsubscribed from the list. */
  resubscribe: z.boolean().default(false),
  /** Status of new members. Default: `subscribed`, or `unconfirmed` on a double opt-in list. */
  status: z.enum(['subscribed', 'unconfirmed']).optional(),
});
export type ImportOptions = z.input<typeof importOptionsSchema>;

/** One column of the file and the contact field that it fills. */
export interface ImportColumn {
  readonly header: string;
  readonly target:
    | { readonly kind: 'email' | 'first_name' | 'last_name' | 'language' | 'json' | 'ignore' }
    | { readonly kind: 'attribute'; readonly name: string };
}

/** The caller's options with what was found in the file, so that a run that is resumed reads it the same way. */
export interface StoredImportOptions {
  readonly encoding: string;
  readonly delimiter: string;
  readonly columns: readonly ImportColumn[];
  /** Where the first record after the header starts. */
  readonly dataOffset: number;
  readonly dataLine: number;
  readonly onDuplicate: 'update' | 'skip';
  readonly resubscribe: boolean;
  readonly status?: 'subscribed' | 'unconfirmed';
}

export type ImportStatus = 'waiting' | 'running' | 'finished' | 'failed' | 'cancelled';

/**
 * How far a run has come, written in the transaction of each chunk. First the whole file is read into a staging table
 * (`reading`), so that a file which turns out unusable changes nothing; then it is merged in chunks (`merging`).
 */
export interface ImportCheckpoint {
  readonly phase: 'reading' | 'merging';
  /** Byte of the staged file, and its physical line, at which the next record starts. */
  readonly byteOffset: number;
  readonly line: number;
  /** Rows in the staging table. It is unlogged: after a crash of PostgreSQL it is empty, and is filled again. */
  readonly staged: number;
  readonly errorBytes: number;
  /** The line up to which staged rows have been merged, and how many rows that were. */
  readonly mergedLine: number;
  readonly merged: number;
  readonly unchanged: number;
  readonly suppressed: number;
  readonly subscribed: number;
  readonly keptUnsubscribed: number;
}

/** An import as callers see it. rowsRead = created + updated + unchanged + duplicate + rejected when it has finished. */
export interface ContactImport {
  readonly id: string;
  readonly listId: string | null;
  readonly fileName: string;
  readonly status: ImportStatus;
  readonly encoding: string;
  readonly delimiter: string;
  readonly columns: readonly { readonly column: string; readonly field: string }[];
  readonly onDuplicate: 'update' | 'skip';
  readonly resubscribe: boolean;
  /** 0 to 1 */
  readonly progress: number;
  readonly bytesTotal: number;
  readonly bytesDone: number;
  readonly rowsRead: number;
  readonly rowsCreated: number;
  readonly rowsUpdated: number;
  /** Rows whose contact existed and was left as it was, by option or because nothing differed. */
  readonly rowsUnchanged: number;
  /** Rows whose address came again later in the file: their values were merged, later ones winning. */
  readonly rowsDuplicate: number;
  readonly rowsRejected: number;
  /** Contacts of the file who joined the list, or came back to it. */
  readonly subscribed: number;
  /** Contacts who had unsubscribed from the list and stay so. */
  readonly keptUnsubscribed: number;
  /** Contacts who were imported but are suppressed: nothing is sent to them. */
  readonly suppressed: number;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly hasErrorFile: boolean;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}

export interface NewImport {
  /** A file on disk (left as it is), or a stream such as an upload's. */
  readonly source: { readonly path: string } | { readonly stream: Readable };
  readonly fileName: string;
  readonly listId: string;
  readonly options?: ImportOptions;
}

export interface RunOptions {
  /** Stops between two chunks; the next run continues there. */
  readonly signal?: AbortSignal;
  /** Called after each committed chunk. */
  readonly onProgress?: (progress: ContactImport) => void;
  /** Rows per transaction. */
  readonly chunkRows?: number;
}
