import { type Command, InvalidArgumentError } from 'commander';
import { print, table } from '../output.js';

/** What people did to the installation, and whether the record of it is whole. */
export function registerAuditCommands(program: Command): void {
  const audit = program.command('audit').description('the record of what people did');
  audit
    .command('list')
    .description('the last entries, the newest first')
    .option('--limit <number>', 'how many', parseLimit, 50)
    .option('--json', 'print JSON')
    .action(async (options: { limit: number; json?: boolean }) => {
      const { withDatabase } = await import('../command-context.js');
      const { listAudit } = await import('#platform/audit');
      const found = await withDatabase('audit list', ({ dataSource }) => listAudit(dataSource, null, options.limit));
      const entries = found.map(({ hash, detail, ...entry }) => ({
        ...entry,
        detail: JSON.parse(detail) as unknown,
        hash: hash.toString('hex'),
      }));
      print({ entries }, options, () =>
        table(
          ['number', 'at (UTC)', 'who', 'did', 'to', 'detail'],
          found.map((entry) => [
            entry.number,
            entry.at,
            entry.actor,
            entry.action,
            entry.target,
            entry.detail === '{}' ? '' : entry.detail,
          ]),
        ),
      );
    });
  audit
    .command('verify')
    .description('check the hash chain: that no entry was changed, removed or put in between')
    .option('--head <number:hash>', 'the head that an earlier check printed: whether the chain still goes through it')
    .option('--json', 'print JSON')
    .action(async (options: { head?: string; json?: boolean }) => {
      const { withDatabase } = await import('../command-context.js');
      const { verifyAudit } = await import('#platform/audit');
      const verdict = await withDatabase('audit verify', ({ dataSource }) => verifyAudit(dataSource, options.head));
      print(verdict, options, () =>
        verdict.isIntact
          ? `The record is whole: ${verdict.entries} entries. Its head, to be kept elsewhere: ${verdict.head}`
          : `The record is broken after ${verdict.entries} entries. ${verdict.problem}`,
      );
      if (!verdict.isIntact) process.exitCode = 1;
    });
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) throw new InvalidArgumentError('It must be a whole number from 1 to 10000.');
  return limit;
}
