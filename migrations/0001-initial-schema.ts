import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The whole first schema. Ids: uuid v7 for what people create by hand, bigint for what exists by the million.
 * `deliveries`, `attempts` and `events` are append-only and partitioned by a time-ordered id (see `chapar_row_id`),
 * so that sending updates and deletes no row per message, and old months are dropped whole.
 */
export class InitialSchema1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [identity, people, audience, templates, campaigns, queue, ledger, feedback, plumbing]) {
      await runner.query(statements);
    }
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}

const identity = `
  -- No CACHE: within a second the order of ids is the order of their making, whichever session made them.
  CREATE SEQUENCE row_id_seq AS bigint;

  -- epoch seconds in the high 32 bits, a shared sequence in the low 31: unique, time-ordered, one bigint.
  CREATE FUNCTION chapar_row_id() RETURNS bigint LANGUAGE sql VOLATILE PARALLEL UNSAFE AS
    $$ SELECT (floor(extract(epoch FROM clock_timestamp()))::bigint << 31) | (nextval('row_id_seq') & 2147483647) $$;

  -- The smallest id a row written at that instant can have.
  CREATE FUNCTION chapar_first_row_id(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS
    $$ SELECT floor(extract(epoch FROM at))::bigint << 31 $$;

  -- Monthly partitions of a table partitioned by row id, from this month to 'months_ahead' months later.
  CREATE FUNCTION chapar_ensure_partitions(parent text, months_ahead int) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE month timestamptz; name text;
  BEGIN
    FOR step IN 0..months_ahead LOOP
      month := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + make_interval(months => step);
      name := parent || '_' || to_char(month AT TIME ZONE 'UTC', 'YYYYMM');
      IF to_regclass(name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', name, parent,
          chapar_first_row_id(month), chapar_first_row_id(month + interval '1 month'));
      END IF;
    END LOOP;
  END $$;
`;

const people = `
  CREATE TABLE workspaces (
    id uuid PRIMARY KEY, name text NOT NULL, slug text NOT NULL UNIQUE,
    postal_address text NOT NULL DEFAULT '', settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now());

  CREATE TABLE users (
    id uuid PRIMARY KEY, email text NOT NULL, email_key text NOT NULL UNIQUE, name text NOT NULL DEFAULT '',
    password_hash text NOT NULL, is_instance_admin boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());

  CREATE TABLE workspace_members (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    role text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, user_id));

  CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY, user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(), expires_at timestamptz NOT NULL,
    ip inet, user_agent text NOT NULL DEFAULT '');

  CREATE TABLE api_keys (
    id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    name text NOT NULL, prefix text NOT NULL UNIQUE, secret_hash bytea NOT NULL, scope text NOT NULL,
    domain text, created_at timestamptz NOT NULL DEFAULT now(), last_used_at timestamptz, revoked_at timestamptz);

  CREATE TABLE domains (
    id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    name text NOT NULL, status text NOT NULL DEFAULT 'pending', is_sandbox boolean NOT NULL DEFAULT false,
    return_path_host text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), verified_at timestamptz,
    UNIQUE (workspace_id, name));

  CREATE TABLE dkim_keys (
    id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    domain_id uuid NOT NULL REFERENCES domains ON DELETE CASCADE,
    selector text NOT NULL, algorithm text NOT NULL, private_key_sealed bytea NOT NULL, public_key text NOT NULL,
    state text NOT NULL DEFAULT 'active', created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (domain_id, selector, algorithm));
`;

const audience = `
  CREATE TABLE contacts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    email text NOT NULL, email_key text NOT NULL,
    first_name text NOT NULL DEFAULT '', last_name text NOT NULL DEFAULT '', language text NOT NULL DEFAULT '',
    attributes jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, email_key));

  CREATE TABLE lists (
    id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    name text NOT NULL, name_key text NOT NULL, description text NOT NULL DEFAULT '', opt_in text NOT NULL DEFAULT 'single',
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, name_key));

  -- status: 'unconfirmed' | 'subscribed' | 'unsubscribed'
  CREATE TABLE list_memberships (
    list_id uuid NOT NULL REFERENCES lists ON DELETE CASCADE,
    contact_id bigint NOT NULL REFERENCES contacts ON DELETE CASCADE,
    status text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (list_id, contact_id));
  CREATE INDEX list_memberships_contact ON list_memberships (contact_id);

  -- address_key: a whole address, or '@domain' for everyone there
  CREATE TABLE suppressions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    address_key text NOT NULL, reason text NOT NULL, detail text NOT NULL DEFAULT '', delivery_id bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, address_key));

  CREATE TABLE contact_imports (
    id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    list_id uuid REFERENCES lists ON DELETE SET NULL,
    file_name text NOT NULL, stored_path text NOT NULL, options jsonb NOT NULL DEFAULT '{}', status text NOT NULL DEFAULT 'waiting',
    bytes_total bigint NOT NULL DEFAULT 0, bytes_done bigint NOT NULL DEFAULT 0,
    rows_read bigint NOT NULL DEFAULT 0, rows_created bigint NOT NULL DEFAULT 0, rows_updated bigint NOT NULL DEFAULT 0,
    rows_duplicate bigint NOT NULL DEFAULT 0, rows_rejected bigint NOT NULL DEFAULT 0,
    checkpoint jsonb NOT NULL DEFAULT '{}', error_code text, error_message text, error_file text,
    created_at timestamptz NOT NULL DEFAULT now(), started_at timestamptz, finished_at timestamptz);
  CREATE INDEX contact_imports_recent ON contact_imports (workspace_id, created_at);
`;

