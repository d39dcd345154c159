import type { DataSource } from 'typeorm';
import { defineErrors } from '#base/kernel';

const queueError = defineErrors({
  site_not_found: {
    kind: 'not-found',
    retry: 'after-fix',
    meaning: 'No mail was ever queued for a receiving site of this name. `chapar queue list` shows those with waiting mail.',
  },
});

export interface LaneStatus {
  readonly site: string;
  readonly provider: string;
  readonly waiting: number;
  readonly oldest: Date | null;
  readonly nextDue: Date | null;
  readonly suspendedUntil: Date | null;
  /** Why it is slow or still, in a sentence; empty when it is neither. */
  readonly reason: string;
  readonly lastReply: string;
}

const LANES = `
  SELECT l.site, l.provider, coalesce(sum(cardinality(b.delivery_ids)), 0)::int AS waiting, min(b.created_at) AS oldest, min(b.due_at) AS "nextDue",
         CASE WHEN l.suspended_until > now() THEN l.suspended_until END AS "suspendedUntil", l.reason, l.last_reply AS "lastReply"
  FROM lanes l LEFT JOIN batches b ON b.lane_id = l.id`;

/** Lanes that hold mail or are held up, the fullest first. */
export function listLanes(dataSource: DataSource): Promise<LaneStatus[]> {
  return dataSource.query(`${LANES} GROUP BY l.id HAVING count(b.id) > 0 OR l.suspended_until > now() ORDER BY waiting DESC, l.site`);
}

/** @throws ChaparError `site_not_found` */
export async function getLane(dataSource: DataSource, site: string): Promise<LaneStatus> {
  const [lane] = (await dataSource.query(`${LANES} WHERE l.site = $1 GROUP BY l.id ORDER BY waiting DESC LIMIT 1`, [site])) as LaneStatus[];
  if (!lane) throw queueError('site_not_found', `Nothing was ever queued for a site ${site}.`);
  return lane;
}
