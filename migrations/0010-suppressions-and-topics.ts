import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Suppressions with scope, pattern and expiry; topics that people choose; conversations that replies join. */
export class SuppressionsAndTopics1700000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [suppressions, topics, threads]) await runner.query(statements);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}

const suppressions = `
  -- scope: all | marketing. An address may have one of each, so that lifting a bounce does not lift an unsubscription.
  -- like_pattern: only of patterns such as *@*.example.org, as LIKE wants them.
  -- source: what made it (smtp, dsn, fbl, reply, api, cli, import …); event_id: the row of events, where there is one.
  ALTER TABLE suppressions
    ADD COLUMN scope text NOT NULL DEFAULT 'all', ADD COLUMN like_pattern text, ADD COLUMN source text NOT NULL DEFAULT '',
    ADD COLUMN event_id bigint, ADD COLUMN created_by text NOT NULL DEFAULT '', ADD COLUMN expires_at timestamptz;
  UPDATE suppressions SET scope = 'marketing' WHERE reason = 'unsubscribe';
  ALTER TABLE suppressions DROP CONSTRAINT suppressions_workspace_id_address_key_key;
  ALTER TABLE suppressions ADD CONSTRAINT suppressions_key UNIQUE (workspace_id, address_key, scope);
  CREATE INDEX suppressions_patterns ON suppressions (workspace_id) WHERE like_pattern IS NOT NULL;
  CREATE INDEX suppressions_expiring ON suppressions (expires_at) WHERE expires_at IS NOT NULL;

  -- Addresses that people let have mail although a bounce, a domain or a pattern says otherwise. Complaints and unsubscriptions stay.
  CREATE TABLE suppression_overrides (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE, address_key text NOT NULL,
    note text NOT NULL DEFAULT '', created_by text NOT NULL DEFAULT '', created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz,
    PRIMARY KEY (workspace_id, address_key));
`;

const topics = `
  -- names: {fa: {name, description}, …} for the preference page; name and description are for every other language.
  CREATE TABLE topics (
    id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    name text NOT NULL, name_key text NOT NULL, description text NOT NULL DEFAULT '', names jsonb NOT NULL DEFAULT '{}',
    is_opt_in boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, name_key));

  -- What a contact chose. status: 'subscribed' | 'unsubscribed'; without a row the topic's is_opt_in decides.
  CREATE TABLE topic_choices (
    topic_id uuid NOT NULL REFERENCES topics ON DELETE CASCADE,
    contact_id bigint NOT NULL REFERENCES contacts ON DELETE CASCADE,
    status text NOT NULL, source text NOT NULL DEFAULT '', updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic_id, contact_id));
  CREATE INDEX topic_choices_contact ON topic_choices (contact_id);
`;

const threads = `
  -- A conversation: what we sent, and what people answered.
  CREATE TABLE threads (
    id bigint NOT NULL DEFAULT chapar_row_id() PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    subject text NOT NULL DEFAULT '', contact_id bigint, campaign_id uuid, delivery_id bigint,
    address_key text NOT NULL, message_count int NOT NULL DEFAULT 0, is_open boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(), last_message_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX threads_recent ON threads (workspace_id, last_message_at, id);
  CREATE INDEX threads_delivery ON threads (delivery_id) WHERE delivery_id IS NOT NULL;

  -- direction: 'in' | 'out'. message_id: without angle brackets.
  CREATE TABLE thread_messages (
    id bigint NOT NULL DEFAULT chapar_row_id() PRIMARY KEY,
    thread_id bigint NOT NULL REFERENCES threads ON DELETE CASCADE, workspace_id uuid NOT NULL,
    direction text NOT NULL, kind text NOT NULL DEFAULT 'reply', message_id text NOT NULL DEFAULT '', inbound_id bigint, delivery_id bigint,
    from_address text NOT NULL DEFAULT '', subject text NOT NULL DEFAULT '', snippet text NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX thread_messages_thread ON thread_messages (thread_id, id);
  CREATE INDEX thread_messages_message ON thread_messages (workspace_id, message_id) WHERE message_id <> '';
  CREATE UNIQUE INDEX thread_messages_inbound ON thread_messages (inbound_id) WHERE inbound_id IS NOT NULL;
`;
