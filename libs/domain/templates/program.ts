import { globalNames, globalTags, helperTable, internalHelpers } from './helper-table.js';
import {
  type Call,
  type Expression,
  type PathExpression,
  type Program as Tree,
  calleeOf,
  isCall,
  isGlobalPath,
  isPath,
  namedOf,
  parametersOf,
  parseHandlebars,
  statementsOf,
} from './handlebars-ast.js';
import { templateLimits } from './limits.js';
import type { RenderContext, Scope, StaticText } from './render-context.js';
import {
  cleanText,
  escapeHtml,
  safeCss,
  safeHost,
  safeHostEnd,
  safeUrlPath,
  safeUrlQuery,
  safeWebUrl,
  toHeaderText,
} from './safe-values.js';
import { isMissing, isTruthy, toText, valueHelpers } from './value-helpers.js';

/** How plain tags of a part are made safe: as HTML, as lines of text, as a header, or (link targets) not at all. */
export type PartKind = 'html' | 'text' | 'header' | 'address';

type Step = (context: RenderContext, scope: Scope) => void;
type Evaluate = (context: RenderContext, scope: Scope) => unknown;

/**
 * A parsed part: closures over its tree, made once per template version. It is Handlebars' language without Handlebars'
 * runtime: no generated code, no helper look-up by name at run time, own properties only, and a budget for every step.
 */
export interface PartProgram {
  run(context: RenderContext): void;
  /** Every static piece, so that the sender can encode them ahead. */
  readonly statics: readonly StaticText[];
}

export function compilePart(source: string, kind: PartKind): PartProgram {
  const compiler = new PartCompiler(kind);
  const step = compiler.program(parseHandlebars(source));
  return { run: (context) => step(context, { value: context.data, parent: undefined }), statics: compiler.statics };
}

const escapes: Record<PartKind, (text: string) => string> = {
  html: escapeHtml,
  text: (text) => text,
  header: toHeaderText,
  address: (text) => text,
};

class PartCompiler {
  readonly statics: StaticText[] = [];
  private readonly escape: (text: string) => string;

  constructor(private readonly kind: PartKind) {
    this.escape = escapes[kind];
  }

  program(tree: Tree | null | undefined): Step {
    const steps: Step[] = [];
    for (const statement of statementsOf(tree)) {
      if (statement.type === 'ContentStatement') steps.push(this.content(statement.value));
      else if (statement.type === 'MustacheStatement') steps.push(this.mustache(statement));
      else if (statement.type === 'BlockStatement') steps.push(this.block(statement));
    }
    return (context, scope) => {
      for (const step of steps) step(context, scope);
    };
  }

  private content(text: string): Step {
    const piece: StaticText = { text };
    if (text !== '') this.statics.push(piece);
    return text === '' ? () => undefined : (context) => context.writeStatic(piece);
  }

  private mustache(statement: hbs.AST.MustacheStatement): Step {
    const path = statement.path as PathExpression;
    if (path.parts[0] === internalHelpers.pixel) return writePixel;
    const internal = isCall(statement) ? this.internal(path.original, parametersOf(statement)) : undefined;
    if (internal) return internal;
    const { evaluate, name, mayMiss } = this.valueOf(isCall(statement) ? statement : path);
    const { escape } = this;
    return (context, scope) => {
      const value = evaluate(context, scope);
      if (mayMiss && isMissing(value)) return context.onMissing(name);
      context.write(escape(cleanText(toText(value))));
    };
  }

  /** The compiler's own tags. */
  private internal(helper: string, [argument, isInLoop]: readonly Expression[]): Step | undefined {
    if (argument === undefined) return undefined;
    if (helper === internalHelpers.link) return this.link(Number((argument as hbs.AST.NumberLiteral).value), isInLoop !== undefined);
    const makeSafe = internalValue(helper);
    if (makeSafe === undefined) return undefined;
    const { evaluate, name, mayMiss } = this.valueOf(argument);
    const { escape } = this;
    return (context, scope) => {
      const value = evaluate(context, scope);
      if (mayMiss && isMissing(value)) return context.onMissing(name);
      context.write(escape(makeSafe(cleanText(toText(value)).trim())));
    };
  }

  private link(position: number, isInLoop: boolean): Step {
    const { escape } = this;
    if (!isInLoop) return (context) => context.write(escape(context.urls.link(position)));
    return (context, scope) => context.write(escape(context.urls.link(position + Number(loopVariable(scope, 'index') ?? 0))));
  }

  /** A value that a tag shows, and whether its absence is for the policy to judge. */
  private valueOf(shown: Expression | hbs.AST.MustacheStatement): { evaluate: Evaluate; name: string; mayMiss: boolean } {
    if (shown.type === 'MustacheStatement' || shown.type === 'SubExpression') {
      const call = shown as Call;
      const first = parametersOf(call)[0];
      const needsFirst = helperTable.get(calleeOf(call))?.needsFirst === true && first !== undefined;
      // What a helper makes of nothing is nothing; the tag to blame is the one inside.
      return {
        evaluate: this.call(call),
        name: needsFirst ? this.valueOf(first).name : '',
        mayMiss: needsFirst && this.valueOf(first).mayMiss,
      };
    }
    if (isPath(shown))
      return { evaluate: this.path(shown), name: shown.original, mayMiss: !shown.data && !isGlobalPath(shown, globalNames) };
    return { evaluate: this.expression(shown), name: '', mayMiss: false };
  }

