import type { DataSource, EntityManager } from 'typeorm';
import type { MailClass } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { type PoolMember, chooseSource, isSmarthostSite, membersOfStream, streamOf } from '#domain/egress';
import { QUEUE_CHANNEL } from './channels.js';
import { type LaneRef, avoidedLanes, ensureLanes, laneBy, laneKey } from './lane-assignment.js';

/** A waiting batch that its transaction has locked, and the lane that it waits in. */
export interface PlacedBatch {
  readonly id: RowId;
  readonly source_id: number;
  readonly site: string;
  readonly provider: string;
}

/** As a site that DNS has not been asked about: the sender that comes to it finds the real one. */
export function unresolvedSite(domain: string): { readonly site: string; readonly provider: string } {
  return { site: `domain:${domain}`, provider: 'default' };
}

/**
 * Gives locked batches to other sources, in the caller's transaction. Whole batches change their lane. Only what comes from a
 * smarthost, where mail for all sites waits together, is sorted by site anew.
 * @param targetOf the source that takes the batch
 */
export async function relane(
  manager: EntityManager,
  batches: readonly PlacedBatch[],
  targetOf: (batch: PlacedBatch) => PoolMember,
): Promise<void> {
  const whole: { id: RowId; ref: LaneRef }[] = [];
  const mixed = new Map<PoolMember, RowId[]>();
  for (const batch of batches) {
    const target = targetOf(batch);
    if (target.smarthost || !isSmarthostSite(batch.site)) whole.push({ id: batch.id, ref: laneBy(target, batch) });
    else mixed.set(target, [...(mixed.get(target) ?? []), batch.id]);
  }
  const laneOf = await ensureLanes(
    manager,
    whole.map(({ ref }) => ref),
  );
  await manager.query(
    `UPDATE batches SET lane_id = w.lane_id FROM unnest($1::bigint[], $2::int[]) AS w (id, lane_id) WHERE batches.id = w.id`,
    [whole.map(({ id }) => id), whole.map(({ ref }) => laneOf.get(laneKey(ref))!)],
  );
  for (const [target, ids] of mixed) await sortBySite(manager, ids, target);
  await manager.query('SELECT pg_notify($1, $2)', [QUEUE_CHANNEL, '']);
}

/** One batch for all sites becomes one for each. Sites are those that were known last, without asking DNS. */
const SITES = `
  SELECT b.id AS batch_id, d.id AS delivery_id, coalesce(s.site, 'domain:' || lower(split_part(d.email, '@', -1)), 'domain:') AS site, coalesce(s.provider, 'default') AS provider
  FROM batches b CROSS JOIN LATERAL unnest(b.delivery_ids) AS one (id) LEFT JOIN deliveries d ON d.id = one.id
  LEFT JOIN domain_sites s ON s.domain = lower(split_part(d.email, '@', -1)) WHERE b.id = ANY($1::bigint[])`;

async function sortBySite(manager: EntityManager, ids: readonly RowId[], target: PoolMember): Promise<void> {
  const sites = (await manager.query(`SELECT DISTINCT site, provider FROM (${SITES}) AS sorted`, [ids])) as {
    site: string;
    provider: string;
  }[];
  await ensureLanes(
    manager,
    sites.map((site) => laneBy(target, site)),
  );
  await manager.query(
    `INSERT INTO batches (lane_id, workspace_id, campaign_id, class, attempt, due_at, expires_at, delivery_ids, hold_id, held_at, created_at, message_id)
     SELECT l.id, b.workspace_id, b.campaign_id, b.class, b.attempt, b.due_at, b.expires_at, p.ids, b.hold_id, b.held_at, b.created_at, b.message_id
     FROM (SELECT batch_id, site, array_agg(delivery_id ORDER BY delivery_id) AS ids FROM (${SITES}) AS sorted WHERE delivery_id IS NOT NULL GROUP BY 1, 2) p
     JOIN batches b ON b.id = p.batch_id JOIN lanes l ON l.source_id = $2 AND l.site = p.site`,
    [ids, target.sourceId],
  );
  await manager.query('DELETE FROM batches WHERE id = ANY($1::bigint[])', [ids]);
}

export interface Moved {
  /** Deliveries that were moved. */
  readonly changed: number;
  /** Names of the sources that took them. */
  readonly to: readonly string[];
}

