import type { LaneMood } from '#domain/shaping';
import type { DataSource } from 'typeorm';
import { MailClass } from '#base/contracts';

/** A lane that this worker alone may send for. */
export interface LeasedLane {
  readonly id: number;
  readonly site: string;
  readonly provider: string;
  readonly epoch: string;
  readonly sourceId: number;
  /** Of the source, when the lane was leased. */
  readonly sourceRevision: number;
  /** See `lanes.retries_asked`. */
  readonly retriesAsked: number;
  readonly mood: LaneMood;
}

interface LaneRow {
  id: number;
  site: string;
  provider: string;
  lease_epoch: string;
  source_id: number;
  source_revision: number;
  suspended_until: Date | null;
  reason: string;
  last_reply: string;
  failures: number;
  window_size: number | null;
  rate_per_second: number | null;
  retries_asked: number;
}

export const LEASE_MS = 30_000;

/** Mail that may leave: due, not held back, and of a campaign that is sending. Test and transactional mail asks for no campaign's leave. */
export const CLAIMABLE = `b.lease_owner IS NULL AND b.hold_id IS NULL AND b.due_at <= now()
  AND (b.class <> ${MailClass.bulk} OR b.campaign_id IS NULL OR EXISTS (SELECT FROM campaigns c WHERE c.id = b.campaign_id AND c.status = 'sending'))`;

/**
 * A draining source sends what no other source can take; what they can take is moved first. By a disabled one nothing leaves.
 * `s` is the source.
 */
const SENDS = `(s.state = 'active' OR (s.state = 'draining' AND s.updated_at < now() - interval '15 seconds'))`;

/**
 * Which worker may send for which lane. One UPDATE decides, so two workers never hold one lane; the epoch grows with
 * every change of hands and is written to every attempt. Leases live and die with their worker's heartbeat: see workers.ts.
 */
export class LaneLeases {
  /** The lane number up to which this round has come. */
  private after = 0;

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Leases free lanes with mail to send, at most `limit`, so that workers that wake together share them. It goes round by
   * lane number: lanes that came last time are not looked at again before all others.
   * @param sourceIds egress sources that the worker can send by; null for all
   */
  async acquire(workerId: string, limit: number, sourceIds: readonly number[] | null = null): Promise<LeasedLane[]> {
    const begunAfter = this.after;
    const lanes = await this.acquireAfter(workerId, begunAfter, limit, sourceIds);
    if (lanes.length < limit && begunAfter > 0) lanes.push(...(await this.acquireAfter(workerId, 0, limit - lanes.length, sourceIds)));
    this.after = lanes.length < limit ? 0 : lanes.at(-1)!.id;
    return lanes;
  }

  private async acquireAfter(workerId: string, after: number, limit: number, sourceIds: readonly number[] | null): Promise<LeasedLane[]> {
    const [rows]: [LaneRow[], number] = await this.dataSource.query(
      `WITH free AS (
         SELECT l.id, s.revision AS source_revision FROM lanes l JOIN egress_sources s ON s.id = l.source_id AND ${SENDS}
         WHERE l.id > $3 AND ($4::int[] IS NULL OR l.source_id = ANY($4)) AND (l.lease_owner IS NULL OR (l.lease_until < now() AND NOT EXISTS (SELECT FROM mta_workers w WHERE w.id = l.lease_owner)))
           AND (l.suspended_until IS NULL OR l.suspended_until <= now())
           AND EXISTS (SELECT FROM batches b WHERE b.lane_id = l.id AND ${CLAIMABLE})
         ORDER BY l.id LIMIT $2 FOR UPDATE OF l SKIP LOCKED)
       UPDATE lanes SET lease_owner = $1, lease_epoch = lanes.lease_epoch + 1, lease_until = now() + interval '${LEASE_MS} milliseconds'
       FROM free
       WHERE lanes.id = free.id AND EXISTS (SELECT FROM mta_workers w WHERE w.id = $1)
       RETURNING lanes.id, site, provider, lease_epoch, lanes.source_id, free.source_revision, suspended_until, reason, last_reply, failures, window_size, rate_per_second, retries_asked`,
      [workerId, limit, after, sourceIds],
    );
    return rows
      .sort((a, b) => a.id - b.id)
      .map((row) => ({
        id: row.id,
        site: row.site,
        provider: row.provider,
        epoch: row.lease_epoch,
        sourceId: row.source_id,
        sourceRevision: row.source_revision,
        retriesAsked: row.retries_asked,
        mood: {
          suspendedUntil: row.suspended_until,
          reason: row.reason,
          lastReply: row.last_reply,
          failures: row.failures,
          windowSize: row.window_size,
          ratePerSecond: row.rate_per_second,
        },
      }));
  }

  /**
   * Writes what the lanes' throttles know: for the next holder, and for people who ask why nothing moves. What somebody
   * asked to forget meanwhile is not written again.
   */
  async saveMoods(workerId: string, moods: readonly { laneId: number; retriesAsked: number; mood: LaneMood }[]): Promise<void> {
    if (moods.length === 0) return;
    const rows = moods.map(({ laneId, retriesAsked, mood }) => ({
      id: laneId,
      retries_asked: retriesAsked,
      suspended_until: mood.suspendedUntil?.toISOString() ?? null,
      reason: mood.reason,
      last_reply: mood.lastReply,
      failures: mood.failures,
      window_size: mood.windowSize,
      rate_per_second: mood.ratePerSecond,
    }));
    await this.dataSource.query(
      `UPDATE lanes SET suspended_until = m.suspended_until, reason = m.reason, last_reply = m.last_reply, failures = m.failures,
         window_size = m.window_size, rate_per_second = m.rate_per_second, updated_at = now()
       FROM jsonb_to_recordset($2::jsonb) AS m (id int, retries_asked int, suspended_until timestamptz, reason text, last_reply text, failures int, window_size real, rate_per_second real)
       WHERE lanes.id = m.id AND lanes.retries_asked = m.retries_asked AND lanes.lease_owner = $1`,
      [workerId, JSON.stringify(rows)],
    );
  }

  /** How often each lane of the worker was asked to try at once, where ever. */
  async retriesAsked(workerId: string): Promise<ReadonlyMap<number, number>> {
    const rows: { id: number; retries_asked: number }[] = await this.dataSource.query(
      'SELECT id, retries_asked FROM lanes WHERE lease_owner = $1 AND retries_asked > 0',
      [workerId],
    );
    return new Map(rows.map((row) => [row.id, row.retries_asked]));
  }

  async release(workerId: string, laneIds: readonly number[]): Promise<void> {
    if (laneIds.length === 0) return;
    await this.dataSource.query('UPDATE lanes SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = $1 AND id = ANY($2::int[])', [
      workerId,
      laneIds,
    ]);
  }
}
