import { randomBytes } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { systemActor, uuidv7, type ActorContext } from '#base/kernel';
import { UserService } from './user.service.js';
import { WorkspaceEntity } from './workspace.entity.js';

const FIRST_RUN_LOCK = 4_276_109;

export interface FirstRunOptions {
  readonly adminEmail?: string | undefined;
  readonly adminPassword?: string | undefined;
  /** What other libraries put into a new workspace, in the same transaction. */
  readonly seed: (manager: EntityManager, context: ActorContext) => Promise<void>;
}

/** The login to print; `password` is absent when the admin chose it by configuration. */
export interface FirstRunResult {
  readonly email: string;
  readonly password: string | undefined;
}

/**
 * Gives an empty database its workspace and its administrator, all or nothing.
 * @returns undefined when that was done before; two starts at once make one workspace.
 */
export async function ensureFirstRun(dataSource: DataSource, options: FirstRunOptions): Promise<FirstRunResult | undefined> {
  return dataSource.transaction(async (manager) => {
    await manager.query('SELECT pg_advisory_xact_lock($1)', [FIRST_RUN_LOCK]);
    const [{ exists }] = (await manager.query('SELECT EXISTS (SELECT FROM workspaces) AS exists')) as [{ exists: boolean }];
    if (exists) return undefined;
    const workspaceId = uuidv7();
    await manager.getRepository(WorkspaceEntity).insert({ id: workspaceId, name: 'My workspace', slug: 'main' });
    const email = options.adminEmail ?? 'admin@localhost';
    const generated = options.adminPassword === undefined ? randomBytes(15).toString('base64url') : undefined;
    await new UserService(dataSource).create(
      { email, password: options.adminPassword ?? generated!, isInstanceAdmin: true },
      { workspaceId, role: 'owner' },
      manager,
    );
    await options.seed(manager, systemActor(workspaceId, 'first-run'));
    return { email, password: generated };
  });
}

/** The workspace that the CLI acts in when none is named: the oldest. */
export async function defaultWorkspace(dataSource: DataSource): Promise<ActorContext> {
  const [row] = (await dataSource.query('SELECT id FROM workspaces ORDER BY created_at, id LIMIT 1')) as { id: string }[];
  if (!row) throw new Error('the database has no workspace: run `chapar start` once');
  return systemActor(row.id, 'cli');
}
