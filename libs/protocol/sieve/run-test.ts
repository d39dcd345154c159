import { parseAddressList } from '#protocol/mime-structure';
import { datePart, fieldDate, zoneMinutesOf } from './date-parts.js';
import { compareAll } from './match.js';
import type { AddressPart, FieldIndex, Match, Template, Test } from './program.types.js';
import type { SieveAction, SieveEnvironment, SieveMessage } from './sieve-message.types.js';
import type { Variables } from './variables.js';

export interface TestContext {
  readonly message: SieveMessage;
  readonly environment: SieveEnvironment;
  readonly variables: Variables;
  /** The hidden flags, or those in variables. */
  flagsOf(variables: readonly string[]): string[];
  act(action: SieveAction): void;
}

export function runTest(test: Test, context: TestContext): boolean {
  const { message, environment, variables } = context;
  const compare = (match: Match, values: readonly string[], keys: readonly Template[]): boolean => {
    const found = compareAll(match, values, variables.expandAll(keys));
    if (found.captures !== undefined) variables.capture(found.captures);
    return found.isMatch;
  };
  switch (test.test) {
    case 'constant':
      return test.value;
    case 'not':
      return !runTest(test.inner, context);
    case 'allof':
      return test.tests.every((inner) => runTest(inner, context));
    case 'anyof':
      return test.tests.some((inner) => runTest(inner, context));
    case 'header':
      return compare(test.match, fields(test.names, test.index, context), test.keys);
    case 'address':
      return compare(
        test.match,
        fields(test.names, test.index, context).flatMap((field) => addressParts(field, test.part)),
        test.keys,
      );
    case 'envelope':
      return compare(test.match, envelopeParts(test.names, test.part, context), test.keys);
    case 'exists':
      return variables.expandAll(test.names).every((name) => message.header(name.toLowerCase()).length > 0);
    case 'size':
      return test.isOver ? message.sizeBytes > test.bytes : message.sizeBytes < test.bytes;
    case 'body':
      return compare(test.match, bodyTexts(test.of, context), test.keys);
    case 'date': {
      const [field] = fields([test.header], test.index, context);
      const date = field === undefined ? undefined : fieldDate(field);
      if (date === undefined) return test.match.type === 'count' && compare(test.match, [], test.keys);
      const zone = test.zone === 'original' ? date.zoneMinutes : zoneOf(test.zone, context);
      return compare(test.match, [datePart(test.part, date.time, zone)], test.keys);
    }
    case 'currentdate':
      return compare(test.match, [datePart(test.part, environment.now.getTime(), zoneOf(test.zone, context))], test.keys);
    case 'hasflag':
      return compare(test.match, context.flagsOf(test.variables), test.keys);
    case 'string': {
      const sources = variables.expandAll(test.sources);
      // RFC 5229 §5: empty strings are not counted.
      return compare(test.match, test.match.type === 'count' ? sources.filter((source) => source !== '') : sources, test.keys);
    }
    case 'mailboxexists':
      return variables.expandAll(test.names).every((name) => environment.mailboxExists(name));
    case 'specialuse_exists': {
      const mailbox = test.mailbox === undefined ? undefined : variables.expand(test.mailbox);
      return variables.expandAll(test.uses).every((use) => environment.hasSpecialUse(use, mailbox));
    }
    case 'duplicate':
      return isDuplicate(test, context);
  }
}

function fields(names: readonly Template[], index: FieldIndex | undefined, { message, variables }: TestContext): readonly string[] {
  const values = variables.expandAll(names).flatMap((name) => {
    const found = message.header(name.toLowerCase());
    if (index === undefined) return found;
    const value = index.isLast ? found.at(-index.index) : found[index.index - 1];
    return value === undefined ? [] : [value];
  });
  return values.map((value) => value.trim());
}

/** Of every address in a field (RFC 5228 §5.1). Groups' names are none. */
function addressParts(field: string, part: AddressPart): string[] {
  // The parser reads bytes; Unicode passes through it unharmed.
  return parseAddressList(field)
    .filter(({ host }) => host !== null)
    .flatMap(({ mailbox, host }) => onePart(mailbox ?? '', host ?? '', part));
}

/** RFC 5233: `user+detail@domain`; without a `+` there is no detail. */
function onePart(mailbox: string, host: string, part: AddressPart): string[] {
  const plus = mailbox.indexOf('+');
  switch (part) {
    case 'all':
      return [host === '' ? mailbox : `${mailbox}@${host}`];
    case 'localpart':
      return [mailbox];
    case 'domain':
      return [host];
    case 'user':
      return [plus < 0 ? mailbox : mailbox.slice(0, plus)];
    case 'detail':
      return plus < 0 ? [] : [mailbox.slice(plus + 1)];
  }
}

function envelopeParts(names: readonly Template[], part: AddressPart, { message, variables }: TestContext): string[] {
  return variables.expandAll(names).flatMap((name) => {
    const lower = name.toLowerCase();
    const address = lower === 'from' || lower === 'to' ? message.envelope(lower) : undefined;
    if (address === undefined) return [];
    const at = address.lastIndexOf('@');
    return address === '' ? [''] : onePart(at < 0 ? address : address.slice(0, at), at < 0 ? '' : address.slice(at + 1), part);
  });
}

function bodyTexts(of: Extract<Test, { test: 'body' }>['of'], { message, variables }: TestContext): readonly string[] {
  if (of === 'raw') return [message.rawBody()];
  if (of === 'text') return [message.bodyText()];
  return message.bodyParts(variables.expandAll(of.types).map((type) => type.toLowerCase()));
}

function zoneOf(zone: Template | undefined, { environment, variables }: TestContext): number {
  return zone === undefined ? environment.zoneMinutes : zoneMinutesOf(variables.expand(zone));
}

/** RFC 7352 §3: remembered where it is new, and again with :last. */
function isDuplicate(test: Extract<Test, { test: 'duplicate' }>, { message, environment, variables, act }: TestContext): boolean {
  const id = 'uniqueId' in test.of ? variables.expand(test.of.uniqueId) : message.header(variables.expand(test.of.header).toLowerCase())[0];
  if (id === undefined || id === '') return false;
  const handle = variables.expand(test.handle);
  const isKnown = environment.isDuplicate(handle, id.slice(0, 1000), test.seconds);
  if (!isKnown || test.isLast) act({ action: 'remember', handle, id: id.slice(0, 1000), seconds: test.seconds });
  return isKnown;
}
