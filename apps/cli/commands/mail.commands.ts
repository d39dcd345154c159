import type { Command } from 'commander';
import { print, table } from '../output.js';
import type { AuthenticationVerdicts } from '../mail/check-authentication.js';
import type { ExplainedFile } from '../mail/explain-files.js';

interface JsonOption {
  readonly json?: boolean;
}

/** Single messages: those that went out, and those that somebody holds as a file. */
export function registerMailCommands(program: Command): void {
  program
    .command('message')
    .description('single messages')
    .command('trace <id-or-address>')
    .description('what became of a message, from acceptance to the last reply: by its id, its Message-ID, or the address it went to')
    .option('--json', 'print JSON')
    .action(async (query: string, options: JsonOption) => {
      const { withDatabase } = await import('../command-context.js');
      const { traceMessage } = await import('#domain/sending');
      const { describeTrace } = await import('../mail/describe-trace.js');
      const messages = await withDatabase('message trace', ({ dataSource }) => traceMessage(dataSource, { workspaceId: null }, query));
      print({ messages }, options, () => messages.map(describeTrace).join('\n\n'));
    });

  program
    .command('bounce')
    .description('mail that came back')
    .command('explain <files...>')
    .description('say what bounces, complaints and answers mean: of files, of all files in a folder, or of standard input (-)')
    .option('--json', 'print one JSON object a line')
    .action(async (files: string[], options: JsonOption) => {
      const { explainFiles } = await import('../mail/explain-files.js');
      for await (const explained of explainFiles(files)) {
        if (explained.error !== undefined) process.exitCode = 1;
        if (!process.stdout.write(options.json ? `${JSON.stringify(explained)}\n` : `${describeExplained(explained)}\n\n`))
          await new Promise((resolve) => process.stdout.once('drain', resolve));
      }
    });

  program
    .command('auth')
    .description('authentication of mail')
    .command('check <file>')
    .description('what SPF, DKIM, DMARC and ARC say of a message; - reads standard input')
    .option('--ip <address>', 'the client that handed it over; if not given, as its Received header says')
    .option('--helo <name>', 'the name that the client gave')
    .option('--from <address>', 'the envelope sender; if not given, as its Return-Path says')
    .option('--json', 'print JSON')
    .action(async (file: string, options: JsonOption & { ip?: string; helo?: string; from?: string }) => {
      const { processConfig } = await import('#platform/config');
      const { checkAuthentication } = await import('../mail/check-authentication.js');
      const { hostname, dnsServers } = processConfig();
      const { ip, helo, from } = options;
      const verdicts = await checkAuthentication({ file, ip, helo, from, hostname, dnsServers });
      print(verdicts, options, () => describeVerdicts(verdicts));
    });
}

function describeExplained({ file, kind, recipient, permanent, class: bounceClass, reason, explanation, error }: ExplainedFile): string {
  if (error !== undefined) return `${plain(file)}\n  cannot be read: ${plain(error)}`;
  const facts = [kind, bounceClass, permanent === null ? null : permanent ? 'permanent' : 'may pass', recipient].filter(Boolean).join(', ');
  return [
    plain(file),
    `  ${plain(facts)}`,
    `  ${plain(explanation ?? '')}`,
    ...(reason ? [`  The server said: ${plain(reason)}`] : []),
  ].join('\n');
}

function describeVerdicts({ spf, dkim, dmarc, arc }: AuthenticationVerdicts): string {
  return table(
    ['method', 'result', 'domain', ''],
    [
      ['SPF', spf.result, spf.domain, spf.comment],
      ...dkim.map((one) => [
        'DKIM',
        one.result,
        one.domain,
        [one.isAligned ? 'aligned' : 'not aligned', one.selector, one.algorithm, one.comment].filter(Boolean).join(', '),
      ]),
      ['DMARC', dmarc.result, dmarc.domain, [dmarc.policy && `policy ${dmarc.policy}`, dmarc.comment].filter(Boolean).join(', ')],
      ['ARC', arc.result, arc.domain, arc.instances > 0 ? `${arc.instances} sets` : arc.comment],
    ],
  );
}

/** Text from outside may hold nothing that moves the cursor. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ');
}
