import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was known of a message when it came in: who sent it, and whether that could be proved. */
export class Reception1700000000014 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE inbound_messages ADD COLUMN reception jsonb');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}
