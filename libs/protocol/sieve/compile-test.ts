import { Arguments, type TagSpec } from './arguments.js';
import { addressTags, indexOf, indexTags, matchOf, matchTags, withExpressions } from './match-arguments.js';
import type { Node } from './parser.js';
import type { AddressPart, Test } from './program.types.js';

/** What the script required, and how its inner parts are compiled. */
export interface Scope {
  isRequired(extension: string): boolean;
  /** Says that something is wrong, and goes on to find more. */
  test(node: Node): Test;
}

type Compile = (node: Node, scope: Scope) => Test;

const DATE_PARTS = ['year', 'month', 'day', 'date', 'julian', 'hour', 'minute', 'second', 'time', 'iso8601', 'std11', 'zone', 'weekday'];
const ADDRESS_PARTS: readonly AddressPart[] = ['all', 'localpart', 'domain', 'user', 'detail'];

/** Tests by name, each with the extension it belongs to. */
export const tests: Readonly<Record<string, { readonly needs?: string; readonly compile: Compile }>> = {
  true: { compile: (node, scope) => constant(node, scope, true) },
  false: { compile: (node, scope) => constant(node, scope, false) },
  not: {
    compile: (node, scope) => {
      plain(node, scope);
      return node.tests.length === 1
        ? { test: 'not', inner: scope.test(node.tests[0]!) }
        : new Arguments(node, {}, scope.isRequired).fail('not takes one test');
    },
  },
  allof: { compile: (node, scope) => several(node, scope, 'allof') },
  anyof: { compile: (node, scope) => several(node, scope, 'anyof') },
  header: {
    compile: (node, scope) =>
      compared(node, scope, { ...matchTags, ...indexTags }, (args) => ({
        test: 'header',
        names: args.nextList('header names'),
        index: indexOf(args),
      })),
  },
  address: {
    compile: (node, scope) =>
      compared(node, scope, { ...matchTags, ...addressTags, ...indexTags }, (args) => ({
        test: 'address',
        names: args.nextList('header names'),
        part: args.oneOf(ADDRESS_PARTS) ?? 'all',
        index: indexOf(args),
      })),
  },
  envelope: {
    needs: 'envelope',
    compile: (node, scope) =>
      compared(node, scope, { ...matchTags, ...addressTags }, (args) => ({
        test: 'envelope',
        names: args.nextList('envelope parts'),
        part: args.oneOf(ADDRESS_PARTS) ?? 'all',
      })),
  },
  exists: { compile: (node, scope) => ({ test: 'exists', names: onlyList(node, scope, 'header names') }) },
  size: {
    compile: (node, scope) => {
      const args = leaf(node, scope, { over: { takes: 'flag' }, under: { takes: 'flag' } });
      const which = args.oneOf(['over', 'under']) ?? args.fail('size takes :over or :under');
      const bytes = args.nextNumber('a size');
      args.end();
      return { test: 'size', isOver: which === 'over', bytes };
    },
  },
  body: {
    needs: 'body',
    compile: (node, scope) =>
      compared(node, scope, { ...matchTags, raw: { takes: 'flag' }, text: { takes: 'flag' }, content: { takes: 'list' } }, (args) => {
        const which = args.oneOf(['raw', 'text', 'content']) ?? 'text';
        return { test: 'body', of: which === 'content' ? { types: args.list('content')! } : which };
      }),
  },
  date: {
    needs: 'date',
    compile: (node, scope) =>
      compared(node, scope, { ...matchTags, ...indexTags, zone: { takes: 'string' }, originalzone: { takes: 'flag' } }, (args) => {
        const which = args.oneOf(['zone', 'originalzone']);
        const zone = which === 'originalzone' ? ('original' as const) : zoneOf(args);
        return { test: 'date', header: args.nextString('a header name'), part: datePart(args), zone, index: indexOf(args) };
      }),
  },
  currentdate: {
    needs: 'date',
    compile: (node, scope) =>
      compared(node, scope, { ...matchTags, zone: { takes: 'string' } }, (args) => ({
        test: 'currentdate',
        zone: zoneOf(args),
        part: datePart(args),
      })),
  },
  hasflag: {
    needs: 'imap4flags',
    compile: (node, scope) =>
      compared(node, scope, matchTags, (args) => {
        const variables = args.count > 1 ? args.nextList('variables').map((name) => name.toLowerCase()) : [];
        if (variables.length > 0 && !scope.isRequired('variables')) args.fail('Flags in variables need require "variables"');
        return { test: 'hasflag', variables };
      }),
  },
  string: {
    needs: 'variables',
    compile: (node, scope) => compared(node, scope, matchTags, (args) => ({ test: 'string', sources: args.nextList('strings') })),
  },
  mailboxexists: { needs: 'mailbox', compile: (node, scope) => ({ test: 'mailboxexists', names: onlyList(node, scope, 'mailbox names') }) },
  specialuse_exists: {
    needs: 'special-use',
    compile: (node, scope) => {
      const args = leaf(node, scope, {});
      const mailbox = args.count > 1 ? args.nextString('a mailbox name') : undefined;
      const uses = args.nextList('special uses');
      args.end();
      return { test: 'specialuse_exists', uses, ...(mailbox !== undefined && { mailbox }) };
    },
  },
  duplicate: { needs: 'duplicate', compile: duplicate },
};

