import { type Command, Argument, Option } from 'commander';
import type { QuarantineCause, QuarantineState, QuarantinedMessage } from '#domain/filtering';
import type { JudgedFile } from '../mail/explain-spam.js';
import { print, table } from '../output.js';

interface JsonOption {
  readonly json?: boolean;
}

const BY = 'command line';

/** Unwanted and dangerous mail: why it is taken for such, what is held, and teaching the filter. */
export function registerFilteringCommands(program: Command): void {
  registerSpam(program.command('spam').description('how incoming mail is judged'));
  registerQuarantine(program.command('quarantine').description('incoming mail that was held back'));
}

function registerSpam(spam: Command): void {
  spam
    .command('explain <files...>')
    .description('say how likely messages are spam, and why: of files, of all files in a folder, or of standard input (-)')
    .option('--trained', 'with what the workspace was taught; without it by the shipped rules and model alone')
    .option('--json', 'print one JSON object a line')
    .action(async (files: string[], options: JsonOption & { trained?: boolean }) => {
      const { judgeFiles } = await import('../mail/explain-spam.js');
      if (!options.trained) return printJudged(judgeFiles(files), options);
      await withFiltering('spam explain', ({ training, context }) =>
        printJudged(
          judgeFiles(files, (tokens) => training.countsOf(context.workspaceId, tokens)),
          options,
        ),
      );
    });
  spam
    .command('train')
    .description('teach the filter with messages that are wanted (ham) or not (junk): files, folders, or standard input (-)')
    .addArgument(new Argument('<kind>').choices(['ham', 'junk']))
    .argument('<files...>')
    .option('--json', 'print JSON')
    .action(async (kind: 'ham' | 'junk', files: string[], options: JsonOption) => {
      const counts = await withFiltering('spam train', (parts) => train(parts, kind, files));
      if (counts.failed.length > 0) process.exitCode = 1;
      print({ kind, ...counts }, options, () =>
        [
          `${counts.new} learnt as ${kind}, ${counts.moved} moved to ${kind}, ${counts.known} known before.`,
          ...counts.failed.map(({ file, error }) => `${file} cannot be read: ${error}`),
        ].join('\n'),
      );
    });
}

function registerQuarantine(quarantine: Command): void {
  quarantine
    .command('list')
    .description('list held messages, the newest first')
    .addOption(new Option('--state <state>', 'what became of them').choices(['held', 'released', 'deleted']).default('held'))
    .addOption(new Option('--cause <cause>', 'only those held for this').choices(['virus', 'risk', 'spam']))
    .option('--limit <number>', 'how many', Number, 50)
    .option('--cursor <cursor>', 'the next page, as printed by the one before')
    .option('--json', 'print JSON')
    .action(async (options: JsonOption & { state: QuarantineState; cause?: QuarantineCause; limit: number; cursor?: string }) => {
      const { state, cause, limit, cursor } = options;
      const page = await withFiltering('quarantine list', (parts) => parts.quarantine.list(parts.context, { state, cause, limit, cursor }));
      print(page, options, () => describePage(page));
    });
  quarantine
    .command('show <id>')
    .description('show a held message with the reasons')
    .option('--json', 'print JSON')
    .action(async (id: string, options: JsonOption) => {
      const message = await withFiltering('quarantine show', (parts) => parts.quarantine.get(parts.context, id));
      print(message, options, () => describeHeld(message));
    });
  quarantine
    .command('release <ids...>')
    .description('let held messages go their normal way, and learn that they are wanted')
    .option('--json', 'print JSON')
    .action(async (ids: string[], options: JsonOption) => {
      const released = await withFiltering('quarantine release', (parts) => parts.quarantine.release(parts.context, ids, BY));
      print({ released }, options, () => `${released} released.`);
    });
  quarantine
    .command('delete <ids...>')
    .description('decide that nothing comes of held messages')
    .option('--json', 'print JSON')
    .action(async (ids: string[], options: JsonOption) => {
      const deleted = await withFiltering('quarantine delete', (parts) => parts.quarantine.delete(parts.context, ids, BY));
      print({ deleted }, options, () => `${deleted} deleted.`);
    });
}

