import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ApiKeyScope } from '#domain/accounts';
import { print } from '../output.js';
import { type PasswordOptions, choosePassword, describeLogin } from '../password-option.js';

/** Administrators and API keys. */
export function registerAccountCommands(program: Command): void {
  const admin = program.command('admin').description('administrators');
  admin
    .command('create <email>')
    .description('create an administrator; prints a password unless one is given')
    .option('--password-stdin', 'read the password from standard input')
    .option('--json', 'print JSON')
    .action(async (email: string, options: PasswordOptions) => {
      const { withDatabase } = await import('../command-context.js');
      const { UserService } = await import('#domain/accounts');
      const password = await choosePassword(options);
      const id = await withDatabase('admin create', async ({ dataSource, workspace }) => {
        const { workspaceId } = await workspace();
        return new UserService(dataSource).create(
          { email, password: password.value, isInstanceAdmin: true },
          { workspaceId, role: 'owner' },
        );
      });
      print({ id, email, ...password.shown }, options, () => describeLogin(`Administrator ${email} was created.`, password));
    });
  admin
    .command('reset-password <email>')
    .description('set a new password and end every session of the user')
    .option('--password-stdin', 'read the password from standard input')
    .option('--json', 'print JSON')
    .action(async (email: string, options: PasswordOptions) => {
      const { withDatabase } = await import('../command-context.js');
      const { UserService } = await import('#domain/accounts');
      const password = await choosePassword(options);
      await withDatabase('admin reset-password', ({ dataSource }) => new UserService(dataSource).resetPassword(email, password.value));
      print({ email, ...password.shown }, options, () =>
        describeLogin(`The password of ${email} was set; its sessions have ended.`, password),
      );
    });
  registerApiKeyCommands(program);
}

function registerApiKeyCommands(program: Command): void {
  program
    .command('api-key')
    .description('keys for the API and for submission')
    .command('create')
    .description('create a key and print it once')
    .requiredOption('--name <name>', 'what it is for')
    .addOption(
      new Option('--scope <scope>', 'everything, sending alone, or reading alone')
        .choices(['full', 'sending', 'read'] satisfies ApiKeyScope[])
        .makeOptionMandatory(),
    )
    .option('--domain <name>', 'only mail from this sending domain')
    .option('--expires <date>', 'the last moment in which it works, in ISO 8601')
    .option('--allow <network...>', 'only from these addresses or networks, such as 192.0.2.0/24')
    .option('--json', 'print JSON')
    .action(async (options: ApiKeyOptions) => {
      const { withDatabase } = await import('../command-context.js');
      const { ApiKeyService } = await import('#domain/accounts');
      const { DomainService } = await import('#domain/deliverability');
      const created = await withDatabase('api-key create', async ({ dataSource, secrets, config, workspace }) => {
        const context = await workspace();
        const domain =
          options.domain === undefined
            ? {}
            : { domain: (await new DomainService(dataSource, secrets, config.hostname).getByName(context, options.domain)).name };
        return new ApiKeyService(dataSource).create(context, {
          name: options.name,
          scope: options.scope,
          ...domain,
          ...(options.expires !== undefined && { expiresAt: readDate(options.expires) }),
          ...(options.allow && { allowedNetworks: options.allow }),
        });
      });
      print(created, options, () => `${created.key}\n\nThis is the only time the key is shown. Its id is ${created.id}.`);
    });
}

interface ApiKeyOptions {
  readonly name: string;
  readonly scope: ApiKeyScope;
  readonly domain?: string;
  readonly expires?: string;
  readonly allow?: readonly string[];
  readonly json?: boolean;
}

function readDate(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError(`"${text}" is no date in ISO 8601`);
  return date;
}
