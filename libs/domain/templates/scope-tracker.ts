import type { Tag } from './scan-tags.js';

interface OpenBlock {
  /** `each items`, or undefined for blocks that open no scope; `unknown` after an `{{else each …}}`. */
  scope: string | undefined;
  isUnknown: boolean;
}

const OPENS_SCOPE = /^(?:each|with)\s/;

/** Tells which `each` and `with` surround a place, asked from the beginning to the end. */
export class ScopeTracker {
  private readonly open: OpenBlock[] = [];
  private next = 0;

  /** @param tags in the order they stand */
  constructor(private readonly tags: readonly { readonly start: number; readonly tag: Tag }[]) {}

  /** @returns the scopes, outermost first; undefined where a chained `{{else each …}}` makes them hard to name */
  around(offset: number): string[] | undefined {
    for (let found = this.tags[this.next]; found && found.start < offset; found = this.tags[++this.next]) this.step(found.tag);
    if (this.open.some((block) => block.isUnknown)) return undefined;
    return this.open.map((block) => block.scope).filter((scope) => scope !== undefined);
  }

  private step({ kind, inner }: Tag): void {
    if (kind === 'open') this.open.push({ scope: OPENS_SCOPE.test(inner) ? inner.replace(/\s+/g, ' ') : undefined, isUnknown: false });
    else if (kind === 'close') this.open.pop();
    else if (kind === 'else') {
      const block = this.open.at(-1);
      if (block) Object.assign(block, { scope: undefined, isUnknown: OPENS_SCOPE.test(inner) });
    }
  }
}
