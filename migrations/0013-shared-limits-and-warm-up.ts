import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Limits that several processes keep together, and plans by which a source comes to its volume. */
export class SharedLimitsAndWarmUp1700000000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [limits]) await runner.query(statements);
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
`;
