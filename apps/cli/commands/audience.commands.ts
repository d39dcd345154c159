import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import type { ContactImport } from '#domain/audience';
import { print, table } from '../output.js';
import type { ImportOptions, RefusedRows } from './import-contacts.js';

/** Contacts and suppressions. */
export function registerAudienceCommands(program: Command): void {
  program
    .command('contacts')
    .description('contacts')
    .command('import <file>')
    .description('import contacts from a CSV file into a list, which is created if there is none of that name')
    .requiredOption('--list <name>', 'name of the list')
    .option('--encoding <name>', 'character set of the file; found out if not given')
    .addOption(new Option('--delimiter <character>', 'between columns; found out if not given').choices([',', ';', '\t', '|']))
    .addOption(new Option('--on-duplicate <what>', 'for contacts that exist').choices(['update', 'skip']))
    .option('--resubscribe', 'subscribe again who unsubscribed from this list')
    .option('--json', 'print JSON')
    .action(async (file: string, options: ImportOptions) => {
      const { importContacts } = await import('./import-contacts.js');
      const { result, refused } = await importContacts(file, options);
      print(result, options, () => describeImport(result, refused));
      if (result.status !== 'finished') process.exitCode = 1;
    });
  registerSuppressionCommands(program);
}

function describeImport(result: ContactImport, refused: RefusedRows | undefined): string {
  if (result.status === 'failed') return `The import failed: ${result.errorMessage}`;
  const { rowsRead, rowsCreated, rowsUpdated, rowsUnchanged, rowsDuplicate, rowsRejected } = result;
  const counts = `Read ${rowsRead} ${rowsRead === 1 ? 'row' : 'rows'}: ${rowsCreated} new contacts, ${rowsUpdated} updated, ${rowsUnchanged} unchanged, ${rowsDuplicate} duplicate rows, ${rowsRejected} refused.`;
  if (!refused) return counts;
  const more = rowsRejected > refused.examples.length ? [`  … and ${rowsRejected - refused.examples.length} more`] : [];
  return [
    counts,
    ...refused.examples.map(({ line, reason }) => `  line ${line}: ${reason}`),
    ...more,
    `The refused rows are in ${refused.path}: mend them there and import that file.`,
  ].join('\n');
}

function registerSuppressionCommands(program: Command): void {
  const suppression = program.command('suppression').description('addresses and domains that get no mail');
  suppression
    .command('add <address>')
    .description('suppress an address, or a whole domain as @example.org')
    .option('--note <text>', 'why', '')
    .option('--json', 'print JSON')
    .action(async (address: string, options: { note: string; json?: boolean }) => {
      const isNew = await withSuppressions('suppression add', ({ repository, context, dataSource }) =>
        repository.add(dataSource.manager, context, { address, reason: 'manual', detail: options.note }),
      );
      print({ address, added: isNew }, options, () => (isNew ? `${address} is suppressed.` : `${address} was suppressed before.`));
    });
  suppression
    .command('remove <address>')
    .description('let an address or @domain have mail again')
    .option('--json', 'print JSON')
    .action(async (address: string, options: { json?: boolean }) => {
      const removed = await withSuppressions('suppression remove', ({ repository, context }) => repository.remove(context, address));
      print({ address, removed }, options, () => (removed ? `${address} gets mail again.` : `${address} was not suppressed.`));
    });
  suppression
    .command('list')
    .description('list suppressions, the newest first')
    .option('--search <text>', 'only those that contain it')
    .option('--limit <number>', 'how many', Number, 100)
    .option('--cursor <cursor>', 'the next page, as printed by the one before')
    .option('--json', 'print JSON')
    .action(async (options: { search?: string; limit: number; cursor?: string; json?: boolean }) => {
      const { search, cursor, limit } = options;
      const page = await withSuppressions('suppression list', ({ repository, context }) =>
        repository.list(context, { limit, ...(search ? { search } : {}), ...(cursor ? { cursor } : {}) }),
      );
      const more = page.nextCursor === null ? '' : `\nMore: --cursor ${page.nextCursor}`;
      print(
        page,
        options,
        () =>
          table(
            ['address', 'reason', 'since', 'detail'],
            page.suppressions.map((one) => [one.address, one.reason, one.createdAt, one.detail]),
          ) + more,
      );
    });
  suppression
    .command('import <file>')
    .description('suppress every address of a file, one on each line (of a CSV the first column counts)')
    .option('--json', 'print JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      const result = await withSuppressions('suppression import', ({ repository, context }) =>
        repository.import(context, createInterface({ input: createReadStream(file) })),
      );
      print(result, options, () =>
        [
          `${result.added} added, ${result.existing} suppressed before, ${result.rejectedTotal} lines refused.`,
          ...result.rejected.slice(0, 20).map(({ line, text }) => `  line ${line}: ${text}`),
        ].join('\n'),
      );
      if (result.rejectedTotal > 0) process.exitCode = 1;
    });
}

interface SuppressionWork {
  readonly repository: import('#domain/audience').SuppressionRepository;
  readonly context: import('#base/kernel').ActorContext;
  readonly dataSource: import('typeorm').DataSource;
}

async function withSuppressions<T>(purpose: string, work: (parts: SuppressionWork) => Promise<T>): Promise<T> {
  const { withDatabase } = await import('../command-context.js');
  const { SuppressionRepository } = await import('#domain/audience');
  return withDatabase(purpose, async ({ dataSource, workspace }) =>
    work({ repository: new SuppressionRepository(dataSource), context: await workspace(), dataSource }),
  );
}
