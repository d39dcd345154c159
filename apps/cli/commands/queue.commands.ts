import type { Command } from 'commander';
import { print, table } from '../output.js';

/** The outgoing queue, seen by lane: one egress source towards one site. */
export function registerQueueCommands(program: Command): void {
  const queue = program.command('queue').description('mail that waits to be sent');
  queue
    .command('list')
    .description('what waits, by receiving site, with the reason where it is held up')
    .option('--json', 'print JSON')
    .action(async (options: { json?: boolean }) => {
      const { withDatabase } = await import('../command-context.js');
      const { listLanes } = await import('../queue/lanes.js');
      const lanes = await withDatabase('queue list', ({ dataSource }) => listLanes(dataSource));
      print({ waiting: lanes.reduce((sum, lane) => sum + lane.waiting, 0), lanes }, options, () =>
        lanes.length === 0
          ? 'Nothing waits.'
          : table(
              ['site', 'provider', 'waiting', 'next at', 'held up'],
              lanes.map((lane) => [lane.site, lane.provider, lane.waiting, lane.nextDue, lane.reason]),
            ),
      );
    });
  queue
    .command('show <site>')
    .description('one site: what waits, since when, and what its servers said last')
    .option('--json', 'print JSON')
    .action(async (site: string, options: { json?: boolean }) => {
      const { withDatabase } = await import('../command-context.js');
      const { getLane } = await import('../queue/lanes.js');
      const lane = await withDatabase('queue show', ({ dataSource }) => getLane(dataSource, site));
      print(lane, options, () =>
        Object.entries(lane)
          .map(([name, value]) => `${name.padEnd(16)}${value instanceof Date ? value.toISOString() : (value ?? '')}`)
          .join('\n'),
      );
    });
}
