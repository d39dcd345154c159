import type { ConnectionShares, ConnectionUse } from './connection-shares.js';

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
  /** Who waits, and which provider's place was lacking; undefined: any. */
  private readonly waiting = new Map<GateVisitor, string | undefined>();
  /** Limits by provider, as they were last given. */
  private readonly limits = new Map<string, number>();
  private shares: Pick<ConnectionShares, 'allowed' | 'want'> | undefined;

  constructor(private readonly maxTotal: number) {}

  /** From now on the limit of a provider is one of several processes, and this one has its share of it. */
  shareWith(shares: Pick<ConnectionShares, 'allowed' | 'want'>): void {
    this.shares = shares;
  }

  /** What of every limit is in use here, and where somebody waits. */
  uses(): ConnectionUse[] {
    const short = new Set(this.waiting.values());
    return [...this.limits]
      .map(([key, limit]) => ({ key, limit, open: this.open.get(key) ?? 0, isShort: short.has(key) }))
      .filter(({ key, open, isShort }) => {
        if (open === 0 && !isShort) this.limits.delete(key);
        return open > 0 || isShort;
      });
  }

  /** Shares have changed: who waits may come in, and connections that rest beyond a share end. */
  reconsider(): void {
    for (const [key] of this.limits) for (let over = this.surplus(key); over > 0; over--) this.endResting(key);
    for (const visitor of [...this.waiting.keys()]) {
      this.waiting.delete(visitor);
      visitor.pump();
    }
  }

  /** Whether more connections are open than this process may have: one that has sent its message ends. */
  isOver(provider: string): boolean {
    return this.surplus(provider) > 0;
  }

  private surplus(provider: string): number {
    return this.shares && this.limits.has(provider) ? (this.open.get(provider) ?? 0) - this.shares.allowed(provider) : 0;
  }

  /**
   * Where there is no room, an idle connection is ended, and the visitor is pumped when a place is free.
   * @param limit of the provider; undefined for none
   */
  tryEnter(provider: string, limit: number | undefined, visitor: GateVisitor): boolean {
    const open = this.open.get(provider) ?? 0;
    if (limit !== undefined) this.limits.set(provider, limit);
    const isProviderFull = open >= this.most(provider, limit);
    if (isProviderFull) this.shares?.want(provider);
    if (this.total >= this.maxTotal || isProviderFull) {
      this.waiting.set(visitor, isProviderFull ? provider : undefined);
      this.endResting(isProviderFull ? provider : undefined);
      return false;
    }
    this.waiting.delete(visitor);
    this.open.set(provider, open + 1);
    this.total++;
    return true;
  }

  private most(provider: string, limit = Number.POSITIVE_INFINITY): number {
    return limit === Number.POSITIVE_INFINITY || !this.shares ? limit : Math.min(limit, this.shares.allowed(provider));
  }

  leave(provider: string): void {
    this.open.set(provider, (this.open.get(provider) ?? 1) - 1);
    const before = --this.total;
    // One place is free, so one visitor may come in; who finds its own provider full joins the end of the line.
    for (const visitor of [...this.waiting.keys()]) {
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
