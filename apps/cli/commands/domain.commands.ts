import { type Command, InvalidArgumentError } from 'commander';
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
    .description('print the DNS records: which to add, to keep and to remove')
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
      const { status, records } = await withDomains('domain verify', (domains, context, { config }) =>
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
  registerRotation(domain);
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

/** New DKIM keys, by hand or by schedule. */
function registerRotation(domain: Command): void {
  domain
    .command('rotate <name>')
    .description('make new DKIM keys; they sign once their DNS records are seen, and the old ones stay verifiable for a while')
    .option('--every <days>', 'replace the keys again after so many days (7 to 3650)', wholeNumber)
    .option('--never', 'replace them only by hand from now on')
    .option('--overlap <days>', 'days that replaced keys stay verifiable (1 to 90)', wholeNumber)
    .option('--json', 'print JSON')
    .action(async (name: string, options: { every?: number; never?: boolean; overlap?: number; json?: boolean }) => {
      const { DkimRotation } = await import('#domain/deliverability');
      const { systemResolver } = await import('#net/dns');
      const { isNew, steps, records } = await withDomains('domain rotate', async (domains, context, { config, dataSource, secrets }) => {
        const rotation = new DkimRotation(dataSource, domains, secrets);
        const everyDays = options.never ? null : options.every;
        if (everyDays !== undefined || options.overlap !== undefined)
          await rotation.schedule(context, name, {
            ...(everyDays !== undefined && { everyDays }),
            ...(options.overlap !== undefined && { overlapDays: options.overlap }),
          });
        // A schedule without more is only a schedule.
        const { isNew } = everyDays === undefined ? await rotation.begin(context, name) : { isNew: false };
        const steps = (await rotation.advance(systemResolver(config.dnsServers))).filter((step) => step.domain === name.toLowerCase());
        return { isNew, steps, records: (await domains.records(context, name)).filter(({ purpose }) => purpose === 'dkim') };
      });
      print(
        { name, isNew, steps, records },
        options,
        () => `${isNew ? 'New keys were made. ' : ''}The DNS records are now:\n\n${recordTable(records)}`,
      );
    });
}

function wholeNumber(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days)) throw new InvalidArgumentError('It has to be a whole number of days.');
  return days;
}

async function withDomains<T>(
  purpose: string,
  work: (
    domains: import('#domain/deliverability').DomainService,
    context: import('#base/kernel').ActorContext,
    parts: Pick<import('../command-context.js').CommandContext, 'config' | 'dataSource' | 'secrets'>,
  ) => Promise<T>,
): Promise<T> {
  const { withDatabase } = await import('../command-context.js');
  const { DomainService } = await import('#domain/deliverability');
  return withDatabase(purpose, async ({ dataSource, secrets, config, workspace }) =>
    work(new DomainService(dataSource, secrets, config.hostname), await workspace(), { config, dataSource, secrets }),
  );
}

function recordTable(
  records: readonly {
    readonly type: string;
    readonly name: string;
    readonly value: string;
    readonly required: boolean;
    readonly purpose: string;
    readonly action: string;
    readonly note?: string;
  }[],
): string {
  return table(
    ['', 'for', 'type', 'name', 'value'],
    records.map(({ action, purpose, required, type, name, value, note }) => [
      action,
      `${purpose}${note ? ` (${note})` : required ? '' : ' (advised)'}`,
      type,
      name,
      value,
    ]),
  );
}
