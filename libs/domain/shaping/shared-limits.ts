import { performance } from 'node:perf_hooks';
import { type Logger, messageOf, silentLogger } from '#base/kernel';
import { HeldTokens } from './held-tokens.js';
import type { SharedLimit } from './shared-limit.js';
import type { TokenLender, TokenRequest } from './token-lender.js';

/** The right to send one message, under every limit that it is under. Given back unless it was used. */
export interface Pass {
  /** The message went out. */
  spend(): void;
  /** It did not, unless `spend` was called. */
  release(): void;
}

/** Why a message must wait. */
export interface Refusal {
  readonly limit: SharedLimit;
  /** Ask again after that; for the rest of the day where its volume is used up. */
  readonly waitMs: number;
  readonly isUsedUp: boolean;
}

export interface SharedLimitsOptions {
  readonly lender: TokenLender;
  readonly logger?: Logger;
  /** ms of a clock that only goes forward */
  readonly now?: () => number;
}

/** The lender is asked no more often than this by one process, whatever the number of limits and messages. */
const ASK_EVERY_MS = 250;
/** For a day's volume it may be soon again: a whole day of any volume takes some two hundred loans, the last ones of one token each. */
const ASK_DAILY_EVERY_MS = 25;
const ASK_FAILING_EVERY_MS = 1_000;
/** How soon to look again while the lender has not answered. */
const SOON_MS = 10;
/** What was not needed for so long is given back. */
const IDLE_MS = 5_000;
const TIDY_MS = 1_000;

/**
 * The limits of one process that it shares with others: it has small loans of tokens in hand and lets messages pass by them,
 * without asking anybody for a single one.
 */
export class SharedLimits {
  private readonly held = new Map<string, HeldTokens>();
  private readonly wanted = new Set<string>();
  private readonly asking = new Set<string>();
  private readonly now: () => number;
  private lastAsked = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private readonly tidying: NodeJS.Timeout;
  private inFlight: Promise<void> = Promise.resolve();
  private isFailing = false;

  constructor(private readonly options: SharedLimitsOptions) {
    this.now = options.now ?? (() => performance.now());
    this.tidying = setInterval(() => void this.tidy(), TIDY_MS).unref();
  }

  /** Takes a token of every limit, or of none. */
  take(limits: readonly SharedLimit[]): Pass | Refusal {
    const now = this.now();
    let refusal: Refusal | undefined;
    const held = limits.map((limit) => {
      const tokens = this.heldOf(limit, now);
      const wait = tokens.wait(now);
      const drought = wait === undefined ? tokens.drought(now) : undefined;
      const waitMs = wait ?? Math.max(SOON_MS, drought!.waitMs);
      if (waitMs > 0 && waitMs >= (refusal?.waitMs ?? 0)) refusal = { limit, waitMs, isUsedUp: drought?.isUsedUp ?? false };
      if (tokens.isLow(now)) this.want(limit);
      return tokens;
    });
    return refusal ?? passOf(held.map((tokens) => tokens.take(now)));
  }

  /** Gives back what was not needed lately. */
  async tidy(): Promise<void> {
    const now = this.now();
    const idle = [...this.held].filter(([key, { usedAt }]) => now - usedAt > IDLE_MS && !this.asking.has(key));
    await this.ask(idle, true);
    for (const [key, tokens] of idle) if (now - tokens.usedAt > IDLE_MS && !this.asking.has(key)) this.held.delete(key);
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    clearInterval(this.tidying);
    clearTimeout(this.timer);
    this.wanted.clear();
    await this.inFlight;
    await this.ask([...this.held], true);
    await this.options.lender.close();
  }

  /** What is on its way has arrived. */
  async settled(): Promise<void> {
    await this.inFlight;
  }

  private heldOf(limit: SharedLimit, now: number): HeldTokens {
    const known = this.held.get(limit.key);
    if (known) {
      known.follow(limit);
      return known;
    }
    const tokens = new HeldTokens(limit, now);
    this.held.set(limit.key, tokens);
    return tokens;
  }

  private want({ key, kind }: SharedLimit): void {
    if (this.asking.has(key)) return;
    this.wanted.add(key);
    const spacing = this.isFailing ? ASK_FAILING_EVERY_MS : kind === 'daily' ? ASK_DAILY_EVERY_MS : ASK_EVERY_MS;
    const waitMs = this.lastAsked + spacing - this.now();
    if (waitMs <= 0) this.askWanted();
    else this.timer ??= setTimeout(() => this.askWanted(), waitMs).unref();
  }

  private askWanted(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.lastAsked = this.now();
    const wanted = [...this.wanted].flatMap((key) => {
      const tokens = this.held.get(key);
      return tokens && !this.asking.has(key) ? [[key, tokens] as const] : [];
    });
    this.wanted.clear();
    this.inFlight = this.ask(wanted, false);
  }

  /** @param isOver whether what is left goes back */
  private async ask(whom: readonly (readonly [string, HeldTokens])[], isOver: boolean): Promise<void> {
    const now = this.now();
    const asked = new Map<string, { readonly tokens: HeldTokens; readonly request: TokenRequest }>();
    for (const [key, tokens] of whom) {
      const request = tokens.request(now, isOver);
      if (request) asked.set(key, { tokens, request });
    }
    if (asked.size === 0) return;
    for (const key of asked.keys()) this.asking.add(key);
    try {
      const loans = await this.options.lender.lend([...asked.values()].map(({ request }) => request));
      for (const loan of loans) asked.get(loan.key)?.tokens.receive(loan, asked.get(loan.key)!.request, this.now());
      this.isFailing = false;
    } catch (error) {
      for (const { tokens, request } of asked.values()) tokens.failed(request);
      if (!this.isFailing)
        (this.options.logger ?? silentLogger).error({ reason: messageOf(error) }, 'shared limits cannot be reached; mail under them waits');
      this.isFailing = true;
    } finally {
      for (const key of asked.keys()) this.asking.delete(key);
    }
  }
}

export function isRefusal(answer: Pass | Refusal): answer is Refusal {
  return 'waitMs' in answer;
}

function passOf(undo: readonly (() => void)[]): Pass {
  let isDone = false;
  return {
    spend: () => void (isDone = true),
    release() {
      if (!isDone) for (const back of undo) back();
      isDone = true;
    },
  };
}
