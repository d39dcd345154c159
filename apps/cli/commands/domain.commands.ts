import type { Command } from 'commander';
import { print, table } from '../output.js';

/** Sending domains. */
export function registerDomainCommands(program: Command): void {
  const domain = program.command('domain').description('sending domains and their DNS records');
  domain
    .command('add <name>')
    .description('add a sending domain and print the DNS records to publish')
    .option('--json', 'print JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      const {
        id,
        name: added,
        records,
      } = await withDomains('domain add', async (domains, context) => {
        const added = await domains.add(context, name);
        return { id: added.id, name: added.name, records: await domains.records(context, added.name) };
      });
      print(
        { id, name: added, status: 'pending', records },
        options,
        () => `${added} was added. Publish these records, then run \`npx chapar domain verify ${added}\`:\n\n${recordTable(records)}`,
      );
    });
  domain
    .command('records <name>')
    .description('print the DNS records to publish')
    .option('--json', 'print JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      const records = await withDomains('domain records', (domains, context) => domains.records(context, name));
      print({ name, records }, options, () => recordTable(records));
    });
  domain
    .command('verify <name>')
    .description('look the records up; exit code 1 while a required one is missing')
    .option('--json', 'print JSON')
    .action(async (name: string, options: { json?: boolean }) => {
      const { systemResolver } = await import('#net/dns');
      const { status, records } = await withDomains('domain verify', (domains, context, config) =>
        domains.verify(context, name, systemResolver(config.dnsServers)),
      );
      const rows = records.map((record) => [
        record.isMet ? 'found' : record.required ? 'MISSING' : 'missing (advised)',
        record.type,
        record.name,
        record.isMet ? '' : `publish: ${record.value}`,
      ]);
      print(
        { name, status, records },
        options,
        () => `${name} is ${status === 'verified' ? 'verified' : 'not verified yet'}.\n\n${table(['', 'type', 'name', ''], rows)}`,
      );
      if (status !== 'verified') process.exitCode = 1;
    });
  domain
    .command('list')
    .description('list the sending domains')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const list = await withDomains('domain list', (domains, context) => domains.list(context));
      const shown = list.map(({ id, name, status, isSandbox, verifiedAt }) => ({ id, name, status, isSandbox, verifiedAt }));
      print(shown, options, () =>
        table(
          ['domain', 'status', 'verified'],
          shown.map((one) => [one.name, one.isSandbox ? 'sandbox' : one.status, one.verifiedAt]),
        ),
      );
    });
}

async function withDomains<T>(
  purpose: string,
  work: (
    domains: import('#domain/deliverability').DomainService,
    context: import('#base/kernel').ActorContext,
    config: import('#platform/config').Config,
  ) => Promise<T>,
): Promise<T> {
  const { withDatabase } = await import('../command-context.js');
  const { DomainService } = await import('#domain/deliverability');
  return withDatabase(purpose, async ({ dataSource, secrets, config, workspace }) =>
    work(new DomainService(dataSource, secrets, config.hostname), await workspace(), config),
  );
}

function recordTable(
  records: readonly {
    readonly type: string;
    readonly name: string;
    readonly value: string;
    readonly required: boolean;
    readonly purpose: string;
  }[],
): string {
  return table(
    ['for', 'type', 'name', 'value'],
    records.map((record) => [`${record.purpose}${record.required ? '' : ' (advised)'}`, record.type, record.name, record.value]),
  );
}
