import type { DataSource } from 'typeorm';
import { EventKind, Outcome, Via } from '#base/contracts';
import { firstRowIdAt } from '#base/kernel';
import type { WarmupCounter, WarmupDayCount } from '#domain/shaping';

/**
 * What attempts and events say about a day of a source. Deferrals of one address (RFC 3463 X.1, X.2) and greylisting say nothing
 * about the source; nor does what expired in our own queue. A complaint counts on the day that it comes.
 */
const COUNT = `
  WITH places AS (
    SELECT id FROM lanes WHERE source_id = $1 AND ($2 = '*' OR site = $2 OR (provider = $2 AND provider <> 'default'))),
  mail AS (
    SELECT count(*) FILTER (WHERE via = ${Via.smtp})::int AS sent,
      count(*) FILTER (WHERE outcome = ${Outcome.delivered} AND via = ${Via.smtp})::int AS delivered,
      count(*) FILTER (WHERE outcome = ${Outcome.deferred} AND via = ${Via.smtp}
        AND coalesce(enhanced_code, '') !~ '^4\\.[12]\\.' AND reply !~* 'grey-? ?list')::int AS deferred,
      count(*) FILTER (WHERE outcome = ${Outcome.bounced} AND via IN (${Via.smtp}, ${Via.dsn}))::int AS bounced
    FROM attempts WHERE id >= $3 AND id < $4 AND lane_id IN (SELECT id FROM places)),
  complaints AS (
    SELECT count(*)::int AS complained FROM events e WHERE e.id >= $3 AND e.id < $4 AND e.kind = ${EventKind.complaint} AND EXISTS (
      SELECT FROM attempts a WHERE a.delivery_id = e.delivery_id AND a.outcome = ${Outcome.delivered} AND a.lane_id IN (SELECT id FROM places)))
  SELECT * FROM mail, complaints`;

export function warmupCounter(dataSource: DataSource): WarmupCounter {
  return {
    async count({ sourceId, site }, from, to) {
      const [row] = (await dataSource.query(COUNT, [sourceId, site, firstRowIdAt(from), firstRowIdAt(to)])) as [WarmupDayCount];
      return row;
    },
  };
}