const templates = `
  CREATE TABLE templates (
    id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    name text NOT NULL, language text NOT NULL DEFAULT 'en', direction text NOT NULL DEFAULT 'ltr', gallery_key text,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), archived_at timestamptz);
  CREATE INDEX templates_workspace ON templates (workspace_id, created_at);

  CREATE TABLE template_partials (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    name text NOT NULL, source text NOT NULL, updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, name));

  -- Immutable once written. compiled: see CompiledTemplate in libs/domain/templates.
  CREATE TABLE template_versions (
    id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    template_id uuid NOT NULL REFERENCES templates ON DELETE CASCADE,
    number int NOT NULL, subject text NOT NULL, preheader text NOT NULL DEFAULT '', source text NOT NULL,
    text_source text, missing_values text NOT NULL DEFAULT 'empty', compiled jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (template_id, number));
`;

const campaigns = `
  -- status: draft | scheduled | preparing | sending | paused | sent | cancelled | failed
  CREATE TABLE campaigns (
    id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    name text NOT NULL, status text NOT NULL DEFAULT 'draft', status_reason text NOT NULL DEFAULT '',
    template_id uuid REFERENCES templates ON DELETE SET NULL,
    template_version_id uuid REFERENCES template_versions,
    domain_id uuid REFERENCES domains, from_name text NOT NULL DEFAULT '', from_email text NOT NULL DEFAULT '', reply_to text NOT NULL DEFAULT '',
    audience jsonb NOT NULL DEFAULT '{}', audience_counts jsonb NOT NULL DEFAULT '{}', recipients bigint NOT NULL DEFAULT 0,
    scheduled_at timestamptz, started_at timestamptz, finished_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX campaigns_workspace ON campaigns (workspace_id, created_at);
  CREATE INDEX campaigns_due ON campaigns (scheduled_at) WHERE status = 'scheduled';

  -- One idempotent ticket of the freeze: the contacts with from_contact_id <= id < to_contact_id.
  CREATE TABLE campaign_ranges (
    campaign_id uuid NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    number int NOT NULL, from_contact_id bigint NOT NULL, to_contact_id bigint NOT NULL,
    state text NOT NULL DEFAULT 'waiting', recipients int NOT NULL DEFAULT 0,
    PRIMARY KEY (campaign_id, number));
`;

const queue = `
  CREATE TABLE egress_sources (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, local_address inet, helo text);
  INSERT INTO egress_sources (name) VALUES ('default');

  -- A lane is one egress source towards one site (MX roll-up). Exactly one live worker holds its lease.
  CREATE TABLE lanes (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id int NOT NULL REFERENCES egress_sources, site text NOT NULL, provider text NOT NULL DEFAULT 'default',
    suspended_until timestamptz, reason text NOT NULL DEFAULT '', last_reply text NOT NULL DEFAULT '',
    failures int NOT NULL DEFAULT 0, window_size real, rate_per_second real,
    lease_owner uuid, lease_epoch bigint NOT NULL DEFAULT 0, lease_until timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (source_id, site));

  -- About 250 deliveries of one lane, class, workspace and campaign: the unit of claiming. Deferred ones form a new batch.
  -- class: 0 one-time codes, 1 transactional, 2 bulk
  CREATE TABLE batches (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane_id int NOT NULL REFERENCES lanes, workspace_id uuid NOT NULL, campaign_id uuid,
    class smallint NOT NULL, attempt smallint NOT NULL DEFAULT 1, due_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL, delivery_ids bigint[] NOT NULL,
    lease_owner uuid, lease_epoch bigint, created_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 70);
  CREATE INDEX batches_claim ON batches (lane_id, class, workspace_id, due_at) WHERE lease_owner IS NULL;
  CREATE INDEX batches_campaign ON batches (campaign_id);
  CREATE INDEX batches_leased ON batches (lease_owner) WHERE lease_owner IS NOT NULL;

  -- Which site the mail of a domain goes to, remembered for as long as DNS allows.
  CREATE TABLE domain_sites (
    domain text PRIMARY KEY, site text NOT NULL, provider text NOT NULL, expires_at timestamptz NOT NULL);

  CREATE TABLE mta_workers (
    id uuid PRIMARY KEY, hostname text NOT NULL, pid int NOT NULL, journal text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(), heartbeat_at timestamptz NOT NULL DEFAULT now());
`;

