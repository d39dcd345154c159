import { performance } from 'node:perf_hooks';
import type { DataSource } from 'typeorm';
import { type Logger, messageOf, silentLogger, uuidv7 } from '#base/kernel';
import { type ConnectionShare, shareOut } from './share-out.js';

/** What a process does with the connections of a limit. */
export interface ConnectionUse {
  readonly key: string;
  readonly limit: number;
  readonly open: number;
  /** Whether somebody waits for a connection. */
  readonly isShort: boolean;
}

/** Shares are looked over this often, and sooner when somebody finds no place. */
const LOOK_MS = 1_000;
const SOON_MS = 5;
/** Who has some and needs more waits so long at most: a burst finds other processes' shares given up. */
const MORE_MS = 250;
/** Connections beyond those in use that nobody has to be asked for. */
const HEADROOM = 2;
/** The connections of a process that is silent for so long are gone. */
const KEPT_MS = 30_000;
/** It counts on its shares a little less long than others do. */
const TRUSTED_MS = 25_000;
const LOCK = 4_276_113;

interface ShareRow extends ConnectionShare {
  readonly key: string;
}

/** How many connections this process may open of those that a provider grants to all of them. Kept in PostgreSQL, one look a second. */
export class ConnectionShares {
  private readonly holder = uuidv7();
  private shares = new Map<string, number>();
  private trustedUntil = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private dueAt = Number.POSITIVE_INFINITY;
  private looking: Promise<void> | undefined;
  private isClosed = false;
  private isFailing = false;

  /**
   * @param use what is in use and wanted of every limit
   * @param onChange more may be opened, or less kept
   */
  constructor(
    private readonly dataSource: DataSource,
    private readonly use: () => readonly ConnectionUse[],
    private readonly onChange: () => void,
    private readonly logger: Logger = silentLogger,
  ) {}

  allowed(key: string): number {
    return performance.now() < this.trustedUntil ? (this.shares.get(key) ?? 0) : 0;
  }

  /** Somebody finds no place: a look is due, at once for a limit that is new here. */
  want(key: string): void {
    this.lookWithin(this.shares.has(key) ? MORE_MS : SOON_MS);
  }

  /** Asks for what is wanted and gives back what is not. */
  async look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => (this.looking = undefined));
    await this.looking;
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.looking;
    await this.dataSource.query('DELETE FROM connection_shares WHERE holder = $1', [this.holder]);
  }

  private lookWithin(ms: number): void {
    const dueAt = performance.now() + ms;
    if (this.isClosed || dueAt >= this.dueAt) return;
    clearTimeout(this.timer);
    this.dueAt = dueAt;
    this.timer = setTimeout(() => {
      this.dueAt = Number.POSITIVE_INFINITY;
      void this.look();
    }, ms).unref();
  }

  private async lookOnce(): Promise<void> {
    const askedAt = performance.now();
    const uses = this.use();
    try {
      if (uses.length > 0 || this.shares.size > 0) {
        this.shares = await this.exchange(uses);
        this.trustedUntil = askedAt + TRUSTED_MS;
      }
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.logger.error({ reason: messageOf(error) }, 'shares of connections cannot be looked over');
      this.isFailing = true;
    }
    if (this.shares.size > 0 || uses.length > 0) this.lookWithin(LOOK_MS);
    this.onChange();
  }

  private async exchange(uses: readonly ConnectionUse[]): Promise<Map<string, number>> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      const rows = (await manager.query(
        'SELECT key, held, want FROM connection_shares WHERE key = ANY($1::text[]) AND holder <> $2 AND kept_until > clock_timestamp()',
        [uses.map(({ key }) => key), this.holder],
      )) as ShareRow[];
      const others = Map.groupBy(rows, ({ key }) => key);
      const mine = uses.map(({ key, limit, open, isShort }) => {
        const want = isShort ? limit : Math.min(limit, open + HEADROOM);
        return { key, want, ...shareOut(limit, others.get(key) ?? [], { open, want }) };
      });
      await manager.query('DELETE FROM connection_shares WHERE holder = $1 OR kept_until < clock_timestamp()', [this.holder]);
      const kept = mine.filter(({ held, want }) => held + want > 0);
      await manager.query(
        `INSERT INTO connection_shares (key, holder, held, want, kept_until)
         SELECT m.*, clock_timestamp() + interval '${KEPT_MS} milliseconds' FROM unnest($1::text[], $2::uuid[], $3::int[], $4::int[]) AS m`,
        [kept.map(({ key }) => key), kept.map(() => this.holder), kept.map(({ held }) => held), kept.map(({ want }) => want)],
      );
      return new Map(kept.map(({ key, allowed }) => [key, allowed]));
    });
  }
}
