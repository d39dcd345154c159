import { Arguments } from './arguments.js';
import { commands } from './compile-command.js';
import { type Scope, tests } from './compile-test.js';
import { type Node, type SieveLimits, defaultSieveLimits, parseNodes } from './parser.js';
import type { Command, SieveProgram, Test } from './program.types.js';
import { type SieveProblem, SieveSyntaxError } from './sieve-error.js';

/** What `require` may name, as ManageSieve lists it. */
export const sieveExtensions: readonly string[] = [
  'body',
  'comparator-i;ascii-casemap',
  'comparator-i;ascii-numeric',
  'comparator-i;octet',
  'comparator-i;unicode-casemap',
  'copy',
  'date',
  'duplicate',
  'encoded-character',
  'envelope',
  'ereject',
  'fileinto',
  'imap4flags',
  'index',
  'mailbox',
  'regex',
  'reject',
  'relational',
  'special-use',
  'subaddress',
  'vacation',
  'vacation-seconds',
  'variables',
];
/** A script with more is looked at again after these are repaired. */
const MOST_PROBLEMS = 20;

export type SieveResult = { readonly program: SieveProgram } | { readonly problems: readonly SieveProblem[] };

/** Reads and checks a script (RFC 5228). Total: any text is a program or has problems, each with its place and a sentence. */
export function compileSieve(script: string, limits: SieveLimits = defaultSieveLimits): SieveResult {
  let nodes: Node[];
  try {
    nodes = parseNodes(script, limits);
  } catch (error) {
    return { problems: [problemOf(error)] };
  }
  const compiler = new Compiler();
  const program = compiler.script(nodes);
  return compiler.problems.length > 0 ? { problems: compiler.problems } : { program };
}

class Compiler implements Scope {
  readonly problems: SieveProblem[] = [];
  private readonly required = new Set<string>();

  readonly isRequired = (extension: string): boolean => this.required.has(extension);

  script(nodes: readonly Node[]): SieveProgram {
    const end = nodes.findIndex(({ name }) => name !== 'require');
    const requires = end < 0 ? nodes : nodes.slice(0, end);
    for (const node of requires) this.attempt(() => this.require(node));
    const compiled = this.block(nodes.slice(requires.length));
    if (this.required.has('reject') || this.required.has('ereject')) this.checkRejects(nodes);
    return { commands: compiled, hasVariables: this.isRequired('variables'), hasEncodedCharacters: this.isRequired('encoded-character') };
  }

  test(node: Node): Test {
    return (
      this.attempt((): Test => {
        const known = Object.hasOwn(tests, node.name) ? tests[node.name] : undefined;
        if (known === undefined) throw new SieveSyntaxError(node, `There is no test ${node.name}`);
        this.needs(node, known.needs);
        return known.compile(node, this);
      }) ?? { test: 'constant', value: false }
    );
  }

  private block(nodes: readonly Node[]): Command[] {
    const compiled: Command[] = [];
    for (let index = 0; index < nodes.length; index += 1) {
      const node = nodes[index]!;
      if (node.name === 'if') {
        let end = index + 1;
        while (nodes[end]?.name === 'elsif') end += 1;
        if (nodes[end]?.name === 'else') end += 1;
        const found = this.attempt(() => this.choice(nodes.slice(index, end)));
        if (found !== undefined) compiled.push(found);
        index = end - 1;
      } else {
        const command = this.attempt(() => this.command(node));
        if (command !== undefined) compiled.push(command);
      }
    }
    return compiled;
  }

  private command(node: Node): Command {
    if (node.name === 'require') throw new SieveSyntaxError(node, 'require has to stand before everything else');
    if (node.name === 'elsif' || node.name === 'else') throw new SieveSyntaxError(node, `${node.name} has to follow an if`);
    const known = Object.hasOwn(commands, node.name) ? commands[node.name] : undefined;
    if (known === undefined) throw new SieveSyntaxError(node, `There is no command ${node.name}`);
    for (const extension of known.needs ?? []) this.needs(node, extension);
    return known.compile(node, this);
  }

  private choice(nodes: readonly Node[]): Command {
    const branches: { test: Test; block: Command[] }[] = [];
    let otherwise: Command[] = [];
    for (const node of nodes) {
      new Arguments(node, {}, this.isRequired).end();
      if (node.block === undefined) throw new SieveSyntaxError(node, `${node.name} takes a block in braces`);
      const isElse = node.name === 'else';
      if (node.tests.length !== (isElse ? 0 : 1))
        throw new SieveSyntaxError(node, isElse ? 'else takes no test' : `${node.name} takes one test`);
      if (isElse) otherwise = this.block(node.block);
      else branches.push({ test: this.test(node.tests[0]!), block: this.block(node.block) });
    }
    return { command: 'if', branches, otherwise };
  }

  private require(node: Node): void {
    const args = new Arguments(node, {}, this.isRequired);
    const names = args.nextList('extensions');
    args.end();
    if (node.block !== undefined || node.tests.length > 0) throw new SieveSyntaxError(node, 'require takes names of extensions alone');
    for (const name of names) {
      if (!sieveExtensions.includes(name)) throw new SieveSyntaxError(node, `The extension "${name.slice(0, 60)}" is not known here`);
      this.required.add(name);
      // RFC 6131 §2
      if (name === 'vacation-seconds') this.required.add('vacation');
    }
  }

  private needs(node: Node, extension: string | undefined): void {
    if (extension !== undefined && !this.required.has(extension))
      throw new SieveSyntaxError(node, `${node.name} needs require "${extension}"`);
  }

  /** RFC 5429 §2.4: a message that is refused cannot be answered as well. */
  private checkRejects(nodes: readonly Node[]): void {
    const vacation = nodes.find(({ name }) => name === 'vacation');
    if (vacation !== undefined && nodes.some(({ name }) => name === 'reject' || name === 'ereject'))
      this.problems.push({ line: vacation.line, column: vacation.column, message: 'A message cannot be refused and answered by vacation' });
  }

  private attempt<T>(compile: () => T): T | undefined {
    try {
      return compile();
    } catch (error) {
      if (this.problems.length < MOST_PROBLEMS) this.problems.push(problemOf(error));
      return undefined;
    }
  }
}

function problemOf(error: unknown): SieveProblem {
  if (!(error instanceof SieveSyntaxError)) throw error;
  return { line: error.position.line, column: error.position.column, message: error.message };
}
