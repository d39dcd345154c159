import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mail that programs hand over, by HTTP or by submission: one message, its spooled bytes, and a delivery for each recipient. */
export class Messages1700000000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [partitions, messages, deliveries, requests, keys]) await runner.query(statements);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}

const partitions = `
  -- The smallest uuid v7 (RFC 9562 §5.7) of an instant: its first 48 bits are milliseconds.
  CREATE FUNCTION chapar_first_uuid(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS
    $$ SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;

  -- chapar_ensure_partitions for tables that are partitioned by a uuid v7.
  CREATE FUNCTION chapar_ensure_uuid_partitions(parent text, months_ahead int) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE month timestamptz; name text;
  BEGIN
    FOR step IN 0..months_ahead LOOP
      month := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + make_interval(months => step);
      name := parent || '_' || to_char(month AT TIME ZONE 'UTC', 'YYYYMM');
      IF to_regclass(name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)', name, parent,
          chapar_first_uuid(month), chapar_first_uuid(month + interval '1 month'));
      END IF;
    END LOOP;
  END $$;
`;

const messages = `
  -- id: uuid v7. origin: 'api' | 'smtp'. recipients: {to, cc, bcc} as they were given. class: as in batches.
  -- spool: how the bytes become one recipient's: see MessageSpool in libs/domain/sending/message-spool.ts.
  CREATE TABLE messages (
    id uuid NOT NULL PRIMARY KEY, workspace_id uuid NOT NULL, domain_id uuid NOT NULL, api_key_id uuid,
    origin text NOT NULL DEFAULT 'api', class smallint NOT NULL DEFAULT 1, stream text NOT NULL DEFAULT 'transactional',
    sender text NOT NULL, recipients jsonb NOT NULL, reply_to text[] NOT NULL DEFAULT '{}', subject text NOT NULL DEFAULT '',
    message_id text NOT NULL, topic_id uuid, tags jsonb NOT NULL DEFAULT '[]', metadata jsonb NOT NULL DEFAULT '{}',
    envelope_from text NOT NULL DEFAULT '', dsn jsonb, spool jsonb NOT NULL, size_bytes int NOT NULL, blob text,
    scheduled_at timestamptz, expires_at timestamptz NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp()) PARTITION BY RANGE (id);
  CREATE INDEX messages_workspace ON messages (workspace_id, id);

  -- The bytes of those without a blob, apart: what is listed stays narrow, and bodies can be forgotten sooner.
  CREATE TABLE message_bodies (message_id uuid NOT NULL PRIMARY KEY, content bytea NOT NULL) PARTITION BY RANGE (message_id);
  -- Compressing in the way of an answer costs more than the disk that it saves.
  ALTER TABLE message_bodies ALTER COLUMN content SET STORAGE EXTERNAL;

  SELECT chapar_ensure_uuid_partitions(parent, 2) FROM (VALUES ('messages'), ('message_bodies')) AS partitioned (parent);
`;

const deliveries = `
  ALTER TABLE deliveries ADD COLUMN message_id uuid;
  CREATE INDEX deliveries_message ON deliveries (message_id) WHERE message_id IS NOT NULL;
  -- Of a scheduled message: how it is found again to be cancelled or put off. Retries do not keep it.
  ALTER TABLE batches ADD COLUMN message_id uuid;
  CREATE INDEX batches_message ON batches (message_id) WHERE message_id IS NOT NULL;
`;

const requests = `
  -- endpoint: which operation the key was used for. response: what was answered.
  CREATE TABLE idempotency_keys (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, endpoint text NOT NULL, key text NOT NULL,
    request_hash bytea NOT NULL, response jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, endpoint, key));
  CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
`;

const keys = `
  ALTER TABLE api_keys ADD COLUMN expires_at timestamptz;
  -- Networks in CIDR notation from which the key may be used; empty: from anywhere.
  ALTER TABLE api_keys ADD COLUMN allowed_networks text[] NOT NULL DEFAULT '{}';
`;
