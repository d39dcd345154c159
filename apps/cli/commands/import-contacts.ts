import { createReadStream } from 'node:fs';
import path from 'node:path';
import { parse } from 'csv-parse';
import type { ActorContext } from '#base/kernel';
import { type ContactImport, ImportService, ListService } from '#domain/audience';
import { withDatabase } from '../command-context.js';
import { requireReadable } from '../input-file.js';
import { ProgressBar } from '../progress-bar.js';

export interface ImportOptions {
  readonly list: string;
  readonly encoding?: string;
  readonly delimiter?: ',' | ';' | '\t' | '|';
  readonly onDuplicate?: 'update' | 'skip';
  readonly resubscribe?: boolean;
  readonly json?: boolean;
}

export interface RefusedRows {
  /** CSV of the refused rows, with line and reason. */
  readonly path: string;
  /** The first few. */
  readonly examples: readonly { readonly line: string; readonly reason: string }[];
}

const EXAMPLES = 5;

/** Imports with a progress bar on a terminal. A file that cannot be imported leaves no list behind. */
export async function importContacts(file: string, options: ImportOptions): Promise<{ result: ContactImport; refused?: RefusedRows }> {
  await requireReadable(file);
  return withDatabase('contacts import', async ({ dataSource, config, workspace }) => {
    const context = await workspace();
    const lists = new ListService(dataSource);
    const known = await lists.findByName(context, options.list);
    const list = known ?? (await lists.create(context, { name: options.list }));
    const imports = new ImportService(dataSource, { dataDir: config.dataDir });
    const { id } = await imports
      .create(context, {
        source: { path: path.resolve(file) },
        fileName: path.basename(file),
        listId: list.id,
        options: {
          ...(options.encoding ? { encoding: options.encoding } : {}),
          ...(options.delimiter ? { delimiter: options.delimiter } : {}),
          ...(options.onDuplicate ? { onDuplicate: options.onDuplicate } : {}),
          resubscribe: options.resubscribe ?? false,
        },
      })
      .catch(async (error: unknown) => {
        if (!known) await lists.delete(context, list.id);
        throw error;
      });
    const result = await runImport(imports, id, options.json ?? false);
    const refused = await readRefused(imports, context, id);
    return { result, ...(refused && { refused }) };
  });
}

async function runImport(imports: ImportService, id: string, isJson: boolean): Promise<ContactImport> {
  if (isJson || !process.stderr.isTTY) return imports.run(id);
  const bar = new ProgressBar('Importing', process.stderr);
  const result = await imports.run(id, {
    onProgress: ({ bytesDone, bytesTotal, rowsRead }) => bar.update(bytesDone, bytesTotal, `${rowsRead} rows`),
  });
  bar.finish(1, 1, `${result.rowsRead} rows`);
  return result;
}

async function readRefused(imports: ImportService, context: ActorContext, id: string): Promise<RefusedRows | undefined> {
  const file = await imports.findErrorFile(context, id);
  if (!file) return undefined;
  const rows = createReadStream(file.path).pipe(parse({ bom: true, fromLine: 2, toLine: EXAMPLES + 1, relaxColumnCount: true }));
  const examples: { line: string; reason: string }[] = [];
  for await (const [line, reason] of rows as AsyncIterable<string[]>)
    if (line && reason && examples.length < EXAMPLES) examples.push({ line, reason });
  return { path: file.path, examples };
}
