import { type Command, Option } from 'commander';
import type { OperatorScope, QueueAdmin, QueueChange } from '#domain/sending';
import { print } from '../output.js';
import { type SelectionOptions, describeSelection, parseDuration, parseMoment, selectionOf, withSelection } from '../queue/selection.js';

interface JsonOption {
  readonly json?: boolean;
}

interface ReasonOption extends JsonOption {
  readonly reason: string;
}

/** The outgoing queue, seen by lane: one egress source towards one site. */
export function registerQueueCommands(program: Command): void {
  const queue = program.command('queue').description('mail that waits to be sent');
  queue
    .command('list')
    .description('what waits, by receiving site: how much, since when, how fast it leaves, and why it does not')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption) => {
      const { describeLanes, describeOrders } = await import('../queue/describe-lane.js');
      const { lanes, orders } = await withQueue('queue list', async (admin, scope) => ({
        lanes: await admin.list(scope),
        orders: await admin.orders(scope),
      }));
      print({ waiting: lanes.reduce((sum, lane) => sum + lane.waiting, 0), lanes, orders }, options, () =>
        [describeLanes(lanes), ...(orders.length > 0 ? [describeOrders(orders)] : [])].join('\n\n'),
      );
    });
  queue
    .command('show <site>')
    .description('one site: what waits, of which campaigns, what its servers said, and what was ordered about it')
    .option('--json', 'print JSON')
    .action(async (site: string, options: JsonOption) => {
      const lane = await withQueue('queue show', (admin, scope) => admin.show(scope, site));
      const { describeLane } = await import('../queue/describe-lane.js');
      print(lane, options, () => describeLane(lane));
    });
  registerSuspension(queue);
  registerEndings(queue);
}

function registerSuspension(queue: Command): void {
  withSelection(queue.command('suspend'))
    .description('let nothing of it leave, now and later, until it is resumed; its time to live stands still meanwhile')
    .option('--for <duration>', 'only for so long: 90s, 30m, 2h, 3d', parseDuration)
    .option('--until <time>', 'only until then: 2030-01-31T09:00Z', parseMoment)
    .option('--reason <text>', 'why, for those who ask later', '')
    .option('--json', 'print JSON')
    .action(async (options: SelectionOptions & ReasonOption & { for?: number; until?: Date }) => {
      const until = options.until ?? (options.for === undefined ? undefined : new Date(Date.now() + options.for));
      const result = await withQueue('queue suspend', (admin, scope) =>
        admin.suspend(scope, selectionOf(options), { until, reason: options.reason }),
      );
      const end = until ? `until ${until.toISOString()}` : 'until it is resumed';
      print(result, options, () => `Suspended ${describeSelection(options)} ${end}: ${describeChange(result, 'are held')}`);
    });
  withSelection(queue.command('resume'))
    .description('lift every suspension that names it, and try at once a site that was suspended for what its servers said')
    .option('--json', 'print JSON')
    .action(async (options: SelectionOptions & JsonOption) => {
      const result = await withQueue('queue resume', (admin, scope) => admin.resume(scope, selectionOf(options)));
      print(result, options, () =>
        result.lifted === 0
          ? `No suspension named ${describeSelection(options)}.`
          : `Lifted ${result.lifted} ${result.lifted === 1 ? 'suspension' : 'suspensions'}; ${result.changed} messages may leave again.`,
      );
    });
}

function registerEndings(queue: Command): void {
  withSelection(queue.command('retry'))
    .description('make what waits for its next attempt due now, and forget what its sites were waiting for')
    .option('--json', 'print JSON')
    .action(async (options: SelectionOptions & JsonOption) => {
      const result = await withQueue('queue retry', (admin, scope) => admin.retryNow(scope, selectionOf(options)));
      print(result, options, () => `${result.changed} messages are due now.`);
    });
  withSelection(queue.command('move'))
    .description('send what waits by another egress source, or by those of another pool; what is queued later goes where it always goes')
    .option('--to-source <name>', 'this source')
    .addOption(new Option('--to-pool <name>', 'the sources of this pool, by their weights').conflicts('toSource'))
    .option('--reason <text>', 'why, for those who ask later', '')
    .option('--json', 'print JSON')
    .action(async (options: SelectionOptions & ReasonOption & { toSource?: string; toPool?: string }) => {
      const { toSource, toPool } = options;
      const { egressError } = await import('#domain/egress');
      if (toSource === undefined && toPool === undefined)
        throw egressError('egress_settings_invalid', 'Say where to: --to-source or --to-pool.');
      const target = toSource === undefined ? { pool: toPool! } : { source: toSource };
      const result = await withQueue('queue move', (admin, scope) => admin.move(scope, selectionOf(options), target, options.reason));
      print(result, options, () => describeChange(result, `go by ${toSource ?? `the pool ${toPool}`} now`));
    });
  for (const [verb, past, about] of [
    ['bounce', 'bounced', 'end what waits as bounced, without suppressing anybody'],
    ['cancel', 'cancelled', 'end what waits as cancelled'],
  ] as const) {
    withSelection(queue.command(verb))
      .description(about)
      .option('--reason <text>', 'why; it stands in the record of every recipient', '')
      .option('--json', 'print JSON')
      .action(async (options: SelectionOptions & ReasonOption) => {
        const result = await withQueue(`queue ${verb}`, (admin, scope) => admin[verb](scope, selectionOf(options), options.reason));
        print(result, options, () => describeChange(result, `were ${past}`));
      });
  }
}

function describeChange({ changed, inHand }: QueueChange, what: string): string {
  const rest = inHand === 0 ? '' : ` ${inHand} more are in the hands of senders; those that are meant follow within a second.`;
  return `${changed} messages ${what}.${rest}`;
}

async function withQueue<T>(purpose: string, work: (admin: QueueAdmin, scope: OperatorScope) => Promise<T>): Promise<T> {
  const { withDatabase } = await import('../command-context.js');
  const { QueueAdmin } = await import('#domain/sending');
  return withDatabase(purpose, ({ dataSource }) => work(new QueueAdmin(dataSource), { workspaceId: null, by: 'the command line' }));
}
