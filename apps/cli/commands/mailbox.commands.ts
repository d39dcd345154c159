import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ActorContext } from '#base/kernel';
import type { AppPasswords, MailAccountView, MailAccounts, MailScope } from '#domain/mailstore';
import { choosePassword, describeLogin } from '../password-option.js';
import { print, table } from '../output.js';

interface CreateOptions {
  readonly name?: string;
  readonly passwordStdin?: boolean;
  readonly quota?: number;
  readonly alias?: readonly string[];
  readonly catchAll?: boolean;
  readonly replies?: boolean;
  readonly json?: boolean;
}

/** Mailboxes that people read over IMAP and POP3. */
export function registerMailboxCommands(program: Command): void {
  const mailbox = program.command('mailbox').description('mailboxes that mail programs open over IMAP and POP3');
  mailbox
    .command('create <address>')
    .description('make a mailbox at a domain of the workspace')
    .option('--password-stdin', 'read the password from standard input; without it one is made and shown once')
    .option('--name <text>', 'whose it is')
    .option('--quota <size>', 'the most it holds, such as 5G or 500M', readSize)
    .option('--alias <address...>', 'other addresses of it')
    .option('--catch-all', 'takes mail for addresses of its domain that nobody has')
    .option('--replies', 'replies to campaigns and API mail of the workspace go here')
    .option('--json', 'print JSON')
    .action(async (address: string, options: CreateOptions) => {
      const password = await choosePassword(options);
      const made = await withMailboxes('mailbox create', ({ accounts, context }) =>
        accounts.create(context, {
          address,
          password: password.value,
          ...(options.name !== undefined && { displayName: options.name }),
          ...(options.quota !== undefined && { quotaBytes: options.quota }),
          ...(options.alias && { aliases: options.alias }),
          isCatchAll: options.catchAll ?? false,
          takesReplies: options.replies ?? false,
        }),
      );
      print({ id: made.id, address: made.address, ...password.shown }, options, () =>
        describeLogin(`${made.address} is a mailbox now.`, password),
      );
    });
  mailbox
    .command('passwd <address>')
    .description('give it a new password')
    .option('--password-stdin', 'read the password from standard input; without it one is made and shown once')
    .option('--json', 'print JSON')
    .action(async (address: string, options: { passwordStdin?: boolean; json?: boolean }) => {
      const password = await choosePassword(options);
      await withMailboxes('mailbox passwd', ({ accounts, context }) => accounts.setPassword(context, address, password.value));
      print({ address, ...password.shown }, options, () => describeLogin(`${address} has a new password.`, password));
    });
  mailbox
    .command('app-password <address>')
    .description('make a password for one program, shown once')
    .requiredOption('--name <text>', 'which program it is for')
    .addOption(new Option('--scope <scope...>', 'what it opens').choices(['imap', 'pop3', 'smtp', 'sieve']))
    .option('--json', 'print JSON')
    .action(async (address: string, options: { name: string; scope?: readonly MailScope[]; json?: boolean }) => {
      const made = await withMailboxes('mailbox app-password', async ({ accounts, context, appPasswords }) => {
        const { id } = await accounts.get(context, address);
        return appPasswords.create(context, id, { name: options.name, ...(options.scope && { scopes: options.scope }) });
      });
      print(made, options, () => `${made.password}\n\nThis is the only time the password is shown.`);
    });
  mailbox
    .command('quota <address> <size>')
    .description('the most it holds: such as 5G or 500M, or `none`')
    .option('--json', 'print JSON')
    .action(async (address: string, size: string, options: { json?: boolean }) => {
      const quotaBytes = size === 'none' ? null : readSize(size);
      await withMailboxes('mailbox quota', ({ accounts, context }) => accounts.setQuota(context, address, quotaBytes));
      print({ address, quotaBytes }, options, () =>
        quotaBytes === null ? `${address} has no limit.` : `${address} holds ${sizeOf(quotaBytes)}.`,
      );
    });
  mailbox
    .command('list')
    .description('the mailboxes of the workspace')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const all = await withMailboxes('mailbox list', ({ accounts, context }) => accounts.list(context));
      print(all, options, () =>
        all.length === 0
          ? 'There is no mailbox. Make one with `npx chapar mailbox create ADDRESS`.'
          : table(['address', 'messages', 'used', 'of', 'also'], all.map(row)),
      );
    });
  mailbox
    .command('delete <address>')
    .description('delete it with all its mail')
    .option('--json', 'print JSON')
    .action(async (address: string, options: { json?: boolean }) => {
      const deleted = await withMailboxes('mailbox delete', async ({ accounts, context }) => {
        const account = await accounts.get(context, address);
        await accounts.remove(context, address);
        return account;
      });
      print(
        { address: deleted.address, messages: deleted.usedMessages },
        options,
        () => `${deleted.address} and its ${deleted.usedMessages} messages are gone.`,
      );
    });
}

function row({ address, usedMessages, usedBytes, quotaBytes, aliases, isCatchAll, takesReplies }: MailAccountView): string[] {
  const more = [...aliases, ...(isCatchAll ? ['catch-all'] : []), ...(takesReplies ? ['replies'] : [])];
  return [address, String(usedMessages), sizeOf(usedBytes), quotaBytes === null ? '' : sizeOf(quotaBytes), more.join(', ')];
}

interface Mailboxes {
  readonly accounts: MailAccounts;
  readonly appPasswords: AppPasswords;
  readonly context: ActorContext;
}

async function withMailboxes<T>(purpose: string, work: (mailboxes: Mailboxes) => Promise<T>): Promise<T> {
  const { withDatabase } = await import('../command-context.js');
  const { AppPasswords, MailAccounts } = await import('#domain/mailstore');
  return withDatabase(purpose, async ({ dataSource, secrets, workspace }) =>
    work({
      accounts: new MailAccounts(dataSource),
      appPasswords: new AppPasswords(dataSource, secrets.deriveKey('app-passwords')),
      context: await workspace(),
    }),
  );
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };

function readSize(text: string): number {
  const found = /^(\d{1,9}(?:\.\d{1,3})?)\s*([KMGT]?)B?$/i.exec(text.trim());
  if (!found) throw new InvalidArgumentError(`"${text}" is no size such as 500M or 5G`);
  return Math.floor(Number(found[1]) * UNITS[found[2]!.toUpperCase()]!);
}

function sizeOf(bytes: number): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, size]) => bytes >= size) ?? ['', 1];
  return `${new Intl.NumberFormat('en', { maximumFractionDigits: 1 }).format(bytes / size)}${unit === '' ? ' bytes' : `${unit}`}`;
}
