import type { SharedLimit } from './shared-limit.js';
import type { TokenLoan, TokenRequest } from './token-lender.js';

/** Tokens of one loan. */
interface Block {
  /** When the first may be used, and how long after each other the next ones; ms of the process' clock. */
  readonly from: number;
  readonly each: number;
  readonly expiresAt: number;
  readonly count: number;
  used: number;
  readonly day: string;
}

/** Of a rate: as many as it gives in this time are asked for at once. */
const BLOCK_MS = 1_000;
const MAX_RATE_BLOCK = 5_000;
/** Of a day's volume: this share of what is left of it, so that what several processes have in hand at its end is next to nothing. */
const DAILY_SHARE = 0.05;
const MAX_DAILY_BLOCK = 1_000;
/** A day's tokens that were not used in this time are given back. */
const DAILY_KEPT_MS = 30_000;
/** Those of a rate may be used this much late; later ones are lost. */
const RATE_KEPT_MS = 1_000;

/** What one process has of one limit. Time is an argument: ms of a clock that only goes forward. */
export class HeldTokens {
  private blocks: Block[] = [];
  private unused = 0;
  private unusedDay: string | undefined;
  /** Nothing is lent before. */
  private emptyUntil = Number.NEGATIVE_INFINITY;
  private isUsedUp = false;
  private leftForAll = Number.POSITIVE_INFINITY;
  usedAt: number;

  constructor(
    private limit: SharedLimit,
    now: number,
  ) {
    this.usedAt = now;
  }

  /** As it is now: another amount is asked for anew. */
  follow(limit: SharedLimit): void {
    if (amountOf(limit) !== amountOf(this.limit)) this.emptyUntil = Number.NEGATIVE_INFINITY;
    this.limit = limit;
  }

  /** How long until a token may be used, ms; 0: at once. Undefined: none is here. */
  wait(now: number): number | undefined {
    const block = this.head(now);
    return block && Math.max(0, block.from + block.used * block.each - now);
  }

  /** Takes the token that `wait` was 0 for. @returns takes it back */
  take(now: number): () => void {
    this.usedAt = now;
    const block = this.head(now)!;
    block.used++;
    return () => {
      if (this.blocks.includes(block)) block.used--;
      else if (this.limit.kind === 'daily') this.giveBack(block.day, 1);
    };
  }

  /** Where nothing is here: how long until it is worth asking again, ms, and whether the day's volume is used up. */
  drought(now: number): { readonly waitMs: number; readonly isUsedUp: boolean } {
    const waitMs = Math.max(0, this.emptyUntil - now);
    return { waitMs, isUsedUp: this.isUsedUp && waitMs > 0 };
  }

  isLow(now: number): boolean {
    return this.emptyUntil <= now && this.left(now) * 2 <= this.blockSize;
  }

  /** What to ask for. @param isOver give back what is left, and ask for nothing */
  request(now: number, isOver = false): TokenRequest | undefined {
    this.dropExpired(now);
    if (isOver) {
      for (const block of this.blocks) this.giveBack(block.day, stillGood(block, now));
      this.blocks = [];
    }
    const want = isOver || !this.isLow(now) ? 0 : this.blockSize;
    if (want === 0 && this.unused === 0) return undefined;
    const { unused, unusedDay } = this;
    this.unused = 0;
    return { key: this.limit.key, kind: this.limit.kind, amount: amountOf(this.limit), want, unused, unusedDay };
  }

  /** @param request what the loan answers */
  receive({ tokens, inMs, day, left }: TokenLoan, request: TokenRequest, now: number): void {
    if (request.want === 0 || request.amount !== amountOf(this.limit)) return tokens > 0 ? this.giveBack(day, tokens) : undefined;
    this.leftForAll = left;
    this.isUsedUp = tokens === 0 && request.kind === 'daily';
    if (tokens === 0) this.emptyUntil = now + Math.max(1, inMs);
    else if (request.kind === 'daily')
      this.blocks.push({ from: now, each: 0, expiresAt: now + Math.min(inMs, DAILY_KEPT_MS), count: tokens, used: 0, day });
    else {
      const each = 1000 / request.amount;
      const from = now + inMs;
      this.blocks.push({ from, each, expiresAt: from + tokens * each + RATE_KEPT_MS, count: tokens, used: 0, day });
    }
  }

  /** The request came to nothing: what was to be given back with it still is. */
  failed({ unused, unusedDay }: TokenRequest): void {
    if (unused > 0) this.giveBack(unusedDay ?? '', unused);
  }

  private get blockSize(): number {
    const { limit } = this;
    return limit.kind === 'rate'
      ? Math.min(MAX_RATE_BLOCK, Math.max(1, Math.ceil((limit.perSecond * BLOCK_MS) / 1000)))
      : Math.min(MAX_DAILY_BLOCK, Math.max(1, Math.floor(Math.min(limit.perDay, this.leftForAll) * DAILY_SHARE)));
  }

  private left(now: number): number {
    this.dropExpired(now);
    return this.blocks.reduce((sum, { count, used }) => sum + count - used, 0);
  }

  private head(now: number): Block | undefined {
    this.dropExpired(now);
    return this.blocks[0];
  }

  private dropExpired(now: number): void {
    this.blocks = this.blocks.filter((block) => {
      const isOver = block.expiresAt <= now || block.used >= block.count;
      // The day may take them back; a moment that has passed cannot.
      if (isOver && block.used < block.count && this.limit.kind === 'daily') this.giveBack(block.day, block.count - block.used);
      return !isOver;
    });
  }

  private giveBack(day: string, tokens: number): void {
    if (this.limit.kind === 'daily' && day !== this.unusedDay) this.unused = 0;
    this.unusedDay = this.limit.kind === 'daily' ? day : undefined;
    this.unused += tokens;
  }
}

/** Tokens that are left of a block, and whose turn has not passed. */
function stillGood({ from, each, count, used }: Block, now: number): number {
  const passed = each === 0 ? 0 : Math.max(0, Math.ceil((now - from) / each));
  return Math.max(0, count - Math.max(used, passed));
}

function amountOf(limit: SharedLimit): number {
  return limit.kind === 'rate' ? limit.perSecond : limit.perDay;
}
