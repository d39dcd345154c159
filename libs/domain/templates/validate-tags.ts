import { INTERNAL_PREFIX, type HelperSignature, helperTable } from './helper-table.js';
import {
  type Call,
  type Expression,
  type PathExpression,
  type Program,
  type Statement,
  calleeOf,
  isCall,
  isPath,
  namedOf,
  parametersOf,
  parseHandlebars,
  statementsOf,
} from './handlebars-ast.js';
import { templateLimits } from './limits.js';
import { type ScanProblem, type Tag, scanTags } from './scan-tags.js';

const LOOP_VARIABLES = new Set(['index', 'first', 'last', 'key']);

/** Everything that is wrong with the tags of a text an author wrote; empty if it may be compiled. */
export function validateTags(source: string): readonly ScanProblem[] {
  const { tags, problem } = scanTags(source);
  if (problem) return [problem];
  if (longestWhiteSpace(source, tags) > templateLimits.whiteSpace)
    return [
      {
        line: 1,
        code: 'too_much_white_space',
        message: `there are more than ${templateLimits.whiteSpace} white-space characters in a row`,
      },
    ];
  let program: Program;
  try {
    program = parseHandlebars(source);
  } catch (error) {
    return [unbalancedBlock(tags) ?? syntaxProblem(error as Error)];
  }
  const validator = new Validator();
  validator.program(program);
  return validator.problems;
}

/** Comments count as nothing: they are gone when the parsers run that mind. */
function longestWhiteSpace(source: string, tags: readonly Tag[]): number {
  let longest = 0;
  let run = 0;
  let from = 0;
  const count = (until: number): void => {
    for (let at = from; at < until; at++) {
      const code = source.charCodeAt(at);
      run = code <= 32 || code === 0xa0 || (code >= 0x2000 && code <= 0x200b) ? run + 1 : 0;
      if (run > longest) longest = run;
    }
  };
  for (const tag of tags) {
    count(tag.start);
    if (tag.kind !== 'comment') run = 0;
    from = tag.end;
  }
  count(source.length);
  return longest;
}

/** What authors get wrong most, in their own words rather than the parser's. */
function unbalancedBlock(tags: readonly Tag[]): ScanProblem | undefined {
  const open: Tag[] = [];
  const problem = (tag: Tag, message: string): ScanProblem => ({ line: tag.line, code: 'tag_syntax', message });
  for (const tag of tags) {
    if (tag.kind === 'open') open.push(tag);
    if (tag.kind === 'else' && open.length === 0) return problem(tag, `${tag.text} stands outside every block`);
    if (tag.kind !== 'close') continue;
    const opened = open.pop();
    if (!opened) return problem(tag, `${tag.text} closes nothing`);
    if (nameOf(opened) !== nameOf(tag))
      return problem(tag, `${tag.text} stands where {{/${nameOf(opened)}}} is needed, to close the ${opened.text} of line ${opened.line}`);
  }
  const [unclosed] = open;
  return unclosed && problem(unclosed, `${unclosed.text} is never closed: add {{/${nameOf(unclosed)}}}`);
}

function nameOf(tag: Tag): string {
  return tag.inner.split(/\s/, 1)[0]!;
}

/** Handlebars puts the line in its message and, for some errors, in a property; its words are for those who write parsers. */
function syntaxProblem(error: Error & { lineNumber?: number }): ScanProblem {
  const line = error.lineNumber ?? Number(/line (\d+)/i.exec(error.message)?.[1] ?? 1);
  const found = /got '(\w+)'/.exec(error.message)?.[1];
  return { line, code: 'tag_syntax', message: `this tag is not understood${found && found !== 'EOF' ? ' near its end' : ''}` };
}

class Validator {
  readonly problems: ScanProblem[] = [];

  program(program: Program | null | undefined): void {
    for (const statement of statementsOf(program)) this.statement(statement);
  }

