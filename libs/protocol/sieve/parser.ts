import { type Token, tokenize } from './lexer.js';
import { type Position, SieveSyntaxError } from './sieve-error.js';

export type Argument = Position &
  (
    | { readonly kind: 'tag'; readonly name: string }
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'strings'; readonly values: readonly string[]; readonly isList: boolean }
  );

/** A command or test as it is written, before anyone knows what it means. */
export interface Node extends Position {
  readonly name: string;
  readonly arguments: readonly Argument[];
  readonly tests: readonly Node[];
  /** Undefined where the command ended in `;`. */
  readonly block?: readonly Node[];
}

export interface SieveLimits {
  readonly scriptCharacters: number;
  readonly tokens: number;
  /** Blocks and tests in one another. */
  readonly depth: number;
}

export const defaultSieveLimits: SieveLimits = { scriptCharacters: 262_144, tokens: 50_000, depth: 32 };

/** RFC 5228 §8.2. @throws SieveSyntaxError */
export function parseNodes(script: string, limits: SieveLimits): Node[] {
  if (script.length > limits.scriptCharacters) throw new SieveSyntaxError({ line: 1, column: 1 }, 'The script is too long');
  const parser = new Parser(tokenize(script.replace(/^\ufeff/, ''), limits.tokens), limits.depth);
  return parser.script();
}

class Parser {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly deepest: number,
  ) {}

  script(): Node[] {
    const nodes: Node[] = [];
    while (this.peek().kind !== 'end') nodes.push(this.command());
    return nodes;
  }

  private command(): Node {
    return this.within(() => {
      const head = this.head('a command');
      if (this.isMark(';')) {
        this.at += 1;
        return head;
      }
      if (!this.isMark('{')) this.fail(`A semicolon is missing after ${head.name}`, this.tokens[this.at - 1]);
      this.at += 1;
      const block: Node[] = [];
      while (!this.isMark('}')) {
        if (this.peek().kind === 'end') this.fail('A closing brace is missing');
        block.push(this.command());
      }
      this.at += 1;
      return { ...head, block };
    });
  }

  private head(what: string): Node {
    const token = this.peek();
    if (token.kind !== 'word') return this.fail(`Here ${what} has to stand`);
    this.at += 1;
    const args = this.args();
    return { line: token.line, column: token.column, name: token.text, arguments: args, tests: this.tests() };
  }

  private args(): Argument[] {
    const args: Argument[] = [];
    for (;;) {
      const token = this.peek();
      const { line, column } = token;
      if (token.kind === 'tag') args.push({ line, column, kind: 'tag', name: token.text });
      else if (token.kind === 'number') args.push({ line, column, kind: 'number', value: token.value });
      else if (token.kind === 'string') args.push({ line, column, kind: 'strings', values: [token.text], isList: false });
      else if (this.isMark('[')) {
        args.push({ line, column, kind: 'strings', values: this.list(), isList: true });
        continue;
      } else return args;
      this.at += 1;
    }
  }

  private list(): string[] {
    const values: string[] = [];
    do {
      this.at += 1;
      const token = this.peek();
      if (token.kind !== 'string') return this.fail('A list holds strings');
      values.push(token.text);
      this.at += 1;
    } while (this.isMark(','));
    if (!this.isMark(']')) this.fail('A list ends in ]');
    this.at += 1;
    return values;
  }

  private tests(): Node[] {
    if (this.peek().kind === 'word') return [this.test()];
    if (!this.isMark('(')) return [];
    const tests: Node[] = [];
    do {
      this.at += 1;
      tests.push(this.test());
    } while (this.isMark(','));
    if (!this.isMark(')')) this.fail('A list of tests ends in )');
    this.at += 1;
    return tests;
  }

  private test(): Node {
    return this.within(() => this.head('a test'));
  }

  private within<T>(inner: () => T): T {
    this.depth += 1;
    if (this.depth > this.deepest) this.fail('The script is nested too deeply');
    const result = inner();
    this.depth -= 1;
    return result;
  }

  private peek(): Token {
    return this.tokens[this.at]!;
  }

  private isMark(text: string): boolean {
    const token = this.peek();
    return token.kind === 'mark' && token.text === text;
  }

  private fail(message: string, at: Position = this.peek()): never {
    throw new SieveSyntaxError({ line: at.line, column: at.column }, message);
  }
}
