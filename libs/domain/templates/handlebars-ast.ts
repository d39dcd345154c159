import Handlebars from 'handlebars';

export type Program = hbs.AST.Program;
export type Statement = hbs.AST.ContentStatement | hbs.AST.CommentStatement | hbs.AST.MustacheStatement | hbs.AST.BlockStatement;
export type PathExpression = hbs.AST.PathExpression;
export type SubExpression = hbs.AST.SubExpression;
export type Literal =
  hbs.AST.StringLiteral | hbs.AST.NumberLiteral | hbs.AST.BooleanLiteral | hbs.AST.UndefinedLiteral | hbs.AST.NullLiteral;
export type Expression = PathExpression | SubExpression | Literal;
/** A tag or a parenthesis that names a helper, or may. */
export type Call = hbs.AST.MustacheStatement | SubExpression | hbs.AST.BlockStatement;

/** Text to tree: the only thing Chapar takes from Handlebars; what runs the tree is program.ts. */
export function parseHandlebars(source: string): Program {
  return Handlebars.parse(source);
}

export const statementsOf = (program: Program | null | undefined): readonly Statement[] => (program?.body ?? []) as Statement[];
export const parametersOf = (call: Call): readonly Expression[] => call.params as Expression[];
export const namedOf = (call: Call): ReadonlyMap<string, Expression> =>
  new Map((call.hash as hbs.AST.Hash | undefined)?.pairs.map((pair) => [pair.key, pair.value as Expression]));

/** Whether a tag calls a helper: a plain name without arguments is always a field, whatever helper has the same name. */
export function isCall(statement: hbs.AST.MustacheStatement): boolean {
  return statement.params.length > 0 || namedOf(statement).size > 0;
}

export const isPath = (expression: { type: string }): expression is PathExpression => expression.type === 'PathExpression';

/** Whether a path begins at the scope it stands in: neither `this.x` nor `../x`, which name a field on purpose. */
export function isGlobalPath(path: PathExpression, names: ReadonlySet<string>): boolean {
  return !path.data && path.depth === 0 && !/^(this\b|\.)/.test(path.original) && names.has(String(path.parts[0]));
}

/** The name of the helper that a call names; empty if it names none. */
export const calleeOf = (call: Call): string => (isPath(call.path) ? call.path.original : '');
