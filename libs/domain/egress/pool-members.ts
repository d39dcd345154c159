import type { EntityManager } from 'typeorm';
import { MailClass } from '#base/contracts';
import type { Candidate } from './choose-source.js';
import { egressError } from './egress.errors.js';
import type { SmarthostSettings, SourceState, Stream } from './egress.schema.js';

export const DEFAULT_POOL = 'default';

/** A site as lanes name it, and the provider whose shaping it gets. */
export interface SmarthostSite {
  readonly site: string;
  readonly provider: string;
}

/** A source that mail of a stream may leave by. */
export interface PoolMember extends Candidate {
  readonly name: string;
  readonly state: SourceState;
  /** Whether the pool that it was found in has its other sources take what is over a day's volume. */
  readonly overflow: boolean;
  /** Where everything goes that leaves by it, if it is a smarthost. */
  readonly smarthost: SmarthostSite | null;
}

export function streamOf(mailClass: MailClass): Stream {
  return mailClass === MailClass.bulk ? 'bulk' : 'transactional';
}

const SITE_PREFIX = 'smarthost:';

/** A smarthost is a site of its own, whomever the mail is for. */
export function smarthostSite({ host, port, kind }: Pick<SmarthostSettings, 'host' | 'port' | 'kind'>): SmarthostSite {
  return { site: `${SITE_PREFIX}${host.toLowerCase()}:${port}`, provider: kind === 'ses' ? 'amazon-ses' : 'smarthost' };
}

export function isSmarthostSite(site: string): boolean {
  return site.startsWith(SITE_PREFIX);
}

interface MemberRow {
  readonly sourceId: number;
  readonly weight: number;
  readonly name: string;
  readonly state: SourceState;
  readonly overflow: boolean;
  readonly smarthost: SmarthostSettings | null;
}

const MEMBERS = `SELECT s.id AS "sourceId", m.weight, s.name, s.state, s.smarthost, p.overflow FROM egress_pool_members m JOIN egress_pools p ON p.id = m.pool_id
  JOIN egress_sources s ON s.id = m.source_id AND s.state <> 'removed'`;

/** Sources of the pool that a stream of a workspace goes by, in the order of their ids. */
export async function membersOfStream(manager: Pick<EntityManager, 'query'>, workspaceId: string, stream: Stream): Promise<PoolMember[]> {
  const rows = (await manager.query(
    `${MEMBERS} WHERE m.pool_id = coalesce(
       (SELECT e.pool_id FROM egress_streams e WHERE e.stream = $1 AND (e.workspace_id = $2 OR e.workspace_id IS NULL) ORDER BY e.workspace_id NULLS LAST LIMIT 1),
       (SELECT p.id FROM egress_pools p WHERE p.name = '${DEFAULT_POOL}')) ORDER BY s.id`,
    [stream, workspaceId],
  )) as MemberRow[];
  if (rows.length === 0) throw egressError('egress_in_use', `The pool of the ${stream} stream has no source; give it one.`);
  return rows.map(toMember);
}

export async function membersOfPool(manager: Pick<EntityManager, 'query'>, poolId: number): Promise<PoolMember[]> {
  return ((await manager.query(`${MEMBERS} WHERE m.pool_id = $1 ORDER BY s.id`, [poolId])) as MemberRow[]).map(toMember);
}

export async function memberOfSource(manager: Pick<EntityManager, 'query'>, sourceId: number): Promise<PoolMember[]> {
  const rows = (await manager.query(
    `SELECT s.id AS "sourceId", 1 AS weight, s.name, s.state, s.smarthost, false AS overflow FROM egress_sources s WHERE s.id = $1 AND s.state <> 'removed'`,
    [sourceId],
  )) as MemberRow[];
  return rows.map(toMember);
}

/**
 * Those that take new mail. Where none is active the draining ones still do, and where all are disabled mail waits with them
 * until one is active again: another pool's reputation is not ours to spend.
 */
export function takers(members: readonly PoolMember[]): readonly PoolMember[] {
  for (const state of ['active', 'draining'] as const) {
    const found = members.filter((member) => member.state === state);
    if (found.length > 0) return found;
  }
  return members;
}

function toMember({ smarthost, ...row }: MemberRow): PoolMember {
  return { ...row, smarthost: smarthost && smarthostSite(smarthost) };
}