const ledger = `
  -- One narrow row per recipient, never updated. kind: 0 campaign, 1 test, 2 transactional.
  CREATE TABLE deliveries (
    id bigint NOT NULL DEFAULT chapar_row_id() PRIMARY KEY,
    workspace_id uuid NOT NULL, campaign_id uuid, contact_id bigint, kind smallint NOT NULL DEFAULT 0,
    template_version_id uuid, email text NOT NULL, merge jsonb) PARTITION BY RANGE (id);
  CREATE INDEX deliveries_campaign ON deliveries (campaign_id, id);
  CREATE INDEX deliveries_contact ON deliveries (contact_id, id);

  -- Every outcome, appended. The state of a delivery is its last attempt by (number, id); without one it is queued.
  -- outcome: 1 delivered 2 deferred 3 bounced 4 failed 5 cancelled 6 unknown 7 suppressed; via: 1 smtp 2 dsn 3 queue
  CREATE TABLE attempts (
    id bigint NOT NULL DEFAULT chapar_row_id() PRIMARY KEY,
    workspace_id uuid NOT NULL, campaign_id uuid, delivery_id bigint NOT NULL, number smallint NOT NULL,
    outcome smallint NOT NULL, via smallint NOT NULL DEFAULT 1, bounce_class text, smtp_code smallint, enhanced_code text,
    reply text NOT NULL DEFAULT '', mx text NOT NULL DEFAULT '', lane_id int, tls boolean, duration_ms int,
    epoch bigint, at timestamptz NOT NULL DEFAULT clock_timestamp()) PARTITION BY RANGE (id);
  CREATE INDEX attempts_delivery ON attempts (delivery_id, id);
  CREATE INDEX attempts_campaign ON attempts (campaign_id, outcome, id);

  CREATE TABLE counters (
    campaign_id uuid NOT NULL, metric text NOT NULL, dimension text NOT NULL DEFAULT '', value bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (campaign_id, metric, dimension)) WITH (fillfactor = 70);
`;

const feedback = `
  -- kind: 1 open 2 click 3 unsubscribe 4 complaint 5 bounce 6 reply 7 auto-reply; actor: 0 unknown 1 human 2 machine
  CREATE TABLE events (
    id bigint NOT NULL DEFAULT chapar_row_id() PRIMARY KEY,
    workspace_id uuid NOT NULL, campaign_id uuid, delivery_id bigint, contact_id bigint,
    kind smallint NOT NULL, actor smallint NOT NULL DEFAULT 0, actor_reason text NOT NULL DEFAULT '',
    link smallint, ip inet, user_agent text NOT NULL DEFAULT '', data jsonb,
    at timestamptz NOT NULL DEFAULT clock_timestamp()) PARTITION BY RANGE (id);
  CREATE INDEX events_campaign ON events (campaign_id, kind, id);
  CREATE INDEX events_contact ON events (contact_id, id);
  CREATE INDEX events_delivery ON events (delivery_id, id);

  -- One row per delivery that somebody or something reacted to: what makes "unique" cheap to count.
  CREATE TABLE engagements (
    delivery_id bigint PRIMARY KEY, workspace_id uuid NOT NULL, campaign_id uuid, contact_id bigint,
    human_opens int NOT NULL DEFAULT 0, machine_opens int NOT NULL DEFAULT 0,
    human_clicks int NOT NULL DEFAULT 0, machine_clicks int NOT NULL DEFAULT 0,
    unsubscribed_at timestamptz, complained_at timestamptz, bounced_at timestamptz, replied_at timestamptz, auto_replied_at timestamptz);
  CREATE INDEX engagements_campaign ON engagements (campaign_id);

  CREATE TABLE inbound_messages (
    id bigint PRIMARY KEY DEFAULT chapar_row_id(), workspace_id uuid, kind text NOT NULL,
    recipient text NOT NULL, mail_from text NOT NULL, header_from text NOT NULL DEFAULT '', subject text NOT NULL DEFAULT '',
    message_id text NOT NULL DEFAULT '', delivery_id bigint, campaign_id uuid, contact_id bigint,
    blob text NOT NULL, size_bytes int NOT NULL, detail jsonb NOT NULL DEFAULT '{}', received_at timestamptz NOT NULL DEFAULT now(),
    processed_at timestamptz);
  CREATE INDEX inbound_messages_waiting ON inbound_messages (id) WHERE processed_at IS NULL;
  CREATE INDEX inbound_messages_campaign ON inbound_messages (campaign_id, kind, id);
`;

const plumbing = `
  CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, workspace_id uuid, topic text NOT NULL, payload jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), published_at timestamptz);
  CREATE INDEX outbox_waiting ON outbox (id) WHERE published_at IS NULL;

  SELECT chapar_ensure_partitions(parent, 2) FROM (VALUES ('deliveries'), ('attempts'), ('events')) AS partitioned (parent);
`;
