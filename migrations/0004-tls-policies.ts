import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How each attempt was protected, the MTA-STS policies of other domains, and what their TLS reports will count. */
export class TlsPolicies1700000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- {policy, version, cipher, group, trusted, problem}: see libs/domain/sending/attempt-tls.ts. Without version: in the clear.
      ALTER TABLE attempts ALTER COLUMN tls TYPE jsonb USING
        CASE tls WHEN true THEN '{"policy": "opportunistic", "version": "TLS"}'::jsonb WHEN false THEN '{"policy": "opportunistic"}'::jsonb END;

      -- RFC 8461: a policy holds for max_age, whatever becomes of its record and its web server.
      CREATE TABLE sts_policies (
        domain text PRIMARY KEY, policy_id text NOT NULL, mode text NOT NULL, mx text[] NOT NULL, max_age_seconds int NOT NULL,
        fetched_at timestamptz NOT NULL);

      -- RFC 8460: sessions by UTC day, for domains that ask for reports. policy: {type, strings, mxHosts}, policy_hash its SHA-256.
      -- result: '' for a success, else a result type of §4.3; the hosts are empty for successes.
      CREATE TABLE tls_sessions (
        day date NOT NULL, domain text NOT NULL, policy_hash text NOT NULL, result text NOT NULL DEFAULT '',
        mx_host text NOT NULL DEFAULT '', receiving_ip text NOT NULL DEFAULT '', sending_ip text NOT NULL DEFAULT '',
        policy jsonb NOT NULL, reason text NOT NULL DEFAULT '', sessions bigint NOT NULL,
        PRIMARY KEY (day, domain, policy_hash, result, mx_host, receiving_ip, sending_ip));

      -- Reports that were sent, or why not; one row for each address that a domain names.
      CREATE TABLE tls_reports (
        day date NOT NULL, domain text NOT NULL, address text NOT NULL, report_id text NOT NULL, failure text NOT NULL DEFAULT '',
        at timestamptz NOT NULL, PRIMARY KEY (day, domain, address))`);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}
