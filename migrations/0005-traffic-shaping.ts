import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Why lanes are driven as they are: kept, so that it can be explained later. */
export class TrafficShaping1700000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(decisions);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}

const decisions = `
  -- Append-only. kind: see libs/domain/shaping/lane-decision.ts. No foreign key: a history outlives its lane.
  CREATE TABLE lane_decisions (
    id bigint PRIMARY KEY DEFAULT chapar_row_id(), lane_id int NOT NULL, at timestamptz NOT NULL, kind text NOT NULL,
    sentence text NOT NULL, reply text NOT NULL DEFAULT '', facts jsonb NOT NULL DEFAULT '{}');
  CREATE INDEX lane_decisions_lane ON lane_decisions (lane_id, id);
`;
