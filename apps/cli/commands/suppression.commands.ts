import { createReadStream } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SuppressionReason, SuppressionScope } from '#domain/audience';
import { print, table } from '../output.js';

const scopeOption = (text: string) => new Option('--scope <scope>', text).choices(['all', 'marketing']);
const reasonOption = (text: string) =>
  new Option('--reason <reason>', text).choices(['hard-bounce', 'complaint', 'unsubscribe', 'manual', 'policy']);

interface AddOptions {
  readonly note: string;
  readonly scope?: SuppressionScope;
  readonly expires?: Date;
  readonly json?: boolean;
}

interface ListOptions {
  readonly search?: string;
  readonly reason?: SuppressionReason;
  readonly scope?: SuppressionScope;
  readonly limit: number;
  readonly cursor?: string;
  readonly json?: boolean;
}

/** Who gets no mail. */
export function registerSuppressionCommands(program: Command): void {
  const suppression = program.command('suppression').description('addresses, domains and patterns that get no mail');
  suppression
    .command('add <address>')
    .description('suppress an address, a whole domain as @example.org, or a pattern such as "*@*.example.org"')
    .addOption(scopeOption('marketing: only bulk mail is kept away').default('all'))
    .option('--expires <date>', 'until then only', readDate)
    .option('--note <text>', 'why', '')
    .option('--json', 'print JSON')
    .action(async (address: string, options: AddOptions) => {
      const isNew = await withSuppressions('suppression add', ({ service, context }) =>
        service.add(context, {
          address,
          reason: 'manual',
          source: 'cli',
          scope: options.scope,
          detail: options.note,
          expiresAt: options.expires,
        }),
      );
      print({ address, added: isNew }, options, () => (isNew ? `${address} is suppressed.` : `${address} was suppressed before.`));
    });
  suppression
    .command('remove <address>')
    .description('lift what is suppressed under exactly this address, @domain or pattern')
    .addOption(scopeOption('only in this scope'))
    .option('--json', 'print JSON')
    .action(async (address: string, options: { scope?: SuppressionScope; json?: boolean }) => {
      const removed = await withSuppressions('suppression remove', ({ service, context }) =>
        service.remove(context, address, options.scope),
      );
      print({ address, removed: removed > 0 }, options, () =>
        removed > 0 ? `${address} gets mail again.` : `${address} was not suppressed.`,
      );
    });
  suppression
    .command('allow <address>')
    .description('let an address have mail whatever its domain, a pattern or a bounce says; complaints and unsubscriptions stay')
    .option('--note <text>', 'why', '')
    .option('--expires <date>', 'until then only', readDate)
    .option('--undo', 'let suppressions hold for it again')
    .option('--json', 'print JSON')
    .action(async (address: string, options: { note: string; expires?: Date; undo?: boolean; json?: boolean }) => {
      await withSuppressions('suppression allow', async ({ service, context }) => {
        if (options.undo) await service.disallow(context, address);
        else await service.allow(context, address, { note: options.note, expiresAt: options.expires ?? null });
      });
      const isAllowed = !options.undo;
      print({ address, allowed: isAllowed }, options, () =>
        isAllowed ? `${address} is let have mail.` : `Suppressions hold for ${address} again.`,
      );
    });
  suppression
    .command('list')
    .description('list suppressions, the newest first')
    .option('--search <text>', 'only those that contain it')
    .addOption(reasonOption('only those for this reason'))
    .addOption(scopeOption('only those of this scope'))
    .option('--limit <number>', 'how many', Number, 100)
    .option('--cursor <cursor>', 'the next page, as printed by the one before')
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const { search, reason, scope, cursor, limit } = options;
      const page = await withSuppressions('suppression list', ({ service, context }) =>
        service.list(context, { limit, search, reason, scope, cursor }),
      );
      const more = page.nextCursor === null ? '' : `\nMore: --cursor ${page.nextCursor}`;
      print(
        page,
        options,
        () =>
          table(
            ['address', 'reason', 'scope', 'since', 'until', 'detail'],
            page.suppressions.map((one) => [one.address, one.reason, one.scope, one.createdAt, one.expiresAt ?? '', one.detail]),
          ) + more,
      );
    });
  registerImport(suppression);
}

function registerImport(suppression: Command): void {
  suppression
    .command('import <file>')
    .description('suppress every address of a file: one a line, a CSV, or an export of listmonk, Amazon SES, SendGrid, Mailgun or Postmark')
    .addOption(reasonOption('for rows that give none').default('manual'))
    .addOption(scopeOption('for rows that give none'))
    .option('--json', 'print JSON')
    .action(async (file: string, options: { reason: SuppressionReason; scope?: SuppressionScope; json?: boolean }) => {
      const { importSuppressions } = await import('#domain/audience');
      const result = await withSuppressions('suppression import', ({ service, context }) =>
        importSuppressions(service, context, createReadStream(file), options),
      );
      print(result, options, () =>
        [
          `${result.added} added, ${result.existing} suppressed before, ${result.skipped} passed over, ${result.rejectedTotal} lines refused.`,
          ...result.rejected.slice(0, 20).map(({ line, text }) => `  line ${line}: ${text}`),
        ].join('\n'),
      );
      if (result.rejectedTotal > 0) process.exitCode = 1;
    });
}

function readDate(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError('It is no date such as 2030-12-31.');
  if (date.getTime() <= Date.now()) throw new InvalidArgumentError('It is in the past.');
  return date;
}

interface SuppressionWork {
  readonly service: import('#domain/audience').SuppressionService;
  readonly context: import('#base/kernel').ActorContext;
}

async function withSuppressions<T>(purpose: string, work: (parts: SuppressionWork) => Promise<T>): Promise<T> {
  const { withDatabase } = await import('../command-context.js');
  const { SuppressionService } = await import('#domain/audience');
  return withDatabase(purpose, async ({ dataSource, workspace }) =>
    work({ service: new SuppressionService(dataSource), context: await workspace() }),
  );
}
