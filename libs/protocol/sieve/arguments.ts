import type { Argument, Node } from './parser.js';
import { SieveSyntaxError } from './sieve-error.js';

/** What a tag takes behind it. */
type TagKind = 'flag' | 'string' | 'list' | 'number' | 'bare-number';

/** The tags a command or test knows, each with the extension it belongs to. */
export type TagSpec = Readonly<Record<string, { readonly takes: TagKind; readonly needs?: string }>>;

/** The arguments of one command or test, tags picked out. @throws SieveSyntaxError */
export class Arguments {
  private readonly tags = new Map<string, Argument | undefined>();
  private readonly positional: Argument[] = [];

  constructor(
    readonly node: Node,
    spec: TagSpec,
    isRequired: (extension: string) => boolean,
  ) {
    const args = [...node.arguments];
    for (let argument = args.shift(); argument !== undefined; argument = args.shift()) {
      if (argument.kind !== 'tag') {
        this.positional.push(argument);
        continue;
      }
      const { name } = argument;
      const known = Object.hasOwn(spec, name) ? spec[name] : undefined;
      if (known === undefined) throw new SieveSyntaxError(argument, `${node.name} knows no :${name}`);
      if (known.needs !== undefined && !isRequired(known.needs))
        throw new SieveSyntaxError(argument, `:${name} needs require "${known.needs}"`);
      if (this.positional.length > 0)
        throw new SieveSyntaxError(argument, `:${name} has to stand before the other arguments of ${node.name}`);
      if (this.tags.has(name)) throw new SieveSyntaxError(argument, `:${name} stands here twice`);
      this.tags.set(name, known.takes === 'flag' ? undefined : this.valueOf(argument, args.shift(), known.takes));
    }
  }

  has(tag: string): boolean {
    return this.tags.has(tag);
  }

  string(tag: string): string | undefined {
    const argument = this.tags.get(tag);
    return argument?.kind === 'strings' ? argument.values[0] : undefined;
  }

  list(tag: string): readonly string[] | undefined {
    const argument = this.tags.get(tag);
    return argument?.kind === 'strings' ? argument.values : undefined;
  }

  number(tag: string): number | undefined {
    const argument = this.tags.get(tag);
    return argument?.kind === 'number' ? argument.value : undefined;
  }

  /** Of several tags that exclude each other the one that is there. */
  oneOf<T extends string>(tags: readonly T[]): T | undefined {
    const found = tags.filter((tag) => this.tags.has(tag));
    if (found.length > 1) this.fail(`:${found[0]} and :${found[1]} exclude each other`);
    return found[0];
  }

  get count(): number {
    return this.positional.length;
  }

  nextString(what: string): string {
    const argument = this.next(what);
    if (argument.kind !== 'strings' || argument.isList)
      throw new SieveSyntaxError(argument, `${this.node.name} takes ${what} as a string here`);
    return argument.values[0]!;
  }

  nextList(what: string): readonly string[] {
    const argument = this.next(what);
    if (argument.kind !== 'strings') throw new SieveSyntaxError(argument, `${this.node.name} takes ${what} as strings here`);
    return argument.values;
  }

  nextNumber(what: string): number {
    const argument = this.next(what);
    if (argument.kind !== 'number') throw new SieveSyntaxError(argument, `${this.node.name} takes ${what} as a number here`);
    return argument.value;
  }

  end(): void {
    const [more] = this.positional;
    if (more !== undefined) throw new SieveSyntaxError(more, `${this.node.name} has too many arguments`);
  }

  fail(message: string): never {
    throw new SieveSyntaxError(this.node, message);
  }

  private next(what: string): Argument {
    return this.positional.shift() ?? this.fail(`${this.node.name} lacks ${what}`);
  }

  private valueOf(tag: Argument & { kind: 'tag' }, value: Argument | undefined, takes: TagKind): Argument {
    const isGood =
      takes === 'number' || takes === 'bare-number'
        ? value?.kind === 'number'
        : value?.kind === 'strings' && (takes === 'list' || !value.isList);
    if (!isGood) throw new SieveSyntaxError(tag, `:${tag.name} takes ${takes === 'list' ? 'strings' : `a ${takes.replace('bare-', '')}`}`);
    return value!;
  }
}