  private statement(statement: Statement): void {
    switch (statement.type) {
      case 'ContentStatement':
      case 'CommentStatement':
        return;
      case 'MustacheStatement':
        return this.mustache(statement);
      case 'BlockStatement':
        return this.block(statement);
      default:
        return this.refuse(statement, 'tag_not_allowed', 'this kind of tag is not allowed');
    }
  }

  private mustache(statement: hbs.AST.MustacheStatement): void {
    if (!statement.escaped) return this.refuse(statement, 'unescaped_tag', 'values are always escaped: write {{tag}}');
    if (!isPath(statement.path)) return this.refuse(statement, 'tag_not_allowed', 'a tag names a field or a helper');
    if (!isCall(statement)) return this.path(statement.path);
    this.call(statement, ['value']);
  }

  private block(statement: hbs.AST.BlockStatement): void {
    const params = [
      ...((statement.program as Program | undefined)?.blockParams ?? []),
      ...((statement.inverse as Program | undefined)?.blockParams ?? []),
    ];
    if (params.length > 0) this.refuse(statement, 'block_parameters', 'names after "as |…|" are not supported: use this.x and ../x');
    this.call(statement, ['block']);
    this.program(statement.program);
    this.program(statement.inverse);
  }

  private call(call: Call, uses: readonly HelperSignature['use'][]): void {
    const name = calleeOf(call);
    const signature = helperTable.get(name);
    if (signature === undefined) return this.refuse(call, 'unknown_helper', unknownHelper(call, name));
    if (!uses.includes(signature.use)) return this.refuse(call, 'helper_misplaced', misplaced(name, signature));
    const { length } = call.params;
    if (length < signature.minimum || length > signature.maximum)
      this.refuse(call, 'helper_arguments', `"${name}" takes ${counted(signature)}, not ${length}`);
    for (const parameter of parametersOf(call)) this.expression(parameter);
    for (const [key, argument] of namedOf(call)) {
      if (!signature.named?.includes(key)) this.refuse(call, 'helper_arguments', `"${name}" has no argument named "${key}"`);
      else if (isPath(argument) || argument.type === 'SubExpression')
        this.refuse(call, 'helper_arguments', `"${key}" of "${name}" takes a text or a number written in the template`);
    }
  }

  private expression(expression: Expression): void {
    if (isPath(expression)) this.path(expression);
    else if (expression.type === 'SubExpression') this.call(expression, ['value', 'condition']);
  }

  private path(path: PathExpression): void {
    const [first] = path.parts as unknown[];
    if (path.data) {
      if (path.parts.length === 1 && path.depth === 0 && LOOP_VARIABLES.has(String(first))) return;
      return this.refuse(path, 'variable_not_allowed', `"${path.original}" is not available: there are @index, @first, @last and @key`);
    }
    if (typeof first === 'object') return this.refuse(path, 'tag_not_allowed', 'a parenthesis cannot be looked into');
    if (String(first).startsWith(INTERNAL_PREFIX))
      this.refuse(path, 'tag_not_allowed', `names that begin with ${INTERNAL_PREFIX} are the engine's own`);
  }

  private refuse(node: { loc: hbs.AST.SourceLocation }, code: string, message: string): void {
    this.problems.push({ line: node.loc.start.line, code, message });
  }
}

function unknownHelper(call: Call, name: string): string {
  const known = [...helperTable].filter(([, { use }]) => (call.type === 'BlockStatement') === (use === 'block')).map(([key]) => key);
  return `there is no ${call.type === 'BlockStatement' ? 'block' : 'helper'} "${name}"; there are ${known.join(', ')}`;
}

function misplaced(name: string, { use }: HelperSignature): string {
  if (use === 'block') return `"${name}" is a block: {{#${name} …}}…{{/${name}}}`;
  return use === 'condition' ? `"${name}" stands in parentheses: {{#if (${name} …)}}` : `"${name}" cannot be a block`;
}

function counted({ minimum, maximum }: HelperSignature): string {
  if (minimum === maximum) return minimum === 1 ? 'one value' : `${minimum} values`;
  return `${minimum} to ${maximum} values`;
}
