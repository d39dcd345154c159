import { type Command, InvalidArgumentError } from 'commander';
import { print, table } from '../output.js';
import { type RoleName, selectableRoles } from '../start/roles.js';

/** Commands about the installation itself. */
export function registerInstanceCommands(program: Command): void {
  program
    .command('start')
    .description('run the product: database, migrations and all roles, until Ctrl-C')
    .option('--roles <names>', `only these, separated by commas: ${selectableRoles.join(', ')}`, parseRoles, [...selectableRoles])
    .action(async ({ roles }: { roles: RoleName[] }) => {
      const [{ processConfig }, { runStart }] = await Promise.all([import('#platform/config'), import('../start/run-start.js')]);
      const config = processConfig();
      // Before any role starts: a fault in it is for people, and no restart mends it.
      const { loadShaping } = await import('#domain/shaping');
      loadShaping(config.shapingFile);
      process.exitCode = await runStart(config, roles);
    });

  program
    .command('migrate')
    .description('bring the database schema to this version')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const { migrateDatabase } = await import('./migrate-database.js');
      const applied = await migrateDatabase();
      print({ applied }, options, () => (applied.length === 0 ? 'The database schema is up to date.' : `Applied: ${applied.join(', ')}`));
    });

  program
    .command('doctor')
    .description('check the configuration, disk, ports, database, queue and DNS, and say how to mend what is wrong')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const { examine } = await import('../doctor/examine.js');
      const { formatFindings } = await import('../doctor/format-findings.js');
      const findings = await examine();
      print({ findings }, options, () => formatFindings(findings));
      if (findings.some((finding) => finding.verdict === 'bad')) process.exitCode = 1;
    });

  registerConfigCommands(program);
}

function registerConfigCommands(program: Command): void {
  const config = program.command('config').description('the settings in force');
  config
    .command('check')
    .description('say whether the configuration can be used; all that is wrong at once')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const { processConfig } = await import('#platform/config');
      const { shapingFile } = processConfig();
      const { loadShaping } = await import('#domain/shaping');
      loadShaping(shapingFile);
      print({ ok: true }, options, () => 'The configuration can be used.');
    });
  config
    .command('print')
    .description('print every setting with its value')
    .option('--redact', 'hide secrets (always done: no command prints them)')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const { processConfig, redactConfig } = await import('#platform/config');
      const values = redactConfig(processConfig());
      print(values, options, () =>
        table(
          ['setting', 'value'],
          Object.entries(values).map(([name, value]) => [name, shown(value)]),
        ),
      );
    });
}

function shown(value: unknown): string {
  if (value === undefined) return '(not set)';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function parseRoles(text: string): RoleName[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !(selectableRoles as readonly string[]).includes(name));
  if (unknown.length > 0) throw new InvalidArgumentError(`${unknown.join(', ')} is no role; there are ${selectableRoles.join(', ')}.`);
  return [...new Set(names)] as RoleName[];
}