  private block(statement: hbs.AST.BlockStatement): Step {
    const subject = this.expression(parametersOf(statement)[0]!);
    const main = this.program(statement.program);
    const otherwise = this.program(statement.inverse);
    switch (statement.path.original) {
      case 'if':
        return (context, scope) => (isTruthy(subject(context, scope)) ? main : otherwise)(spent(context), scope);
      case 'unless':
        return (context, scope) => (isTruthy(subject(context, scope)) ? otherwise : main)(spent(context), scope);
      case 'with':
        return (context, scope) => {
          const value = subject(context, scope);
          if (isTruthy(value) || value === 0) main(spent(context), { value, parent: scope });
          else otherwise(spent(context), scope);
        };
      case 'each':
        return (context, scope) => each(context, scope, subject(context, scope), main, otherwise);
      default:
        throw new TypeError(`block ${statement.path.original} passed the validator`);
    }
  }

  private expression(expression: Expression): Evaluate {
    if (isPath(expression)) return this.path(expression);
    if (expression.type === 'SubExpression') return this.call(expression);
    const value: unknown = 'value' in expression ? expression.value : expression.type === 'NullLiteral' ? null : undefined;
    return () => value;
  }

  private call(call: Call): Evaluate {
    const helper = valueHelpers.get(calleeOf(call));
    if (helper === undefined) throw new TypeError(`helper ${calleeOf(call)} passed the validator`);
    const parameters = parametersOf(call).map((parameter) => this.expression(parameter));
    const named: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    for (const [key, argument] of namedOf(call)) named[key] = this.expression(argument)(undefined as never, undefined as never);
    return (context, scope) => {
      const values = parameters.map((parameter) => parameter(context, scope));
      context.spend(costOf(values));
      return helper({ values, named, language: context.compiled.language });
    };
  }

  private path(path: PathExpression): Evaluate {
    const { depth } = path;
    const parts = path.parts.map(String);
    if (path.data) return (_context, scope) => loopVariable(scope, parts[0]!);
    if (isGlobalPath(path, globalNames)) return globalValue(parts);
    return (_context, scope) => {
      let at: Scope | undefined = scope;
      for (let up = 0; up < depth; up++) at = at?.parent;
      return ownValue(at?.value, parts, 0);
    };
  }
}

/** Own properties only: a prototype is never looked at, so there is nothing to escape to. */
function ownValue(from: unknown, parts: readonly string[], index: number): unknown {
  let value = from;
  for (let at = index; at < parts.length; at++) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, parts[at]!)) return undefined;
    value = (value as Record<string, unknown>)[parts[at]!];
  }
  return typeof value === 'function' ? undefined : value;
}

function globalValue(parts: readonly string[]): Evaluate {
  if (parts[0] === globalTags.sender) return ({ compiled }) => ownValue(compiled.sender, parts, 1);
  if (parts.length > 1) return () => undefined;
  return parts[0] === globalTags.unsubscribe ? ({ urls }) => urls.unsubscribe() : ({ urls }) => urls.webView();
}

function loopVariable(scope: Scope, name: string): unknown {
  for (let at: Scope | undefined = scope; at; at = at.parent) if (at.loop) return at.loop[name];
  return undefined;
}

function each(context: RenderContext, scope: Scope, list: unknown, main: Step, otherwise: Step): void {
  const entries = entriesOf(list);
  if (entries.length === 0) return otherwise(spent(context), scope);
  const last = entries.length - 1;
  entries.forEach(([key, value], index) => {
    if (context.onlyRound !== undefined && context.onlyRound !== index) return;
    main(spent(context), { value, parent: scope, loop: { index, key, first: index === 0, last: index === last } });
  });
}

function entriesOf(list: unknown): (readonly [string | number, unknown])[] {
  if (Array.isArray(list)) return list.slice(0, templateLimits.eachRounds).map((value, index) => [index, value] as const);
  if (typeof list !== 'object' || list === null || list instanceof Date) return [];
  return Object.entries(list).slice(0, templateLimits.eachRounds);
}

function spent(context: RenderContext): RenderContext {
  context.spend(1);
  return context;
}

/** Helpers read their texts through: long ones cost more. */
function costOf(values: readonly unknown[]): number {
  let cost = 2;
  for (const value of values) {
    if (typeof value === 'string') cost += value.length >> 3;
    else if (Array.isArray(value)) cost += value.length;
  }
  return cost;
}

function writePixel(context: RenderContext): void {
  const address = context.urls.openPixel();
  if (address !== undefined)
    context.write(`<img src="${escapeHtml(address)}" width="1" height="1" alt="" style="display:block;width:1px;height:1px;border:0" />`);
}

function internalValue(helper: string): ((text: string) => string) | undefined {
  switch (helper) {
    case internalHelpers.url:
      return (text) => safeWebUrl(text) ?? '';
    case internalHelpers.host:
      return safeHost;
    case internalHelpers.hostEnd:
      return safeHostEnd;
    case internalHelpers.path:
      return safeUrlPath;
    case internalHelpers.query:
      return safeUrlQuery;
    case internalHelpers.css:
      return safeCss;
    default:
      return undefined;
  }
}