async function printJudged(judged: AsyncIterable<JudgedFile>, { json }: JsonOption): Promise<void> {
  for await (const one of judged) {
    if (one.error !== undefined) process.exitCode = 1;
    if (!process.stdout.write(json ? `${JSON.stringify(one)}\n` : `${describeJudged(one)}\n\n`))
      await new Promise((resolve) => process.stdout.once('drain', resolve));
  }
}

function describeJudged({ file, verdict, score, probability, reasons, risks, tokens, error }: JudgedFile): string {
  if (error !== undefined) return `${plain(file)}\n  cannot be read: ${plain(error)}`;
  const words = tokens.map(({ token, probability: one }) => `${plain(token)} ${Math.round(one * 100)} %`).join(', ');
  return [
    plain(file),
    `  ${verdict}, score ${score}, ${Math.round((probability ?? 0) * 100)} % by its words alone`,
    ...(risks.length > 0 ? [`  dangerous to open: ${risks.join(', ')}`] : []),
    ...reasons.map((reason) => `  ${points(reason.points)}  ${plain(reason.sentence)} (${reason.rule})`),
    ...(words === '' ? [] : [`  telling words: ${words}`]),
  ].join('\n');
}

function describePage({ messages, nextCursor }: { messages: readonly QuarantinedMessage[]; nextCursor: string | null }): string {
  const rows = messages.map((one) => [one.id, one.heldAt, one.cause, one.score, plain(one.headerFrom), plain(one.subject)]);
  const more = nextCursor === null ? '' : `\nMore: --cursor ${nextCursor}`;
  return messages.length === 0 ? 'Nothing is held.' : table(['id', 'since', 'cause', 'score', 'from', 'subject'], rows) + more;
}

function describeHeld(one: QuarantinedMessage): string {
  return [
    `${one.id}: ${one.state}, because of ${one.cause}, score ${one.score}`,
    `  from     ${plain(one.headerFrom)} (envelope ${plain(one.mailFrom)})`,
    `  to       ${plain(one.recipient)}`,
    `  subject  ${plain(one.subject)}`,
    ...one.reasons.map((reason) => `  ${points(reason.points)}  ${plain(reason.sentence)} (${reason.rule})`),
  ].join('\n');
}

const points = (value: number): string => `${value > 0 ? '+' : ''}${value}`.padStart(6);

/** Text from outside may hold nothing that moves the cursor. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ');
}

type FilteringParts = Awaited<ReturnType<typeof filteringParts>>;

async function train({ training, context, dataSource }: FilteringParts, kind: 'ham' | 'junk', places: readonly string[]) {
  const { filesAt, readBeginning } = await import('../mail/explain-files.js');
  const { messageOf } = await import('#base/kernel');
  const { appendAudit } = await import('#platform/audit');
  const counts = { new: 0, moved: 0, known: 0, failed: [] as { file: string; error: string }[] };
  for (const place of places)
    for await (const file of filesAt(place)) {
      try {
        counts[(await training.train(context, await readBeginning(file), kind)) ?? 'known']++;
      } catch (error) {
        counts.failed.push({ file, error: messageOf(error) });
      }
    }
  const { failed: _failed, ...detail } = counts;
  await dataSource.transaction((manager) =>
    appendAudit(manager, { workspaceId: context.workspaceId, actor: BY, action: 'spam.train', target: kind, detail }),
  );
  return counts;
}

async function filteringParts({ dataSource, workspace }: import('../command-context.js').CommandContext) {
  const { Quarantine, SpamTraining } = await import('#domain/filtering');
  const { INBOUND_ROUTE, releaseInbound } = await import('#domain/feedback');
  return {
    dataSource,
    context: await workspace(),
    training: new SpamTraining(dataSource),
    quarantine: new Quarantine(dataSource, { [INBOUND_ROUTE]: releaseInbound }),
  };
}

async function withFiltering<T>(purpose: string, work: (parts: FilteringParts) => Promise<T>): Promise<T> {
  const { withDatabase } = await import('../command-context.js');
  return withDatabase(purpose, async (context) => work(await filteringParts(context)));
}
