import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Webhooks. What happened is captured by the database itself, in the transaction that records it: an endpoint gets exactly
 * the committed events, whoever wrote them, and where nobody listens a statement costs one look at an empty index.
 */
export class Webhooks1700000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statements of [tables, capture]) await runner.query(statements);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup to go back'));
  }
}

const tables = `
  -- state: enabled | disabled. events: names of #domain/webhooks.
  CREATE TABLE webhook_endpoints (
    id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    url text NOT NULL, description text NOT NULL DEFAULT '', events text[] NOT NULL,
    state text NOT NULL DEFAULT 'enabled', state_reason text NOT NULL DEFAULT '',
    secret_sealed bytea NOT NULL, old_secret_sealed bytea, old_secret_until timestamptz, failing_since timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
  CREATE INDEX webhook_endpoints_workspace ON webhook_endpoints (workspace_id, created_at);

  -- One event for one endpoint. state: 0 waiting, 1 delivered, 2 given up. subject_id: the delivery, whose events keep their order.
  -- No foreign key: while an endpoint is deleted, nobody who records an outcome waits for it, nor fails because of it.
  CREATE TABLE webhook_messages (
    id bigint PRIMARY KEY DEFAULT chapar_row_id(), endpoint_id uuid NOT NULL,
    workspace_id uuid NOT NULL, event_id text NOT NULL, type text NOT NULL, subject_id bigint, facts jsonb NOT NULL,
    occurred_at timestamptz NOT NULL, state smallint NOT NULL DEFAULT 0, attempts smallint NOT NULL DEFAULT 0,
    give_up_at timestamptz NOT NULL DEFAULT now() + interval '3 days', due_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 80);
  CREATE INDEX webhook_messages_due ON webhook_messages (endpoint_id, due_at, id) WHERE state = 0;
  CREATE INDEX webhook_messages_order ON webhook_messages (endpoint_id, subject_id, id) WHERE state = 0;
  CREATE INDEX webhook_messages_log ON webhook_messages (endpoint_id, id);

  CREATE TABLE webhook_attempts (
    id bigint PRIMARY KEY DEFAULT chapar_row_id(), message_id bigint NOT NULL REFERENCES webhook_messages ON DELETE CASCADE,
    at timestamptz NOT NULL, status_code smallint, error text NOT NULL DEFAULT '', response text NOT NULL DEFAULT '',
    duration_ms int NOT NULL);
  CREATE INDEX webhook_attempts_message ON webhook_attempts (message_id, id);
`;

const capture = `
  CREATE FUNCTION chapar_webhook_attempts() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NOT EXISTS (SELECT FROM webhook_endpoints WHERE state = 'enabled') THEN RETURN NULL; END IF;
    INSERT INTO webhook_messages (endpoint_id, workspace_id, event_id, type, subject_id, facts, occurred_at)
    SELECT e.id, a.workspace_id, 'evt_a' || a.id, t.type, a.delivery_id,
      jsonb_build_object('number', a.number, 'via', a.via, 'bounce_class', a.bounce_class, 'smtp_code', a.smtp_code,
        'enhanced_code', a.enhanced_code, 'reply', a.reply, 'mx', a.mx), a.at
    FROM appended a
    JOIN (VALUES (1, 'email.delivered'), (2, 'email.delivery_delayed'), (3, 'email.bounced'), (4, 'email.failed'),
      (5, 'email.canceled'), (6, 'email.delivery_unknown'), (7, 'email.suppressed')) AS t (outcome, type) ON t.outcome = a.outcome
    JOIN webhook_endpoints e ON e.workspace_id = a.workspace_id AND e.state = 'enabled' AND t.type = ANY (e.events)
    ORDER BY a.id;
    RETURN NULL;
  END $$;
  CREATE TRIGGER attempts_webhooks AFTER INSERT ON attempts REFERENCING NEW TABLE AS appended
    FOR EACH STATEMENT EXECUTE FUNCTION chapar_webhook_attempts();

  -- A bounce that came back is an attempt too (kind 5 would say it twice).
  CREATE FUNCTION chapar_webhook_events() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NOT EXISTS (SELECT FROM webhook_endpoints WHERE state = 'enabled') THEN RETURN NULL; END IF;
    INSERT INTO webhook_messages (endpoint_id, workspace_id, event_id, type, subject_id, facts, occurred_at)
    SELECT e.id, v.workspace_id, 'evt_e' || v.id, t.type, v.delivery_id,
      jsonb_build_object('actor', v.actor, 'actor_reason', v.actor_reason, 'link', v.link, 'ip', host(v.ip), 'user_agent', v.user_agent), v.at
    FROM appended v
    JOIN (VALUES (1, 'email.opened'), (2, 'email.clicked'), (3, 'email.unsubscribed'), (4, 'email.complained'), (6, 'email.replied'),
      (7, 'email.auto_replied')) AS t (kind, type) ON t.kind = v.kind
    JOIN webhook_endpoints e ON e.workspace_id = v.workspace_id AND e.state = 'enabled' AND t.type = ANY (e.events)
    WHERE v.delivery_id IS NOT NULL
    ORDER BY v.id;
    RETURN NULL;
  END $$;
  CREATE TRIGGER events_webhooks AFTER INSERT ON events REFERENCING NEW TABLE AS appended
    FOR EACH STATEMENT EXECUTE FUNCTION chapar_webhook_events();

  CREATE FUNCTION chapar_webhook_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NOT EXISTS (SELECT FROM webhook_endpoints WHERE state = 'enabled') THEN RETURN NULL; END IF;
    INSERT INTO webhook_messages (endpoint_id, workspace_id, event_id, type, subject_id, facts, occurred_at)
    SELECT e.id, d.workspace_id, 'evt_d' || d.id, 'email.sent', d.id, '{}', now()
    FROM appended d
    JOIN webhook_endpoints e ON e.workspace_id = d.workspace_id AND e.state = 'enabled' AND 'email.sent' = ANY (e.events)
    ORDER BY d.id;
    RETURN NULL;
  END $$;
  -- What other parts say by the outbox, such as email.received. It is done with once it is here.
  CREATE FUNCTION chapar_webhook_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO webhook_messages (endpoint_id, workspace_id, event_id, type, subject_id, facts, occurred_at)
    SELECT e.id, o.workspace_id, 'evt_o' || o.id, o.topic, (o.payload ->> 'deliveryId')::bigint, o.payload, o.created_at
    FROM appended o JOIN webhook_endpoints e ON e.workspace_id = o.workspace_id AND e.state = 'enabled' AND o.topic = ANY (e.events)
    ORDER BY o.id;
    UPDATE outbox SET published_at = now() WHERE id IN (SELECT id FROM appended);
    RETURN NULL;
  END $$;
  CREATE TRIGGER outbox_webhooks AFTER INSERT ON outbox REFERENCING NEW TABLE AS appended
    FOR EACH STATEMENT EXECUTE FUNCTION chapar_webhook_outbox();

  CREATE TRIGGER deliveries_webhooks AFTER INSERT ON deliveries REFERENCING NEW TABLE AS appended
    FOR EACH STATEMENT EXECUTE FUNCTION chapar_webhook_deliveries();
`;
