import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { registerAccountCommands } from './commands/account.commands.js';
import { registerAudienceCommands } from './commands/audience.commands.js';
import { registerCampaignCommands } from './commands/campaign.commands.js';
import { registerDomainCommands } from './commands/domain.commands.js';
import { registerInstanceCommands } from './commands/instance.commands.js';
import { registerQueueCommands } from './commands/queue.commands.js';
import { ExitCode, describeError, errorAsJson } from './program-error.js';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };

function buildProgram(): Command {
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
  for (const command of everyCommand(program)) command.exitOverride();
  return program;
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** @returns the exit code: 0 done, 1 failed, 2 misused */
async function main(): Promise<number> {
  try {
    await buildProgram().parseAsync();
    return Number(process.exitCode ?? ExitCode.ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.misused;
    const wantsJson = process.argv.includes('--json');
    process.stderr.write(`${wantsJson ? JSON.stringify(errorAsJson(error)) : describeError(error)}\n`);
    return ExitCode.failed;
  }
}

// The launcher's channel must not keep a finished command alive, nor a command outlive its launcher.
if (process.channel && process.argv[2] !== 'start') {
  process.once('disconnect', () => process.exit(ExitCode.failed));
  process.channel.unref();
}
process.exit(await main());
