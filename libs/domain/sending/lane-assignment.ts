import type { EntityManager } from 'typeorm';
import type { MailClass } from '#base/contracts';
import { type PoolMember, chooseSource, membersOfStream, streamOf, takers } from '#domain/egress';
import type { SiteOfDomain } from './site-directory.js';

/** A lane by what makes it one: an egress source towards one site. */
export interface LaneRef extends SiteOfDomain {
  readonly sourceId: number;
}

export function laneKey({ sourceId, site }: Pick<LaneRef, 'sourceId' | 'site'>): string {
  return `${sourceId} ${site}`;
}

/** The sources that new mail of a workspace and class may leave by. */
export async function sourcesFor(
  manager: Pick<EntityManager, 'query'>,
  workspaceId: string,
  mailClass: MailClass,
): Promise<readonly PoolMember[]> {
  return takers(await membersOfStream(manager, workspaceId, streamOf(mailClass)));
}

/** Where mail for a site waits when it leaves by a source: a smarthost is one site for all mail. */
export function laneBy(source: Pick<PoolMember, 'sourceId' | 'smarthost'>, { site, provider }: SiteOfDomain): LaneRef {
  return { sourceId: source.sourceId, ...(source.smarthost ?? { site, provider }) };
}

/**
 * The lane for a recipient: always the same source for the same key, and one that the site does not mind where there is one.
 * @param avoided keys of lanes that are to be left alone for now
 */
export function pickLane(sources: readonly PoolMember[], site: SiteOfDomain, key: string, avoided: ReadonlySet<string>): LaneRef {
  const welcome = avoided.size === 0 ? sources : sources.filter((source) => !avoided.has(laneKey(laneBy(source, site))));
  return laneBy(chooseSource(welcome.length > 0 ? welcome : sources, key), site);
}

/** Keys of the lanes of these sources that are left alone for now, because of what their servers said or, in pools that overflow, because their day is used up. */
export async function avoidedLanes(manager: Pick<EntityManager, 'query'>, sources: readonly PoolMember[]): Promise<ReadonlySet<string>> {
  if (sources.length < 2) return new Set();
  const rows: { sourceId: number; site: string }[] = await manager.query(
    `SELECT source_id AS "sourceId", site FROM lanes
     WHERE (avoided_until > now() OR ($2 AND quota_until > now())) AND source_id = ANY($1::int[])`,
    [sources.map(({ sourceId }) => sourceId), sources.some(({ overflow }) => overflow)],
  );
  return new Set(rows.map(laneKey));
}

/** Ids of lanes by their keys; those that do not exist yet are made. */
export async function ensureLanes(manager: Pick<EntityManager, 'query'>, refs: readonly LaneRef[]): Promise<Map<string, number>> {
  const wanted = new Map(refs.map((ref) => [laneKey(ref), ref]));
  const lanes = await findLanes(manager, [...wanted.values()]);
  // Sorted: two freezes that create the same lanes at once wait for each other instead of deadlocking.
  const missing = [...wanted.values()].filter((ref) => !lanes.has(laneKey(ref))).sort((a, b) => (laneKey(a) < laneKey(b) ? -1 : 1));
  if (missing.length === 0) return lanes;
  await manager.query(
    `INSERT INTO lanes (source_id, site, provider) SELECT * FROM unnest($1::int[], $2::text[], $3::text[]) ON CONFLICT (source_id, site) DO NOTHING`,
    [missing.map(({ sourceId }) => sourceId), missing.map(({ site }) => site), missing.map(({ provider }) => provider)],
  );
  return findLanes(manager, [...wanted.values()]);
}

async function findLanes(manager: Pick<EntityManager, 'query'>, refs: readonly LaneRef[]): Promise<Map<string, number>> {
  if (refs.length === 0) return new Map();
  const rows: { id: number; sourceId: number; site: string }[] = await manager.query(
    `SELECT l.id, l.source_id AS "sourceId", l.site FROM unnest($1::int[], $2::text[]) AS w (source_id, site)
     JOIN lanes l ON l.source_id = w.source_id AND l.site = w.site`,
    [refs.map(({ sourceId }) => sourceId), refs.map(({ site }) => site)],
  );
  return new Map(rows.map((row) => [laneKey(row), row.id]));
}
