import type { Command, SieveProgram, Template } from './program.types.js';
import { type TestContext, runTest } from './run-test.js';
import type { SieveAction, SieveEnvironment, SieveMessage, SieveOutcome } from './sieve-message.types.js';
import { Variables } from './variables.js';

/** Redirects and answers are mail to others: a script may cause few. */
const MOST_REDIRECTS = 10;
const MOST_ACTIONS = 50;

/** Why a run ends before its script does. */
class RunError extends Error {}

/**
 * What a script does with a message. Runs in time proportional to script times message: there are no loops, and expressions run in linear time.
 * Whatever goes wrong, the message is kept (RFC 5228 §2.10.6).
 */
export function runSieve(program: SieveProgram, message: SieveMessage, environment: SieveEnvironment): SieveOutcome {
  const run = new Run(program, message, environment);
  try {
    run.block(program.commands);
    return { actions: run.finish() };
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return { actions: [{ action: 'keep', flags: [] }], error: error.message };
  }
}

class Run implements TestContext {
  readonly variables: Variables;
  private readonly actions: SieveAction[] = [];
  private flags: string[] = [];
  private isKeeping = true;

  constructor(
    program: SieveProgram,
    readonly message: SieveMessage,
    readonly environment: SieveEnvironment,
  ) {
    this.variables = new Variables(program);
  }

  readonly act = (action: SieveAction): void => {
    // The same thing twice is done once (RFC 5228 §2.10.3).
    if (this.actions.some((known) => JSON.stringify(known) === JSON.stringify(action))) return;
    if (this.actions.length >= MOST_ACTIONS) throw new RunError('The script does too much');
    this.actions.push(action);
  };

  /** @returns whether the script goes on */
  block(commands: readonly Command[]): boolean {
    return commands.every((command) => this.command(command));
  }

  finish(): SieveAction[] {
    if (this.isKeeping) this.act({ action: 'keep', flags: this.flags });
    return this.actions;
  }

  flagsOf(variables: readonly string[]): string[] {
    if (variables.length === 0) return this.flags;
    return splitFlags(variables.map((name) => this.variables.get(name)));
  }

  private command(command: Command): boolean {
    switch (command.command) {
      case 'if': {
        const branch = command.branches.find(({ test }) => runTest(test, this));
        return this.block(branch?.block ?? command.otherwise);
      }
      case 'stop':
        return false;
      case 'discard':
        this.isKeeping = false;
        return true;
      case 'keep':
        this.isKeeping = false;
        this.act({ action: 'keep', flags: this.flagsFor(command.flags) });
        return true;
      case 'set':
        this.variables.set(command.name, this.variables.expand(command.value), command.modifiers);
        return true;
      case 'setflag':
      case 'addflag':
      case 'removeflag':
        this.changeFlags(command);
        return true;
      default:
        this.deliver(command);
        return true;
    }
  }

  private deliver(command: Extract<Command, { command: 'fileinto' | 'redirect' | 'reject' | 'vacation' }>): void {
    const { variables } = this;
    switch (command.command) {
      case 'fileinto':
        this.fileinto(command);
        return;
      case 'redirect': {
        const address = variables.expand(command.address);
        if (!/^[^\s<>()]+@[^\s<>()@]+$/.test(address) || address.length > 320)
          throw new RunError(`redirect: "${address.slice(0, 60)}" is no address`);
        if (!command.isCopy) this.isKeeping = false;
        this.act({ action: 'redirect', address });
        if (this.actions.filter(({ action }) => action === 'redirect').length > MOST_REDIRECTS)
          throw new RunError('The script redirects to too many addresses');
        return;
      }
      case 'reject':
        if (this.actions.some(({ action }) => action === 'vacation'))
          throw new RunError('A message cannot be refused and answered by vacation');
        this.isKeeping = false;
        this.act({ action: 'reject', reason: variables.expand(command.reason), isEreject: command.isEreject });
        return;
      case 'vacation':
        this.vacation(command);
    }
  }

  private fileinto(command: Extract<Command, { command: 'fileinto' }>): void {
    const mailbox = this.variables.expand(command.mailbox).trim();
    if (mailbox === '' || mailbox.length > 1000 || /[\0-\x1f\x7f]/.test(mailbox))
      throw new RunError('fileinto: the mailbox has no usable name');
    if (!command.isCopy) this.isKeeping = false;
    const specialUse = command.specialUse === undefined ? undefined : this.variables.expand(command.specialUse);
    this.act({
      action: 'fileinto',
      mailbox,
      flags: this.flagsFor(command.flags),
      isCreating: command.isCreating,
      ...(specialUse !== undefined && { specialUse }),
    });
  }

  /** RFC 5230 §4.7: one answer to a message at most. */
  private vacation(command: Extract<Command, { command: 'vacation' }>): void {
    const { variables } = this;
    if (this.actions.some(({ action }) => action === 'vacation')) throw new RunError('vacation stands twice');
    if (this.actions.some(({ action }) => action === 'reject')) throw new RunError('A message cannot be refused and answered by vacation');
    const reason = variables.expand(command.reason);
    const [subject, from, handle] = [command.subject, command.from, command.handle].map((text) =>
      text === undefined ? undefined : variables.expand(text),
    );
    this.act({
      action: 'vacation',
      reason,
      addresses: variables.expandAll(command.addresses),
      seconds: command.seconds,
      // Another text is another answer (RFC 5230 §4.2).
      handle: handle ?? [subject, from, String(command.isMime), reason].join('\0'),
      isMime: command.isMime,
      ...(subject !== undefined && { subject: oneLine(subject) }),
      ...(from !== undefined && { from: oneLine(from) }),
    });
  }

  private changeFlags({ command, variable, flags }: Extract<Command, { command: 'setflag' | 'addflag' | 'removeflag' }>): void {
    const given = splitFlags(this.variables.expandAll(flags));
    const known = command === 'setflag' ? [] : this.flagsOf(variable === '' ? [] : [variable]);
    const lower = new Set(given.map((flag) => flag.toLowerCase()));
    const kept = known.filter((flag) => !lower.has(flag.toLowerCase()));
    const changed = command === 'removeflag' ? kept : splitFlags([...known, ...given]);
    if (variable === '') this.flags = changed;
    else this.variables.set(variable, changed.join(' '));
  }

  private flagsFor(flags: readonly Template[] | undefined): readonly string[] {
    return flags === undefined ? this.flags : splitFlags(this.variables.expandAll(flags));
  }
}

const oneLine = (text: string) => text.replace(/[\0\r\n]+/g, ' ').slice(0, 1000);

/** RFC 5232 §2: flags in a string are parted by spaces; what cannot be a flag is passed over, and each stands once. */
function splitFlags(texts: readonly string[]): string[] {
  const flags = new Map<string, string>();
  for (const flag of texts.flatMap((text) => text.split(/\s+/))) {
    const isFlag = /^\\(?:answered|flagged|deleted|seen|draft)$/i.test(flag) || /^[!#$&'+,\-./0-9:;<=>?@A-Z^_`a-z|}~]{1,128}$/.test(flag);
    if (isFlag && flags.size < 100 && !flags.has(flag.toLowerCase())) flags.set(flag.toLowerCase(), flag);
  }
  return [...flags.values()];
}
