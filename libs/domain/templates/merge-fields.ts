import { INTERNAL_PREFIX, globalNames } from './helper-table.js';
import {
  type Call,
  type Expression,
  type PathExpression,
  type Program,
  isCall,
  isGlobalPath,
  isPath,
  parametersOf,
  statementsOf,
} from './handlebars-ast.js';

/**
 * The contact fields that a template reads: the first segment of every path that starts at the contact itself.
 * `all` where a tag takes the contact as a whole (`{{#each this}}`), so that its fields cannot be listed.
 */
export function mergeFields(programs: Iterable<Program>): readonly string[] | 'all' {
  const collector = new FieldCollector();
  for (const program of programs) collector.program(program, 0);
  return collector.isAll ? 'all' : [...collector.fields].sort();
}

class FieldCollector {
  readonly fields = new Set<string>();
  isAll = false;

  /** @param depth how many scopes (each, with) lie between here and the contact */
  program(program: Program | null | undefined, depth: number): void {
    for (const statement of statementsOf(program)) {
      if (statement.type === 'MustacheStatement') {
        if (isCall(statement)) this.call(statement, depth);
        else this.path(statement.path as PathExpression, depth);
      } else if (statement.type === 'BlockStatement') {
        const opensScope = ['each', 'with'].includes(statement.path.original);
        this.call(statement, depth);
        this.program(statement.program, opensScope ? depth + 1 : depth);
        this.program(statement.inverse, depth);
      }
    }
  }

  private call(call: Call, depth: number): void {
    for (const parameter of parametersOf(call)) this.expression(parameter, depth);
  }

  private expression(expression: Expression, depth: number): void {
    if (isPath(expression)) this.path(expression, depth);
    else if (expression.type === 'SubExpression') this.call(expression, depth);
  }

  private path(path: PathExpression, depth: number): void {
    if (path.data || path.depth !== depth || isGlobalPath(path, globalNames)) return;
    const [field] = path.parts;
    if (field === undefined) this.isAll = true;
    else if (!field.startsWith(INTERNAL_PREFIX)) this.fields.add(field);
  }
}
