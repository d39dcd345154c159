import { type Command, InvalidArgumentError } from 'commander';
import type { WarmupControl } from '#domain/sending';
import type { WarmupPlan, WarmupPlans, WarmupRamp, WarmupThresholds } from '#domain/shaping';
import { print, table } from '../output.js';

interface JsonOption {
  readonly json?: boolean;
}

interface PlaceOption extends JsonOption {
  readonly site: string;
}

interface SetOptions extends PlaceOption {
  readonly days?: number[];
  readonly start?: number;
  readonly factor: number;
  readonly cap?: number;
  readonly step?: number;
  readonly deferred?: Shares;
  readonly bounced?: Shares;
  readonly complained?: Shares;
}

type Shares = WarmupThresholds['deferred'];

const by = 'the command line';
const ALL = '*';

/** How egress sources come to their volume, day by day. */
export function registerWarmupCommands(program: Command): void {
  const warmup = program.command('warmup').description('how new egress sources come to their volume, day by day');
  warmup
    .command('list')
    .description('every plan: its day, today’s quota, how much of it is used, and why')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption) => {
      const plans = await withWarmup('warmup list', (parts) => parts.plans.list());
      print(plans, options, () => (plans.length === 0 ? 'There is no warm-up plan.' : describe(plans)));
    });
  withPlace(warmup.command('show <source>'))
    .description('one plan, and why it is where it is')
    .action(async (source: string, options: PlaceOption) => {
      const found = await withWarmup('warmup show', async ({ plans }) => {
        const plan = await plans.get(source, options.site);
        return { ...plan, history: await plans.history(plan.id) };
      });
      print(found, options, () => `${describe([found])}\n\n${found.history.map(({ day, sentence }) => `${day}  ${sentence}`).join('\n')}`);
    });
  withPlace(warmup.command('set <source>'))
    .description('a plan for a source, or another ramp for the one it has; it goes on where it is')
    .option('--days <list>', 'messages of each day: 50,100,200,400', parseDays)
    .option('--start <n>', 'messages of the first day', Number)
    .option('--factor <x>', 'each day so many times the one before', Number, 1.5)
    .option('--cap <n>', 'up to so many a day; after a good day of these the plan ends', Number)
    .option('--step <n>', 'begin at this step of the ramp, from 1', Number)
    .option('--deferred <hold,back>', 'per cent of a day’s mail deferred that hold the ramp, and that take it back: 5,20', parseShares)
    .option('--bounced <hold,back>', 'the same of bounced mail: 3,8', parseShares)
    .option('--complained <hold,back>', 'the same of complaints: 0.1,0.3', parseShares)
    .action(async (source: string, options: SetOptions) => {
      const { deferred, bounced, complained } = options;
      const plan = await withWarmup('warmup set', async ({ plans, control }) => {
        const before = (await plans.list()).find((one) => one.source === source && one.site === options.site);
        const { defaultThresholds } = await import('#domain/shaping');
        const thresholds = { ...(before?.thresholds ?? defaultThresholds), ...defined({ deferred, bounced, complained }) };
        return control.set({ source, site: options.site, ramp: await rampOf(options, before), thresholds, step: options.step }, by);
      });
      print(plan, options, () => describe([plan]));
    });
  for (const [verb, about] of [
    ['pause', 'let the ramp stand still: every day has today’s quota'],
    ['resume', 'let the ramp go on'],
  ] as const)
    withPlace(warmup.command(`${verb} <source>`))
      .description(about)
      .action(async (source: string, options: PlaceOption) => {
        const plan = await withWarmup(`warmup ${verb}`, ({ control }) => control[verb](source, options.site, by));
        print(plan, options, () => describe([plan]));
      });
  withPlace(warmup.command('remove <source>'))
    .description('no quota any more')
    .action(async (source: string, options: PlaceOption) => {
      const plan = await withWarmup('warmup remove', ({ control }) => control.remove(source, options.site, by));
      print({ removed: plan.id }, options, () => `The warm-up of ${source} was removed: it sends as the limits’ file says.`);
    });
}

function withPlace(command: Command): Command {
  return command
    .option('--site <name>', 'towards a site or provider, as "queue list" shows them; "*": all mail of the source together', ALL)
    .option('--json', 'print JSON');
}

async function rampOf({ days, start, factor, cap }: SetOptions, before: WarmupPlan | undefined): Promise<WarmupRamp> {
  if (days) return { kind: 'list', perDay: days };
  if (start !== undefined && cap !== undefined) return { kind: 'factor', start, factor, cap };
  if (start === undefined && cap === undefined && before) return before.ramp;
  const { warmupError } = await import('#domain/shaping');
  throw warmupError('warmup_settings_invalid', 'Say how the volume grows: --days 50,100,200 or --start 50 --factor 1.5 --cap 20000.');
}

function describe(plans: readonly WarmupPlan[]): string {
  return table(
    ['source', 'site', 'state', 'today', 'used', 'why'],
    plans.map((plan) => [
      plan.source,
      plan.site === ALL ? 'all' : plan.site,
      plan.state,
      plan.state === 'finished' ? '' : plan.quota,
      plan.used,
      plan.reason,
    ]),
  );
}

function parseDays(text: string): number[] {
  return text.split(',').map(Number);
}

function parseShares(text: string): Shares {
  const [hold, back, ...more] = text.split(',').map((part) => Number(part) / 100);
  if (hold === undefined || back === undefined || more.length > 0 || Number.isNaN(hold + back))
    throw new InvalidArgumentError('It must be two shares in per cent: 5,20.');
  return { hold, back };
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

interface WarmupParts {
  readonly plans: WarmupPlans;
  readonly control: WarmupControl;
}

async function withWarmup<T>(purpose: string, work: (parts: WarmupParts) => Promise<T>): Promise<T> {
  const { withDatabase } = await import('../command-context.js');
  const { WarmupPlans } = await import('#domain/shaping');
  const { WarmupControl } = await import('#domain/sending');
  return withDatabase(purpose, ({ dataSource }) => {
    const plans = new WarmupPlans(dataSource);
    return work({ plans, control: new WarmupControl(dataSource, plans) });
  });
}
