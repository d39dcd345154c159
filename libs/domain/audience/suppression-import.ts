import type { Readable } from 'node:stream';
import type { ActorContext } from '#base/kernel';
import { suppressionRows } from './suppression-file.js';
import { findSuppressionKey } from './suppression-key.js';
import type { SuppressionReason, SuppressionScope } from './suppression.entity.js';
import type { SuppressionService } from './suppression.service.js';
import type { NewSuppression } from './suppression.types.js';

export interface SuppressionImport {
  readonly added: number;
  /** Suppressed before, or twice in the file. */
  readonly existing: number;
  /** Rows of an export that are no suppressions: subscribers who are not blocklisted. */
  readonly skipped: number;
  /** At most the first 1,000 rows that are neither an address, nor a domain, nor a pattern. */
  readonly rejected: readonly { readonly line: number; readonly text: string }[];
  readonly rejectedTotal: number;
}

export interface SuppressionImportOptions {
  /** For rows that give none; `manual` unless said. */
  readonly reason?: SuppressionReason | undefined;
  /** For rows that give none; what the reason suggests unless said. */
  readonly scope?: SuppressionScope | undefined;
}

const BATCH = 5_000;
const SHOWN_REJECTIONS = 1_000;

/** Suppresses everyone in a file. Each batch is committed on its own, so running again is harmless. */
export async function importSuppressions(
  suppressions: SuppressionService,
  context: ActorContext,
  source: Readable,
  options: SuppressionImportOptions = {},
): Promise<SuppressionImport> {
  const rejected: { line: number; text: string }[] = [];
  let [rejectedTotal, added, existing, skipped] = [0, 0, 0, 0];
  let batch: NewSuppression[] = [];
  const flush = async () => {
    const result = await suppressions.addMany(context, batch);
    added += result.added;
    existing += batch.length - result.added;
    batch = [];
  };
  for await (const row of suppressionRows(source)) {
    if ('isSkipped' in row) {
      skipped++;
      continue;
    }
    if (findSuppressionKey(row.address) === undefined) {
      rejectedTotal++;
      if (rejected.length < SHOWN_REJECTIONS) rejected.push({ line: row.line, text: row.address.slice(0, 200) });
      continue;
    }
    const { address, detail } = row;
    batch.push({ address, detail, reason: row.reason ?? options.reason ?? 'manual', scope: row.scope ?? options.scope, source: 'import' });
    if (batch.length >= BATCH) await flush();
  }
  if (batch.length > 0) await flush();
  return { added, existing, skipped, rejected, rejectedTotal };
}
