import type { DataSource, EntityManager } from 'typeorm';
import { egressError } from './egress.errors.js';
import type { PoolMembers, SourceState, Stream } from './egress.schema.js';
import { record } from './egress-sources.js';
import { DEFAULT_POOL } from './pool-members.js';

export interface PoolView {
  readonly id: number;
  readonly name: string;
  /** Whether mail of a source whose day's volume is used up goes by the others. */
  readonly overflow: boolean;
  readonly members: readonly { readonly source: string; readonly weight: number; readonly state: SourceState }[];
  readonly streams: readonly { readonly stream: Stream; readonly workspaceId: string | null }[];
}

export interface StreamView {
  readonly stream: Stream;
  /** Null: every workspace without a line of its own. */
  readonly workspaceId: string | null;
  readonly workspace: string | null;
  readonly pool: string;
}

const POOLS = `SELECT p.id, p.name, p.overflow,
  coalesce((SELECT jsonb_agg(jsonb_build_object('source', s.name, 'weight', m.weight, 'state', s.state) ORDER BY s.name)
    FROM egress_pool_members m JOIN egress_sources s ON s.id = m.source_id WHERE m.pool_id = p.id), '[]') AS members,
  coalesce((SELECT jsonb_agg(jsonb_build_object('stream', e.stream, 'workspaceId', e.workspace_id) ORDER BY e.stream, e.workspace_id)
    FROM egress_streams e WHERE e.pool_id = p.id), '[]') AS streams FROM egress_pools p`;

/** Pools of sources, and which mail goes by which. Mail that waits stays where it is: `queue move` moves it. */
export class EgressPools {
  constructor(private readonly dataSource: DataSource) {}

  list(): Promise<PoolView[]> {
    return this.dataSource.query(`${POOLS} ORDER BY p.name`);
  }

  /** @throws ChaparError `egress_not_found` */
  get(name: string): Promise<PoolView> {
    return readPool(this.dataSource, name);
  }

  /**
   * Makes the pool, or gives it other members.
   * @param overflow absent: as it is, and not for a new one
   * @throws ChaparError `egress_not_found`
   */
  async set(name: string, members: PoolMembers, by: string, overflow?: boolean): Promise<PoolView> {
    return this.dataSource.transaction(async (manager) => {
      const [{ id }] = (await manager.query(
        'INSERT INTO egress_pools (name, overflow) VALUES ($1, coalesce($2, false)) ON CONFLICT (name) DO UPDATE SET overflow = coalesce($2, egress_pools.overflow) RETURNING id',
        [name, overflow ?? null],
      )) as [{ id: number }];
      const known = (await manager.query(`SELECT name FROM egress_sources WHERE name = ANY($1::text[]) AND state <> 'removed'`, [
        members.map(({ source }) => source),
      ])) as { name: string }[];
      const missing = members.find(({ source }) => !known.some((row) => row.name === source));
      if (missing) throw egressError('egress_not_found', `There is no egress source ${missing.source}.`);
      await manager.query('DELETE FROM egress_pool_members WHERE pool_id = $1', [id]);
      await manager.query(
        `INSERT INTO egress_pool_members (pool_id, source_id, weight)
         SELECT $1, s.id, m.weight FROM unnest($2::text[], $3::int[]) AS m (source, weight) JOIN egress_sources s ON s.name = m.source`,
        [id, members.map(({ source }) => source), members.map(({ weight }) => weight)],
      );
      await record(manager, by, 'pool.set', `egress pool ${name}`, { members, ...(overflow !== undefined && { overflow }) });
      return readPool(manager, name);
    });
  }

  /** @throws ChaparError `egress_in_use` for the default pool and for one that streams go by */
  async remove(name: string, by: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const { id, streams } = await readPool(manager, name);
      if (name === DEFAULT_POOL)
        throw egressError('egress_in_use', 'The pool "default" takes what has no pool of its own; it cannot be removed.');
      if (streams.length > 0)
        throw egressError('egress_in_use', `The ${streams[0]!.stream} stream goes by the pool ${name}. Give it another pool first.`);
      await manager.query('DELETE FROM egress_pools WHERE id = $1', [id]);
      await record(manager, by, 'pool.remove', `egress pool ${name}`, {});
    });
  }

  /** Lines in force, those of all workspaces first; the two that nobody wrote are there too. */
  async streams(): Promise<StreamView[]> {
    return this.dataSource.query(
      `SELECT e.stream, e.workspace_id AS "workspaceId", w.name AS workspace, p.name AS pool
       FROM (SELECT stream, workspace_id, pool_id FROM egress_streams
         UNION ALL SELECT d.stream, NULL, (SELECT id FROM egress_pools WHERE name = '${DEFAULT_POOL}') FROM (VALUES ('transactional'), ('bulk')) AS d (stream)
           WHERE NOT EXISTS (SELECT FROM egress_streams x WHERE x.stream = d.stream AND x.workspace_id IS NULL)) e
       JOIN egress_pools p ON p.id = e.pool_id LEFT JOIN workspaces w ON w.id = e.workspace_id ORDER BY e.workspace_id NULLS FIRST, e.stream`,
    );
  }

  /** @param workspaceId null: of every workspace without a line of its own */
  async mapStream(stream: Stream, workspaceId: string | null, pool: string, by: string): Promise<StreamView[]> {
    await this.dataSource.transaction(async (manager) => {
      const { id, members } = await readPool(manager, pool);
      if (members.length === 0) throw egressError('egress_settings_invalid', `The pool ${pool} has no source.`);
      await requireWorkspace(manager, workspaceId);
      await manager.query(
        `INSERT INTO egress_streams (stream, workspace_id, pool_id) VALUES ($1, $2, $3)
         ON CONFLICT (stream, workspace_id) DO UPDATE SET pool_id = excluded.pool_id`,
        [stream, workspaceId, id],
      );
      await record(manager, by, 'stream.set', `${stream} stream`, { workspaceId, pool });
    });
    return this.streams();
  }

  /** Back to what holds for every workspace, or to the pool "default". @throws ChaparError `egress_not_found` */
  async unmapStream(stream: Stream, workspaceId: string | null, by: string): Promise<StreamView[]> {
    await this.dataSource.transaction(async (manager) => {
      const [, removed] = (await manager.query('DELETE FROM egress_streams WHERE stream = $1 AND workspace_id IS NOT DISTINCT FROM $2', [
        stream,
        workspaceId,
      ])) as [unknown, number];
      if (removed === 0) throw egressError('egress_not_found', `The ${stream} stream has no pool of its own there.`);
      await record(manager, by, 'stream.remove', `${stream} stream`, { workspaceId });
    });
    return this.streams();
  }
}

export async function readPool(manager: Pick<EntityManager, 'query'>, name: string): Promise<PoolView> {
  const [row] = (await manager.query(`${POOLS} WHERE p.name = $1`, [name])) as PoolView[];
  if (!row) throw egressError('egress_not_found', `There is no egress pool ${name}.`);
  return row;
}

async function requireWorkspace(manager: EntityManager, id: string | null): Promise<void> {
  if (id === null) return;
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
  const rows: unknown[] = isUuid ? await manager.query('SELECT FROM workspaces WHERE id = $1', [id]) : [];
  if (rows.length === 0) throw egressError('egress_not_found', `There is no workspace ${id}.`);
}
