import { DeliveryKind, MailClass, Outcome, SIMULATOR_DOMAIN, Via } from '#base/contracts';
import { allowedSql, nearestSuppression } from '#domain/audience';
import { BATCH_SIZE } from '#domain/sending';

/** Mail that goes out in bulk stops at every suppression, all other mail at those of scope `all`. */
const SUPPRESSED = nearestSuppression(`'The address is suppressed: ' || s.reason`, {
  key: 'r.key',
  workspaceId: 'm.workspace_id',
  isAllowed: allowedSql('r.key', 'm.workspace_id'),
  scope: `IN ('all', CASE WHEN m.class = ${MailClass.bulk} OR m.topic_id IS NOT NULL THEN 'marketing' ELSE 'all' END)`,
});

/**
 * Writes a group of requests down, whole: keys, messages, bodies, deliveries, batches, and outcomes of those who are suppressed.
 * One statement is one transaction and one round trip. A request whose idempotency key exists already writes nothing.
 *
 * $1 requests {n, workspace_id, endpoint, key, hash, response} · $2 messages · $3 recipients {message_id, email, key, lane_id}
 * · $4 the bodies of all messages, one after the other: one parameter in binary costs a quarter of many in hexadecimal.
 * @returns the numbers of the requests that were accepted, each with how many of its recipients are suppressed
 */
export const ACCEPT = `
  WITH request AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS r (n int, workspace_id uuid, endpoint text, key text, hash text, response jsonb)
  ), claimed AS (
    INSERT INTO idempotency_keys (workspace_id, endpoint, key, request_hash, response)
    SELECT workspace_id, endpoint, key, decode(hash, 'hex'), response FROM request WHERE key IS NOT NULL ORDER BY workspace_id, endpoint, key
    ON CONFLICT DO NOTHING RETURNING workspace_id, endpoint, key
  ), accepted AS MATERIALIZED (
    SELECT n FROM request r WHERE r.key IS NULL
      OR EXISTS (SELECT FROM claimed c WHERE c.workspace_id = r.workspace_id AND c.endpoint = r.endpoint AND c.key = r.key)
  ), message AS MATERIALIZED (
    SELECT m.* FROM json_to_recordset($2::json) AS m (n int, id uuid, workspace_id uuid, domain_id uuid, api_key_id uuid, origin text, class smallint,
      stream text, sender text, recipients jsonb, reply_to text[], subject text, message_id text, topic_id uuid, tags jsonb, metadata jsonb,
      envelope_from text, dsn jsonb, spool jsonb, size_bytes int, blob text, scheduled_at timestamptz, expires_at timestamptz, created_at timestamptz,
      body_at int, body_bytes int) JOIN accepted USING (n)
  ), stored AS (
    INSERT INTO messages (id, workspace_id, domain_id, api_key_id, origin, class, stream, sender, recipients, reply_to, subject, message_id, topic_id, tags,
      metadata, envelope_from, dsn, spool, size_bytes, blob, scheduled_at, expires_at, created_at)
    SELECT id, workspace_id, domain_id, api_key_id, origin, class, stream, sender, recipients, reply_to, subject, message_id, topic_id, tags,
      metadata, envelope_from, dsn, spool, size_bytes, blob, scheduled_at, expires_at, created_at FROM message
  ), bodies AS (
    INSERT INTO message_bodies (message_id, content)
    SELECT id, substring($4::bytea FROM body_at + 1 FOR body_bytes) FROM message WHERE body_bytes IS NOT NULL
  ), recipient AS MATERIALIZED (
    SELECT chapar_row_id() AS id, r.email, r.lane_id, m.n, m.id AS message_id, m.workspace_id, m.class, m.expires_at, m.scheduled_at,
      (SELECT c.id FROM contacts c WHERE c.workspace_id = m.workspace_id AND c.email_key = r.key) AS contact_id,
      coalesce(
        CASE r.key WHEN 'suppressed@${SIMULATOR_DOMAIN}' THEN 'The address is suppressed: it stands for those that are.' END,
        (${SUPPRESSED}),
        (SELECT 'The recipient does not want mail on this topic.' FROM topics t
         LEFT JOIN contacts c ON c.workspace_id = m.workspace_id AND c.email_key = r.key
         LEFT JOIN topic_choices h ON h.topic_id = t.id AND h.contact_id = c.id
         WHERE t.id = m.topic_id AND coalesce(h.status, CASE WHEN t.is_opt_in THEN 'unsubscribed' END) = 'unsubscribed')) AS refused
    FROM json_to_recordset($3::json) AS r (message_id uuid, email text, key text, lane_id int) JOIN message m ON m.id = r.message_id
  ), delivered AS (
    INSERT INTO deliveries (id, workspace_id, contact_id, kind, email, message_id)
    SELECT id, workspace_id, contact_id, ${DeliveryKind.transactional}, email, message_id FROM recipient
  ), refused AS (
    INSERT INTO attempts (workspace_id, delivery_id, number, outcome, via, reply)
    SELECT workspace_id, id, 1, ${Outcome.suppressed}, ${Via.queue}, refused FROM recipient WHERE refused IS NOT NULL
  ), waiting AS (
    SELECT *, CASE WHEN scheduled_at IS NOT NULL THEN message_id END AS scheduled,
      (row_number() OVER (PARTITION BY lane_id, workspace_id, class, expires_at, CASE WHEN scheduled_at IS NOT NULL THEN message_id END ORDER BY id) - 1)
        / ${BATCH_SIZE} AS piece
    FROM recipient WHERE refused IS NULL
  ), queued AS (
    INSERT INTO batches (lane_id, workspace_id, class, due_at, expires_at, delivery_ids, message_id)
    SELECT lane_id, workspace_id, class, coalesce(min(scheduled_at), now()), expires_at, array_agg(id ORDER BY id), scheduled
    FROM waiting GROUP BY lane_id, workspace_id, class, expires_at, scheduled, piece ORDER BY min(id)
  )
  SELECT a.n, (SELECT count(*)::int FROM recipient r WHERE r.n = a.n AND r.refused IS NOT NULL) AS suppressed FROM accepted a`;
