import { type Command, Option } from 'commander';
import type { ContactImport } from '#domain/audience';
import { print } from '../output.js';
import type { ImportOptions, RefusedRows } from './import-contacts.js';
import { registerSuppressionCommands } from './suppression.commands.js';

/** Contacts, and who gets no mail. */
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
