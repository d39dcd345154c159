import type { DataSource } from 'typeorm';
import { HORIZON_MS, SLACK_MS, type TokenLender, type TokenLoan, type TokenRequest } from './token-lender.js';

/**
 * Limits are rows, locked in the order of their keys for the length of one statement. Time is the database's, so that the
 * clocks of machines need not agree.
 * @param $7 the time, for tests; null: now
 */
const LEND = `
  WITH clock AS (SELECT coalesce($7::timestamptz, clock_timestamp()) AS at),
  locked AS MATERIALIZED (
    SELECT l.key, l.full_at, l.day, l.used, a.kind, a.amount, a.want, a.unused, a.unused_day
    FROM token_limits l JOIN unnest($1::text[], $2::text[], $3::float8[], $4::int[], $5::int[], $6::date[]) AS a (key, kind, amount, want, unused, unused_day) ON a.key = l.key
    ORDER BY l.key FOR UPDATE OF l),
  state AS (
    SELECT key, kind, amount, want, at, (at AT TIME ZONE 'UTC')::date AS today,
      greatest(at - interval '${SLACK_MS} milliseconds', full_at - make_interval(secs => unused / amount)) AS free_from,
      CASE WHEN day = (at AT TIME ZONE 'UTC')::date THEN greatest(0, used - CASE WHEN unused_day = day THEN unused ELSE 0 END) ELSE 0 END AS spent
    FROM locked, clock),
  lent AS (
    SELECT key, kind, amount, at, today, free_from, spent,
      greatest(0, least(want, CASE kind WHEN 'rate' THEN ceil(extract(epoch FROM at + interval '${HORIZON_MS} milliseconds' - free_from)::float8 * amount)
        ELSE floor(amount) - spent END))::int AS tokens
    FROM state)
  UPDATE token_limits l SET updated_at = lent.at,
    full_at = CASE lent.kind WHEN 'rate' THEN lent.free_from + make_interval(secs => lent.tokens / lent.amount) ELSE l.full_at END,
    day = CASE lent.kind WHEN 'daily' THEN lent.today ELSE l.day END,
    used = CASE lent.kind WHEN 'daily' THEN lent.spent + lent.tokens ELSE l.used END
  FROM lent WHERE l.key = lent.key
  RETURNING l.key, lent.tokens, lent.today::text AS day, greatest(0, floor(lent.amount) - lent.spent - lent.tokens)::float8 AS left, 1000 * extract(epoch FROM CASE
    WHEN lent.kind = 'daily' THEN ((lent.today + 1)::timestamp AT TIME ZONE 'UTC') - lent.at
    WHEN lent.tokens = 0 THEN lent.free_from - interval '${HORIZON_MS} milliseconds' - lent.at
    ELSE lent.free_from - lent.at END)::float8 AS "inMs"`;

/** Limits in PostgreSQL. */
export class PgTokenLender implements TokenLender {
  /** Limits that have a row, as far as known. */
  private readonly known = new Set<string>();

  /** @param now in place of the database's clock */
  constructor(
    private readonly dataSource: DataSource,
    private readonly now: () => Date | null = () => null,
  ) {}

  async lend(requests: readonly TokenRequest[]): Promise<TokenLoan[]> {
    const fresh = requests.filter(({ key }) => !this.known.has(key)).map(({ key }) => key);
    if (fresh.length > 0) {
      await this.dataSource.query('INSERT INTO token_limits (key) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING', [fresh.sort()]);
      for (const key of fresh) this.known.add(key);
    }
    const column = <T>(of: (request: TokenRequest) => T): T[] => requests.map(of);
    const [loans]: [TokenLoan[], number] = await this.dataSource.query(LEND, [
      column(({ key }) => key),
      column(({ kind }) => kind),
      column(({ amount }) => amount),
      column(({ want }) => want),
      column(({ unused }) => unused),
      column(({ unusedDay }) => unusedDay ?? null),
      this.now()?.toISOString() ?? null,
    ]);
    // A row that was swept away meanwhile is made again the next time.
    const found = new Set(loans.map(({ key }) => key));
    for (const { key } of requests) if (!found.has(key)) this.known.delete(key);
    return loans;
  }

  async close(): Promise<void> {}
}

/** Limits that nobody has asked about for days are forgotten. */
export async function sweepTokenLimits(dataSource: DataSource): Promise<void> {
  await dataSource.query(`DELETE FROM token_limits WHERE updated_at < now() - interval '3 days'`);
}
