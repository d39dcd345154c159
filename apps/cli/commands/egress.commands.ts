import { Argument, type Command, Option } from 'commander';
import type { EgressPools, EgressSources, PoolMembers, SourceState, Stream } from '#domain/egress';
import type { EgressControl } from '#domain/sending';
import { type SourceOptions, withSourceOptions } from '../egress/source-options.js';
import { describePools, describeSources, describeStreams } from '../egress/describe-egress.js';
import { print } from '../output.js';

interface JsonOption {
  readonly json?: boolean;
}

const by = 'the command line';

/** Where mail leaves from: sources, pools of them, and the streams that go by pools. */
export function registerEgressCommands(program: Command): void {
  const egress = program.command('egress').description('where mail leaves from');
  registerSources(egress.command('source').description('addresses, proxies and smarthosts'));
  registerStates(egress.commands[0]!);
  registerPools(egress.command('pool').description('sources that share mail by their weights'));
  registerStreams(egress.command('stream').description('which kind of mail goes by which pool'));
}

function registerSources(source: Command): void {
  source
    .command('list')
    .description('every source: its state, where it leaves from, and its pools')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption) => {
      const sources = await withEgress('egress source list', (parts) => parts.sources.list());
      print(sources, options, () => describeSources(sources));
    });
  withSourceOptions(source.command('add <name>'))
    .description('a new source; it sends once it is in a pool')
    .action(async (name: string, options: SourceOptions) => {
      const { egressName, egressError } = await import('#domain/egress');
      if (!egressName.safeParse(name).success)
        throw egressError('egress_settings_invalid', `"${name}" is no name for a source: letters in lower case, digits, ".", "_" and "-".`);
      const { toChange } = await import('../egress/source-change.js');
      const change = await toChange(options, undefined);
      const added = await withEgress('egress source add', ({ sources }) =>
        sources.add(name, change, { by, isElsewhere: options.elsewhere }),
      );
      print(added, options, () => `${describeSources([added])}\n\nGive it mail: chapar egress pool set default default ${name}`);
    });
  withSourceOptions(source.command('set <name>'))
    .description('change what is said, and leave the rest')
    .action(async (name: string, options: SourceOptions) => {
      const { toChange } = await import('../egress/source-change.js');
      const changed = await withEgress('egress source set', async ({ sources }) => {
        const change = await toChange(options, await sources.get(name));
        return sources.set(name, change, { by, isElsewhere: options.elsewhere });
      });
      print(changed, options, () => describeSources([changed]));
    });
  source
    .command('remove <name>')
    .description('remove a source that no mail waits for')
    .option('--json', 'print JSON')
    .action(async (name: string, options: JsonOption) => {
      await withEgress('egress source remove', ({ control }) => control.remove(name, by));
      print({ removed: name }, options, () => `The source ${name} was removed.`);
    });
}

function registerStates(source: Command): void {
  for (const [verb, state, about] of [
    ['drain', 'draining', 'give it no new mail, and hand what waits to the other sources of its pools'],
    ['disable', 'disabled', 'let nothing leave by it, and hand what waits to the other sources of its pools'],
    ['activate', 'active', 'let it take mail again'],
  ] as const satisfies readonly (readonly [string, SourceState, string])[]) {
    source
      .command(`${verb} <name>`)
      .description(about)
      .option('--json', 'print JSON')
      .action(async (name: string, options: JsonOption) => {
        const result = await withEgress(`egress source ${verb}`, ({ control }) => control.setState(name, state, by));
        print(result, options, () => {
          const moved = result.changed > 0 ? ` ${result.changed} messages went to ${result.to.join(' and ')}.` : '';
          const left =
            result.left > 0 ? ` ${result.left} still wait for it: in the hands of senders for a second, or without another source.` : '';
          return `The source ${name} is ${state}.${moved}${left}`;
        });
      });
  }
}

