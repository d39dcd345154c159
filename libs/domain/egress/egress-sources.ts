import type { DataSource, EntityManager } from 'typeorm';
import { appendAudit } from '#platform/audit';
import type { SecretBox } from '#platform/secrets';
import { checkSource, completeSource } from './check-source.js';
import { egressError } from './egress.errors.js';
import type { ProxySettings, SmarthostSettings, SourceChange, SourceState } from './egress.schema.js';
import { isLocalAddress } from './local-addresses.js';
import { sealSecret } from './source-secrets.js';

/** A source as people see it: never its secrets. */
export interface SourceView {
  readonly id: number;
  readonly name: string;
  readonly state: SourceState;
  readonly localV4: string | null;
  readonly localV6: string | null;
  readonly helo: string | null;
  readonly addressPolicy: string | null;
  readonly proxy: ProxySettings | null;
  readonly hasProxySecret: boolean;
  readonly smarthost: SmarthostSettings | null;
  readonly hasSmarthostSecret: boolean;
  readonly note: string;
  readonly pools: readonly { readonly pool: string; readonly weight: number }[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface SourceOptions {
  /** For the record: an address, a key's name. */
  readonly by: string;
  /** The delivering machine is another one: whether it has the address cannot be told here. */
  readonly isElsewhere?: boolean | undefined;
}

const VIEW = `SELECT s.id, s.name, s.state, host(s.local_v4) AS "localV4", host(s.local_v6) AS "localV6", s.helo,
  s.address_policy AS "addressPolicy", s.proxy, s.proxy_secret_sealed IS NOT NULL AS "hasProxySecret", s.smarthost,
  s.smarthost_secret_sealed IS NOT NULL AS "hasSmarthostSecret", s.note, s.created_at AS "createdAt", s.updated_at AS "updatedAt",
  coalesce((SELECT jsonb_agg(jsonb_build_object('pool', p.name, 'weight', m.weight) ORDER BY p.name)
    FROM egress_pool_members m JOIN egress_pools p ON p.id = m.pool_id WHERE m.source_id = s.id), '[]') AS pools
  FROM egress_sources s WHERE s.state <> 'removed'`;

/** The operator's hands on sources. They belong to the installation, not to a workspace. */
export class EgressSources {
  constructor(
    private readonly dataSource: DataSource,
    private readonly secrets: Pick<SecretBox, 'seal'>,
    private readonly canBind: (address: string) => Promise<boolean> = isLocalAddress,
  ) {}

  list(): Promise<SourceView[]> {
    return this.dataSource.query(`${VIEW} ORDER BY s.name`);
  }

  /** @throws ChaparError `egress_not_found` */
  get(name: string): Promise<SourceView> {
    return readSource(this.dataSource, name);
  }

  /** @throws ChaparError `egress_name_taken`, `egress_settings_invalid` or `egress_address_missing` */
  async add(name: string, change: SourceChange, options: SourceOptions): Promise<SourceView> {
    const settings = completeSource(undefined, change);
    await checkSource(settings, options.isElsewhere ? undefined : this.canBind);
    return this.dataSource.transaction(async (manager) => {
      const [taken] = (await manager.query('SELECT 1 FROM egress_sources WHERE name = $1', [name])) as unknown[];
      if (taken) throw egressError('egress_name_taken', `There is an egress source ${name} already.`);
      const [{ id }] = (await manager.query('INSERT INTO egress_sources (name) VALUES ($1) RETURNING id', [name])) as [{ id: number }];
      await this.write(manager, id, settings, change);
      await record(manager, options.by, 'source.add', `egress source ${name}`, settings);
      return readSource(manager, name);
    });
  }

  /** Changes what is given and leaves the rest. Connections that are open end after the message they carry. */
  async set(name: string, change: SourceChange, options: SourceOptions): Promise<SourceView> {
    const before = await this.get(name);
    const settings = completeSource(before, change);
    await checkSource(settings, options.isElsewhere ? undefined : this.canBind);
    return this.dataSource.transaction(async (manager) => {
      await this.write(manager, before.id, settings, change);
      await record(manager, options.by, 'source.set', `egress source ${name}`, settings);
      return readSource(manager, name);
    });
  }

  /** In the caller's transaction, which moves the mail that waits. */
  async setState(manager: EntityManager, name: string, state: SourceState, by: string): Promise<SourceView> {
    const before = await readSource(manager, name);
    await manager.query('UPDATE egress_sources SET state = $2, revision = revision + 1, updated_at = now() WHERE id = $1', [
      before.id,
      state,
    ]);
    await record(
      manager,
      by,
      `source.${state === 'active' ? 'activate' : state === 'draining' ? 'drain' : 'disable'}`,
      `egress source ${name}`,
      {
        before: before.state,
      },
    );
    return readSource(manager, name);
  }

  /**
   * In the caller's transaction, which has seen that no mail waits for it. The row stays for the record of past attempts.
   * @throws ChaparError `egress_in_use` where a pool would be left without a source
   */
  async remove(manager: EntityManager, name: string, by: string): Promise<void> {
    const { id } = await readSource(manager, name);
    const [alone] = (await manager.query(
      `SELECT p.name FROM egress_pools p JOIN egress_pool_members m ON m.pool_id = p.id
       GROUP BY p.id HAVING count(*) = 1 AND min(m.source_id) = $1 LIMIT 1`,
      [id],
    )) as { name: string }[];
    if (alone)
      throw egressError('egress_in_use', `${name} is the only source of the pool ${alone.name}. Give the pool another one, or remove it.`);
    await manager.query('DELETE FROM egress_pool_members WHERE source_id = $1', [id]);
    await manager.query(
      `UPDATE egress_sources SET state = 'removed', name = name || '~' || id, proxy_secret_sealed = NULL, smarthost_secret_sealed = NULL,
         revision = revision + 1, updated_at = now() WHERE id = $1`,
      [id],
    );
    await record(manager, by, 'source.remove', `egress source ${name}`, {});
  }

  private async write(
    manager: EntityManager,
    id: number,
    settings: ReturnType<typeof completeSource>,
    change: SourceChange,
  ): Promise<void> {
    const sealed = (purpose: 'proxy' | 'smarthost', secret: string | undefined) =>
      secret === undefined ? null : sealSecret(this.secrets, id, purpose, secret);
    await manager.query(
      `UPDATE egress_sources SET local_v4 = $2, local_v6 = $3, helo = $4, address_policy = $5, proxy = $6, smarthost = $7, note = $8,
         proxy_secret_sealed = CASE WHEN $9 THEN coalesce($10, proxy_secret_sealed) END,
         smarthost_secret_sealed = CASE WHEN $11 THEN coalesce($12, smarthost_secret_sealed) END,
         revision = revision + 1, updated_at = now() WHERE id = $1`,
      [
        id,
        settings.localV4,
        settings.localV6,
        settings.helo?.toLowerCase() ?? null,
        settings.addressPolicy,
        settings.proxy && JSON.stringify(settings.proxy),
        settings.smarthost && JSON.stringify(settings.smarthost),
        settings.note,
        settings.hasProxySecret,
        sealed('proxy', change.proxySecret),
        settings.hasSmarthostSecret,
        sealed('smarthost', change.smarthostSecret),
      ],
    );
  }
}

export async function readSource(manager: Pick<EntityManager, 'query'>, name: string): Promise<SourceView> {
  const [row] = (await manager.query(`${VIEW} AND s.name = $1`, [name])) as SourceView[];
  if (!row) throw egressError('egress_not_found', `There is no egress source ${name}.`);
  return row;
}

export async function record(manager: EntityManager, by: string, verb: string, target: string, detail: object): Promise<void> {
  await appendAudit(manager, { workspaceId: null, actor: by, action: `egress.${verb}`, target, detail });
}
