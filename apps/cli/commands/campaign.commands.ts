import { type Command, InvalidArgumentError } from 'commander';
import { print } from '../output.js';

/** Campaigns, and the demo of one. */
export function registerCampaignCommands(program: Command): void {
  program
    .command('campaign')
    .description('campaigns')
    .command('send <id>')
    .description('send a campaign that was prepared in the web app or by the API')
    .option('--json', 'print JSON')
    .action(async (id: string, options: { json?: boolean }) => {
      const { sendCampaign } = await import('./send-campaign.js');
      const campaign = await sendCampaign(id);
      print(campaign, options, () => `${campaign.name} is ${campaign.status}. Its mail leaves while \`npm start\` runs.`);
    });

  program
    .command('demo')
    .description('the main job on real input, in an installation of its own: import, send, receive, report')
    .option('--contacts <number>', 'how many', parseCount, 10_000)
    .action(async ({ contacts }: { contacts: number }) => {
      const { runDemo } = await import('../demo/run-demo.js');
      if (!(await runDemo({ contacts, out: process.stdout }))) process.exitCode = 1;
    });
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return count;
}
