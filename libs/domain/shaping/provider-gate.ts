/** Somebody who wants to open a connection as soon as there is room for one. */
export interface GateVisitor {
  pump(): void;
}

interface Resting {
  readonly provider: string;
  readonly end: () => void;
}

/**
 * Counts open connections by provider and in all, so that many small sites of one provider stay within its limit together.
 * A connection without mail keeps its place only while nobody else needs it: a hundred thousand sites with one message
 * each would otherwise wait for each other's idle connections to time out.
 */
export class ProviderGate {
  private readonly open = new Map<string, number>();
  private total = 0;
  /** Open and without mail, the longest resting first. */
  private readonly resting = new Set<Resting>();
  private readonly waiting = new Set<GateVisitor>();

  constructor(private readonly maxTotal: number) {}

  /**
   * Where there is no room, an idle connection is ended, and the visitor is pumped when a place is free.
   * @param limit of the provider; undefined for none
   */
  tryEnter(provider: string, limit: number | undefined, visitor: GateVisitor): boolean {
    const open = this.open.get(provider) ?? 0;
    const isProviderFull = open >= (limit ?? Number.POSITIVE_INFINITY);
    if (this.total >= this.maxTotal || isProviderFull) {
      this.waiting.add(visitor);
      this.endResting(isProviderFull ? provider : undefined);
      return false;
    }
    this.waiting.delete(visitor);
    this.open.set(provider, open + 1);
    this.total++;
    return true;
  }

  leave(provider: string): void {
    this.open.set(provider, (this.open.get(provider) ?? 1) - 1);
    const before = --this.total;
    // One place is free, so one visitor may come in; who finds its own provider full joins the end of the line.
    for (const visitor of [...this.waiting]) {
      this.waiting.delete(visitor);
      visitor.pump();
      if (this.total > before) return;
    }
  }

  /** A connection has nothing to do. `end` is called when its place is needed. @returns to be called when it goes on or ends */
  rest(provider: string, end: () => void): () => void {
    const resting = { provider, end };
    this.resting.add(resting);
    return () => void this.resting.delete(resting);
  }

  forget(visitor: GateVisitor): void {
    this.waiting.delete(visitor);
  }

  get connections(): number {
    return this.total;
  }

  private endResting(provider: string | undefined): void {
    for (const resting of this.resting) {
      if (provider !== undefined && resting.provider !== provider) continue;
      this.resting.delete(resting);
      resting.end();
      return;
    }
  }
}