function registerPools(pool: Command): void {
  pool
    .command('list')
    .description('every pool: its sources with their shares, and its streams')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption) => {
      const pools = await withEgress('egress pool list', (parts) => parts.pools.list());
      print(pools, options, () => describePools(pools));
    });
  pool
    .command('set <name> <source...>')
    .alias('add')
    .description('make a pool, or give it these sources; "mail1=3 mail2=1" gives mail1 three quarters')
    .option('--overflow', 'what is over the day’s volume of a source goes by the others')
    .option('--no-overflow', 'it waits for the next day')
    .option('--json', 'print JSON')
    .action(async (name: string, sources: string[], options: JsonOption & { overflow?: boolean }) => {
      const { egressName, egressError, poolMembersSchema } = await import('#domain/egress');
      const members = poolMembersSchema.safeParse(sources.map(parseMember));
      if (!members.success || !egressName.safeParse(name).success)
        throw egressError(
          'egress_settings_invalid',
          `${name} ${sources.join(' ')}: names in lower case, each source once, weights from 1 to 1000.`,
        );
      const changed = await withEgress('egress pool set', ({ pools }) => pools.set(name, members.data, by, options.overflow));
      print(changed, options, () => describePools([changed]));
    });
  pool
    .command('remove <name>')
    .description('remove a pool that no stream goes by')
    .option('--json', 'print JSON')
    .action(async (name: string, options: JsonOption) => {
      await withEgress('egress pool remove', ({ pools }) => pools.remove(name, by));
      print({ removed: name }, options, () => `The pool ${name} was removed.`);
    });
}

function registerStreams(stream: Command): void {
  const nameOption = '--workspace <id>';
  stream
    .command('list')
    .description('which mail goes by which pool')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption) => {
      const lines = await withEgress('egress stream list', ({ pools }) => pools.streams());
      print(lines, options, () => describeStreams(lines));
    });
  stream
    .command('set')
    .addArgument(streamArgument())
    .argument('<pool>')
    .description('have the transactional or the bulk stream go by a pool')
    .addOption(new Option(nameOption, 'of this workspace alone'))
    .option('--json', 'print JSON')
    .action(async (name: Stream, pool: string, options: JsonOption & { workspace?: string }) => {
      const lines = await withEgress('egress stream set', ({ pools }) => pools.mapStream(name, options.workspace ?? null, pool, by));
      print(lines, options, () => describeStreams(lines));
    });
  stream
    .command('remove')
    .addArgument(streamArgument())
    .description('back to what holds for all workspaces, or to the pool "default"')
    .addOption(new Option(nameOption, 'of this workspace alone'))
    .option('--json', 'print JSON')
    .action(async (name: Stream, options: JsonOption & { workspace?: string }) => {
      const lines = await withEgress('egress stream remove', ({ pools }) => pools.unmapStream(name, options.workspace ?? null, by));
      print(lines, options, () => describeStreams(lines));
    });
}

function parseMember(text: string): PoolMembers[number] {
  const [source = '', weight] = text.split('=');
  return { source, weight: weight === undefined ? 1 : Number(weight) };
}

function streamArgument(): Argument {
  return new Argument('<stream>', 'one-time codes go with the transactional stream').choices(['transactional', 'bulk']);
}

interface EgressParts {
  readonly sources: EgressSources;
  readonly pools: EgressPools;
  readonly control: EgressControl;
}

async function withEgress<T>(purpose: string, work: (parts: EgressParts) => Promise<T>): Promise<T> {
  const { withDatabase } = await import('../command-context.js');
  const { EgressPools, EgressSources } = await import('#domain/egress');
  const { EgressControl } = await import('#domain/sending');
  return withDatabase(purpose, ({ dataSource, secrets }) => {
    const sources = new EgressSources(dataSource, secrets);
    return work({ sources, pools: new EgressPools(dataSource), control: new EgressControl(dataSource, sources) });
  });
}
