import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { registerAccountCommands } from './commands/account.commands.js';
import { registerAudienceCommands } from './commands/audience.commands.js';
import { registerAuditCommands } from './commands/audit.commands.js';
import { registerBackupCommands } from './commands/backup.commands.js';
import { registerCampaignCommands } from './commands/campaign.commands.js';
import { registerDomainCommands } from './commands/domain.commands.js';
import { registerEgressCommands } from './commands/egress.commands.js';
import { registerWarmupCommands } from './commands/warmup.commands.js';
import { registerFilteringCommands } from './commands/filtering.commands.js';
import { registerInstanceCommands } from './commands/instance.commands.js';
import { registerMailCommands } from './commands/mail.commands.js';
import { registerMailboxCommands } from './commands/mailbox.commands.js';
import { registerMeasureCommands } from './commands/measure.commands.js';
import { registerQueueCommands } from './commands/queue.commands.js';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };

/** Every command, not run yet: `main.ts` runs it, the documentation is generated from it. */
export function buildProgram(): Command {
  const program = new Command('chapar')
    .description('Chapar sends and receives mail: campaigns, transactional mail, and everything that comes back.')
    .version(version)
    .showHelpAfterError('Run with --help for how to use it.');
  registerInstanceCommands(program);
  registerAccountCommands(program);
  registerDomainCommands(program);
  registerAudienceCommands(program);
  registerCampaignCommands(program);
  registerQueueCommands(program);
  registerEgressCommands(program);
  registerWarmupCommands(program);
  registerMailCommands(program);
  registerMailboxCommands(program);
  registerFilteringCommands(program);
  registerAuditCommands(program);
  registerBackupCommands(program);
  registerMeasureCommands(program);
  for (const command of everyCommand(program)) command.exitOverride();
  return program;
}

export function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
