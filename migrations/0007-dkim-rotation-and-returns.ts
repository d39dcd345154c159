import type { MigrationInterface, QueryRunner } from 'typeorm';

/** DKIM keys that take turns; soft bounces that add up; reports to those who submitted mail. */
export class DkimRotationAndReturns1700000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [rotation, softBounces, returns]) await runner.query(statements);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}

const rotation = `
  ALTER TABLE domains ADD COLUMN dkim_rotation_days int, ADD COLUMN dkim_overlap_days int NOT NULL DEFAULT 7;
  -- state: next | active | retiring | removed (libs/domain/deliverability/dkim-rotation.ts).
  ALTER TABLE dkim_keys ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now(), ADD COLUMN retires_at timestamptz;
  UPDATE dkim_keys SET changed_at = created_at;
`;

const softBounces = `
  -- Refusals that say little about an address alone; a delivery to it that succeeds removes the row.
  -- history: the last ones, oldest first: [{deliveryId, class, reply, at}].
  CREATE TABLE soft_bounces (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, address_key text NOT NULL,
    bounce_class text NOT NULL, bounces int NOT NULL, first_at timestamptz NOT NULL, last_at timestamptz NOT NULL, history jsonb NOT NULL,
    PRIMARY KEY (workspace_id, address_key, bounce_class));
  CREATE INDEX soft_bounces_age ON soft_bounces (last_at);
  -- How far each reader has read the ledger of attempts.
  CREATE TABLE ledger_cursors (reader text PRIMARY KEY, attempt_id bigint NOT NULL);
`;

const returns = `
  -- What was told to whoever submitted a message about one of its recipients. kind: 'failed' | 'delayed' | 'relayed'.
  CREATE TABLE return_reports (
    delivery_id bigint NOT NULL, kind text NOT NULL, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    report_delivery_id bigint, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (delivery_id, kind));
`;
