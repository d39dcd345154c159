import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where mail leaves from: sources with addresses, proxies and smarthosts, pools of them, and which mail goes by which pool. */
export class EgressPools1700000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [sources, pools, moves]) await runner.query(statements);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}

const sources = `
  -- state: active | draining (takes nothing new) | disabled (nothing leaves by it) | removed (kept for the record of attempts).
  -- proxy: {kind: socks5 | haproxy, host, port, …}; smarthost: {host, port, security, …}: see libs/domain/egress/egress.schema.ts.
  -- revision grows with every change, for processes that have the source in memory.
  ALTER TABLE egress_sources RENAME COLUMN local_address TO local_v4;
  ALTER TABLE egress_sources ADD COLUMN local_v6 inet, ADD COLUMN address_policy text, ADD COLUMN state text NOT NULL DEFAULT 'active',
    ADD COLUMN proxy jsonb, ADD COLUMN proxy_secret_sealed bytea, ADD COLUMN smarthost jsonb, ADD COLUMN smarthost_secret_sealed bytea,
    ADD COLUMN note text NOT NULL DEFAULT '', ADD COLUMN revision int NOT NULL DEFAULT 1,
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(), ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
  UPDATE egress_sources SET local_v6 = local_v4, local_v4 = NULL WHERE family(local_v4) = 6;
`;

const pools = `
  CREATE TABLE egress_pools (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, created_at timestamptz NOT NULL DEFAULT now());

  CREATE TABLE egress_pool_members (
    pool_id int NOT NULL REFERENCES egress_pools ON DELETE CASCADE, source_id int NOT NULL REFERENCES egress_sources,
    weight int NOT NULL DEFAULT 1, PRIMARY KEY (pool_id, source_id));

  INSERT INTO egress_pools (name) VALUES ('default');
  INSERT INTO egress_pool_members (pool_id, source_id) SELECT p.id, s.id FROM egress_pools p, egress_sources s;

  -- stream: transactional (one-time codes too) | bulk. workspace_id null: of every workspace without a line of its own.
  -- What has no line goes by the pool named default.
  CREATE TABLE egress_streams (
    stream text NOT NULL, workspace_id uuid REFERENCES workspaces ON DELETE CASCADE, pool_id int NOT NULL REFERENCES egress_pools,
    UNIQUE NULLS NOT DISTINCT (stream, workspace_id));
`;

const moves = `
  -- Until then new mail for the site goes by the other sources of the pool, and what waits is moved to them.
  ALTER TABLE lanes ADD COLUMN avoided_until timestamptz;

  -- action: also move, to the source, or to the sources of the pool.
  ALTER TABLE queue_orders ADD COLUMN to_source_id int REFERENCES egress_sources, ADD COLUMN to_pool_id int REFERENCES egress_pools ON DELETE CASCADE;
`;
