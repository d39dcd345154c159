import { RE2JS } from 're2js';
import type { Arguments, TagSpec } from './arguments.js';
import type { Comparator, FieldIndex, Match, Relation } from './program.types.js';

const comparators: readonly string[] = ['i;ascii-casemap', 'i;octet', 'i;ascii-numeric', 'i;unicode-casemap'];
const relations: readonly string[] = ['gt', 'ge', 'lt', 'le', 'eq', 'ne'];
const types = ['is', 'contains', 'matches', 'regex', 'count', 'value'] as const;
const LONGEST_EXPRESSION = 1000;

export const matchTags: TagSpec = {
  comparator: { takes: 'string' },
  is: { takes: 'flag' },
  contains: { takes: 'flag' },
  matches: { takes: 'flag' },
  regex: { takes: 'flag', needs: 'regex' },
  count: { takes: 'string', needs: 'relational' },
  value: { takes: 'string', needs: 'relational' },
};

export const addressTags: TagSpec = {
  all: { takes: 'flag' },
  localpart: { takes: 'flag' },
  domain: { takes: 'flag' },
  user: { takes: 'flag', needs: 'subaddress' },
  detail: { takes: 'flag', needs: 'subaddress' },
};

export const indexTags: TagSpec = { index: { takes: 'bare-number', needs: 'index' }, last: { takes: 'flag', needs: 'index' } };

/** How keys are compared. Call it before the keys are taken; `compileKeys` completes it. */
export function matchOf(args: Arguments, isRequired: (extension: string) => boolean): Match {
  const type = args.oneOf(types) ?? 'is';
  const comparator = args.string('comparator')?.toLowerCase() ?? 'i;ascii-casemap';
  if (!comparators.includes(comparator)) args.fail(`There is no comparator ${comparator}`);
  if (comparator === 'i;unicode-casemap' && !isRequired('comparator-i;unicode-casemap'))
    args.fail('i;unicode-casemap needs require "comparator-i;unicode-casemap"');
  if (comparator === 'i;ascii-numeric' && !isRequired('comparator-i;ascii-numeric'))
    args.fail('i;ascii-numeric needs require "comparator-i;ascii-numeric"');
  if (comparator === 'i;ascii-numeric' && (type === 'contains' || type === 'matches' || type === 'regex'))
    args.fail(`Numbers cannot be compared with :${type}`);
  if (type !== 'count' && type !== 'value') return { comparator: comparator as Comparator, type };
  const relation = args.string(type)?.toLowerCase() ?? '';
  if (!relations.includes(relation)) args.fail(`:${type} takes "gt", "ge", "lt", "le", "eq" or "ne"`);
  return { comparator: comparator as Comparator, type, relation: relation as Relation };
}

/** Expressions of :regex are compiled once, and the script is refused where they are none. They run in linear time (RE2). */
export function withExpressions(match: Match, keys: readonly string[], hasVariables: boolean, args: Arguments): Match {
  if (match.type !== 'regex') return match;
  const expressions = keys.map((key) => {
    if (hasVariables && key.includes('${')) return undefined;
    return compileExpression(key, match.comparator) ?? args.fail(`"${key.slice(0, 60)}" is no regular expression`);
  });
  return { ...match, expressions };
}

/** @returns undefined where it is none, or too long */
export function compileExpression(text: string, comparator: Comparator): RE2JS | undefined {
  if (text.length > LONGEST_EXPRESSION) return undefined;
  try {
    return RE2JS.compile(text, RE2JS.DOTALL | (comparator === 'i;octet' ? 0 : RE2JS.CASE_INSENSITIVE));
  } catch {
    return undefined;
  }
}

export function indexOf(args: Arguments): FieldIndex | undefined {
  const index = args.number('index');
  if (index === undefined) return args.has('last') ? args.fail(':last needs :index') : undefined;
  return index === 0 ? args.fail(':index begins with 1') : { index, isLast: args.has('last') };
}
