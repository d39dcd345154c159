import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who did what to the installation: a chain in which every entry holds the hash of the one before. */
export class AuditLog1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- number: without gaps. detail: the JSON text that was hashed. See libs/platform/audit.
      CREATE TABLE audit_entries (
        number bigint PRIMARY KEY, at timestamptz NOT NULL, workspace_id uuid, actor text NOT NULL, action text NOT NULL,
        target text NOT NULL, detail text NOT NULL, hash bytea NOT NULL)`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}