type Partless<T> = T extends unknown ? Omit<T, 'match' | 'keys'> : never;
type Compared = Partless<Extract<Test, { readonly keys: readonly string[] }>>;

/** A test that compares with keys, which are its last argument. */
function compared(node: Node, scope: Scope, tags: TagSpec, rest: (args: Arguments) => Compared): Test {
  const args = leaf(node, scope, tags);
  const match = matchOf(args, scope.isRequired);
  const own = rest(args);
  const keys = args.nextList('what to look for');
  args.end();
  return { ...own, keys, match: withExpressions(match, keys, scope.isRequired('variables'), args) } as Test;
}

/** A test without tests in it. */
function leaf(node: Node, scope: Scope, tags: TagSpec): Arguments {
  const args = new Arguments(node, tags, scope.isRequired);
  if (node.tests.length > 0) args.fail(`${node.name} takes no tests`);
  return args;
}

function plain(node: Node, scope: Scope): void {
  new Arguments(node, {}, scope.isRequired).end();
}

function constant(node: Node, scope: Scope, value: boolean): Test {
  leaf(node, scope, {}).end();
  return { test: 'constant', value };
}

function several(node: Node, scope: Scope, test: 'allof' | 'anyof'): Test {
  plain(node, scope);
  if (node.tests.length === 0) new Arguments(node, {}, scope.isRequired).fail(`${test} takes tests in parentheses`);
  return { test, tests: node.tests.map((inner) => scope.test(inner)) };
}

function onlyList(node: Node, scope: Scope, what: string): readonly string[] {
  const args = leaf(node, scope, {});
  const list = args.nextList(what);
  args.end();
  return list;
}

function zoneOf(args: Arguments): string | undefined {
  const zone = args.string('zone');
  if (zone !== undefined && !zone.includes('${') && !/^[+-]\d{4}$/.test(zone)) args.fail('A zone looks like "+0330"');
  return zone;
}

function datePart(args: Arguments): string {
  const part = args.nextString('a part of the date').toLowerCase();
  return DATE_PARTS.includes(part) ? part : args.fail(`A date has no ${part}`);
}

/** RFC 7352; seven days unless it says otherwise. */
function duplicate(node: Node, scope: Scope): Test {
  const args = leaf(node, scope, {
    handle: { takes: 'string' },
    header: { takes: 'string' },
    uniqueid: { takes: 'string' },
    seconds: { takes: 'number' },
    last: { takes: 'flag' },
  });
  const which = args.oneOf(['header', 'uniqueid']);
  args.end();
  return {
    test: 'duplicate',
    handle: args.string('handle') ?? '',
    of: which === 'uniqueid' ? { uniqueId: args.string('uniqueid')! } : { header: args.string('header') ?? 'message-id' },
    seconds: args.number('seconds') ?? 7 * 86_400,
    isLast: args.has('last'),
  };
}
