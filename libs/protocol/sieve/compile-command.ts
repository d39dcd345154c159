import { Arguments, type TagSpec } from './arguments.js';
import type { Scope } from './compile-test.js';
import type { Node } from './parser.js';
import type { Command, Modifier } from './program.types.js';

type Compile = (node: Node, scope: Scope) => Command;

const MODIFIERS: readonly (readonly Modifier[])[] = [
  ['lower', 'upper'],
  ['lowerfirst', 'upperfirst'],
  ['quotewildcard', 'quoteregex'],
  ['length'],
];
const flagsTag: TagSpec = { flags: { takes: 'list', needs: 'imap4flags' } };
const DAY = 86_400;
/** RFC 5230 §4.1 lets a site bound :days. */
const LONGEST_VACATION_SECONDS = 90 * DAY;

/** Commands without a block, by name. */
export const commands: Readonly<Record<string, { readonly needs?: readonly string[]; readonly compile: Compile }>> = {
  stop: { compile: (node, scope) => bare(node, scope, 'stop') },
  discard: { compile: (node, scope) => bare(node, scope, 'discard') },
  keep: {
    compile: (node, scope) => {
      const args = leaf(node, scope, flagsTag);
      args.end();
      return { command: 'keep', ...flagsOf(args) };
    },
  },
  fileinto: { needs: ['fileinto'], compile: fileinto },
  redirect: {
    compile: (node, scope) => {
      const args = leaf(node, scope, { copy: { takes: 'flag', needs: 'copy' } });
      const address = args.nextString('an address');
      args.end();
      if (!address.includes('${') && !/^[^\s<>()]+@[^\s<>()@]+$/.test(address)) args.fail(`"${address.slice(0, 60)}" is no address`);
      return { command: 'redirect', address, isCopy: args.has('copy') };
    },
  },
  reject: { needs: ['reject'], compile: (node, scope) => reject(node, scope, false) },
  ereject: { needs: ['ereject'], compile: (node, scope) => reject(node, scope, true) },
  vacation: { needs: ['vacation'], compile: vacation },
  set: { needs: ['variables'], compile: set },
  setflag: { needs: ['imap4flags'], compile: (node, scope) => flagCommand(node, scope, 'setflag') },
  addflag: { needs: ['imap4flags'], compile: (node, scope) => flagCommand(node, scope, 'addflag') },
  removeflag: { needs: ['imap4flags'], compile: (node, scope) => flagCommand(node, scope, 'removeflag') },
};

function leaf(node: Node, scope: Scope, tags: TagSpec): Arguments {
  const args = new Arguments(node, tags, scope.isRequired);
  if (node.tests.length > 0) args.fail(`${node.name} takes no tests`);
  if (node.block !== undefined) args.fail(`${node.name} takes no block`);
  return args;
}

function bare(node: Node, scope: Scope, command: 'stop' | 'discard'): Command {
  leaf(node, scope, {}).end();
  return { command };
}

function flagsOf(args: Arguments): { flags?: readonly string[] } {
  const flags = args.list('flags');
  return flags === undefined ? {} : { flags };
}

function fileinto(node: Node, scope: Scope): Command {
  const args = leaf(node, scope, {
    ...flagsTag,
    copy: { takes: 'flag', needs: 'copy' },
    create: { takes: 'flag', needs: 'mailbox' },
    specialuse: { takes: 'string', needs: 'special-use' },
  });
  const mailbox = args.nextString('a mailbox');
  args.end();
  const specialUse = args.string('specialuse');
  return {
    command: 'fileinto',
    mailbox,
    isCopy: args.has('copy'),
    isCreating: args.has('create'),
    ...flagsOf(args),
    ...(specialUse !== undefined && { specialUse }),
  };
}

function reject(node: Node, scope: Scope, isEreject: boolean): Command {
  const args = leaf(node, scope, {});
  const reason = args.nextString('a reason');
  args.end();
  return { command: 'reject', reason, isEreject };
}

/** RFC 5230, RFC 6131 (:seconds). */
function vacation(node: Node, scope: Scope): Command {
  const args = leaf(node, scope, {
    days: { takes: 'number' },
    seconds: { takes: 'number', needs: 'vacation-seconds' },
    subject: { takes: 'string' },
    from: { takes: 'string' },
    addresses: { takes: 'list' },
    mime: { takes: 'flag' },
    handle: { takes: 'string' },
  });
  const which = args.oneOf(['days', 'seconds']);
  const reason = args.nextString('a text');
  args.end();
  // Less than a day only where the script may ask for seconds.
  const seconds = which === 'seconds' ? args.number('seconds')! : Math.max(1, args.number('days') ?? 7) * DAY;
  const optional = { subject: args.string('subject'), from: args.string('from'), handle: args.string('handle') };
  return {
    command: 'vacation',
    reason,
    addresses: args.list('addresses') ?? [],
    seconds: Math.min(seconds, LONGEST_VACATION_SECONDS),
    isMime: args.has('mime'),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

/** RFC 5229 §4. */
function set(node: Node, scope: Scope): Command {
  const tags: TagSpec = Object.fromEntries(
    MODIFIERS.flat().map((name) => [name, { takes: 'flag' as const, ...(name === 'quoteregex' && { needs: 'regex' }) }]),
  );
  const args = leaf(node, scope, tags);
  const modifiers = MODIFIERS.flatMap((level) => args.oneOf(level) ?? []);
  const name = args.nextString('a name').toLowerCase();
  const value = args.nextString('a value');
  args.end();
  if (!/^[a-z_][a-z0-9_]{0,31}$/.test(name)) args.fail(`"${name.slice(0, 40)}" is no name of a variable`);
  return { command: 'set', name, value, modifiers };
}

/** RFC 5232 §3: into the hidden variable, or into one that is named. */
function flagCommand(node: Node, scope: Scope, command: 'setflag' | 'addflag' | 'removeflag'): Command {
  const args = leaf(node, scope, {});
  const variable = args.count > 1 ? args.nextString('a variable').toLowerCase() : '';
  if (variable !== '' && !scope.isRequired('variables')) args.fail('Flags in variables need require "variables"');
  const flags = args.nextList('flags');
  args.end();
  return { command, variable, flags };
}