interface StrandedGroup {
  readonly lane_id: number;
  readonly source_id: number;
  readonly site: string;
  readonly provider: string;
  readonly workspace_id: string;
  readonly class: MailClass;
  /** Nothing but a used-up day keeps the mail: it goes only where the pool says so. */
  readonly is_over_quota: boolean;
}

const CHUNK = 400;

/**
 * Mail that waits for a source which is draining or disabled, or in a lane that is to be left alone for now, goes to the active
 * sources of its pool; from a lane whose day is used up only where the pool says so. Where there is none it stays. What senders have in hand is theirs until they give it back.
 * @param sourceName of one source; absent: of all
 */
export async function moveStranded(dataSource: DataSource, sourceName?: string): Promise<Moved> {
  const groups = (await dataSource.query(
    `SELECT l.id AS lane_id, l.source_id, l.site, l.provider, b.workspace_id, b.class, (s.state = 'active' AND l.avoided_until > now() IS NOT TRUE) AS is_over_quota
     FROM lanes l JOIN egress_sources s ON s.id = l.source_id JOIN batches b ON b.lane_id = l.id AND b.lease_owner IS NULL
     WHERE (s.state <> 'active' OR l.avoided_until > now() OR (l.quota_until > now() AND EXISTS (SELECT FROM egress_pools WHERE overflow))) AND ($1::text IS NULL OR s.name = $1)
     GROUP BY l.id, s.id, b.workspace_id, b.class ORDER BY l.id`,
    [sourceName ?? null],
  )) as StrandedGroup[];
  const to = new Set<string>();
  let changed = 0;
  for (const group of groups) {
    const targets = await targetsOf(dataSource, group);
    if (targets.length === 0) continue;
    changed += await moveGroup(dataSource, group, (batch) => {
      const target = chooseSource(targets, batch.id);
      to.add(target.name);
      return target;
    });
  }
  return { changed, to: [...to].sort() };
}

async function targetsOf(dataSource: DataSource, group: StrandedGroup): Promise<PoolMember[]> {
  const members = await membersOfStream(dataSource.manager, group.workspace_id, streamOf(group.class)).catch(() => []);
  const others = members.filter(({ state, sourceId }) => state === 'active' && sourceId !== group.source_id);
  if (group.is_over_quota && !others.some(({ overflow }) => overflow)) return [];
  const avoided = await avoidedLanes(dataSource.manager, members);
  return others.filter((member) => !avoided.has(laneKey(laneBy(member, group))));
}

async function moveGroup(dataSource: DataSource, group: StrandedGroup, targetOf: (batch: PlacedBatch) => PoolMember): Promise<number> {
  let changed = 0;
  for (let isMore = true; isMore;) {
    isMore = await dataSource.transaction(async (manager) => {
      const rows = (await manager.query(
        `SELECT id, cardinality(delivery_ids) AS size FROM batches
         WHERE lane_id = $1 AND workspace_id = $2 AND class = $3 AND lease_owner IS NULL ORDER BY id LIMIT ${CHUNK} FOR UPDATE SKIP LOCKED`,
        [group.lane_id, group.workspace_id, group.class],
      )) as { id: RowId; size: number }[];
      if (rows.length === 0) return false;
      await relane(
        manager,
        rows.map(({ id }) => ({ ...group, id })),
        targetOf,
      );
      changed += rows.reduce((sum, { size }) => sum + size, 0);
      return rows.length === CHUNK;
    });
  }
  return changed;
}

/** The lane is left alone until then: new mail for its site goes by the other sources of its pools, and what waits is moved. */
export async function avoidLane(dataSource: DataSource, laneId: number, until: Date): Promise<Moved> {
  await dataSource.query('UPDATE lanes SET avoided_until = greatest(avoided_until, $2) WHERE id = $1', [laneId, until]);
  return moveStranded(dataSource);
}

/** The volume of the lane's day is used up: in pools that overflow its mail goes by other sources until the next. */
export async function overflowLane(dataSource: DataSource, laneId: number, until: Date): Promise<Moved> {
  await dataSource.query('UPDATE lanes SET quota_until = $2 WHERE id = $1', [laneId, until]);
  return moveStranded(dataSource);
}
