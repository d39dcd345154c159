import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Limits that several processes keep together, and plans by which a source comes to its volume. */
export class SharedLimitsAndWarmUp1700000000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [limits, warmUp, orders]) await runner.query(statements);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}

const limits = `
  -- One row for each limit, updated a few times a second at most: see libs/domain/shaping/token-lender.ts.
  CREATE TABLE token_limits (
    key text PRIMARY KEY, full_at timestamptz NOT NULL DEFAULT '-infinity', day date, used int NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 50);

  -- Open connections of limits that span processes, by process. No foreign key: a process that is silent is forgotten in time.
  CREATE TABLE connection_shares (
    key text NOT NULL, holder uuid NOT NULL, held int NOT NULL, want int NOT NULL, kept_until timestamptz NOT NULL, PRIMARY KEY (key, holder));
`;

const warmUp = `
  -- site: a site, a provider, or * for all mail of the source. state: active | paused | finished. day: what step and quota are for.
  CREATE TABLE warmup_plans (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source_id int NOT NULL REFERENCES egress_sources, site text NOT NULL DEFAULT '*',
    state text NOT NULL DEFAULT 'active', ramp jsonb NOT NULL, thresholds jsonb NOT NULL, started_on date NOT NULL, day date NOT NULL,
    step int NOT NULL DEFAULT 1, quota int NOT NULL, created_by text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(), UNIQUE (source_id, site));
  CREATE TABLE warmup_decisions (
    id bigint PRIMARY KEY DEFAULT chapar_row_id(), plan_id int NOT NULL REFERENCES warmup_plans ON DELETE CASCADE, at timestamptz NOT NULL,
    day date NOT NULL, kind text NOT NULL, step int NOT NULL, quota int NOT NULL, sentence text NOT NULL, facts jsonb NOT NULL DEFAULT '{}');
  CREATE INDEX warmup_decisions_plan ON warmup_decisions (plan_id, id);

  -- Until then a day's volume is used up, and where the pool says so the other sources take the lane's mail.
  ALTER TABLE lanes ADD COLUMN quota_until timestamptz;
  ALTER TABLE egress_pools ADD COLUMN overflow boolean NOT NULL DEFAULT false;
`;

const orders = `
  -- Of one lane alone; and what a bounce says of its class. No foreign key: an order outlives its lane.
  ALTER TABLE queue_orders ADD COLUMN lane_id int, ADD COLUMN bounce_class text NOT NULL DEFAULT 'other';
`;
