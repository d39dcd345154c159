import type { DataSource } from 'typeorm';
import { Actor, type BounceClass, DeliveryKind, EventKind, Outcome, Via } from '#base/contracts';
import { type RowId, rowIdTime } from '#base/kernel';
import { addressKey, tryParseAddress } from '#protocol/mime';
import { messageIdOf } from './message-builder.js';
import { sendingError } from './sending.errors.js';
import type { AttemptTls } from './attempt-tls.js';
import { unpackTranscript } from './transcript-codec.js';

/** Everything that is known of one message to one recipient, each list in the order in which it happened. */
export interface MessageTrace {
  readonly id: RowId;
  /** The accepted message that it is one recipient's copy of; null for campaign and test mail. */
  readonly acceptedId: string | null;
  /** Of all its attempts, in angle brackets; null while no sending domain is known. */
  readonly messageId: string | null;
  readonly workspaceId: string;
  readonly email: string;
  readonly kind: keyof typeof DeliveryKind;
  readonly contactId: RowId | null;
  readonly campaign: { readonly id: string; readonly name: string; readonly status: string } | null;
  /** When it was taken into the queue, to the second. */
  readonly acceptedAt: Date;
  /** Its last outcome; `queued` before the first. */
  readonly state: 'queued' | keyof typeof Outcome;
  /** Where it waits, if it does. */
  readonly queue: QueuePlace | null;
  readonly attempts: readonly TracedAttempt[];
  readonly events: readonly TracedEvent[];
  /** Mail that came back about it. */
  readonly inbound: readonly TracedInbound[];
  /** What keeps mail from this address now. */
  readonly suppression: { readonly address: string; readonly reason: string; readonly detail: string; readonly since: Date } | null;
}

export interface QueuePlace {
  readonly batchId: RowId;
  readonly site: string;
  readonly provider: string;
  /** The attempt that is to come. */
  readonly attempt: number;
  readonly dueAt: Date;
  readonly expiresAt: Date;
  /** Set aside by an order: who gave it and why. */
  readonly heldBy: string | null;
  /** A sender has it in hand. */
  readonly isLeased: boolean;
  /** Why its lane is slow or still; empty when it is neither. */
  readonly laneReason: string;
}

export interface TracedAttempt {
  readonly number: number;
  readonly at: Date;
  readonly outcome: keyof typeof Outcome;
  /** Who said so: the server, a bounce that came later, or our queue. */
  readonly via: keyof typeof Via;
  readonly bounceClass: BounceClass | null;
  readonly smtpCode: number | null;
  readonly enhancedCode: string | null;
  readonly reply: string;
  readonly mx: string;
  readonly site: string | null;
  /** How it was protected; null where there was no session. */
  readonly tls: AttemptTls | null;
  readonly durationMs: number | null;
  /** The SMTP dialogue without the message, of what was not accepted. */
  readonly transcript: string | null;
}

export interface TracedEvent {
  readonly at: Date;
  readonly kind: keyof typeof EventKind;
  readonly actor: keyof typeof Actor;
  readonly actorReason: string;
  readonly link: number | null;
  readonly data: object | null;
}

export interface TracedInbound {
  readonly id: RowId;
  readonly kind: string;
  readonly from: string;
  readonly subject: string;
  readonly receivedAt: Date;
}

interface DeliveryRow {
  id: RowId;
  workspace_id: string;
  email: string;
  kind: number;
  contact_id: RowId | null;
  campaign_id: string | null;
  campaign_name: string | null;
  campaign_status: string | null;
  domain: string | null;
  accepted_id: string | null;
  message_id: string | null;
}

const MAX_MESSAGES = 20;
/** Of one accepted message. */
const MAX_RECIPIENTS = 200;
const MAX_EVENTS = 1_000;
/** Of PostgreSQL's bigint. */
const ID_END = 2n ** 63n;

const DELIVERIES = `
  SELECT d.id, d.workspace_id, d.email, d.kind, d.contact_id, d.campaign_id, c.name AS campaign_name, c.status AS campaign_status, m.name AS domain,
    d.message_id AS accepted_id, a.message_id
  FROM deliveries d LEFT JOIN campaigns c ON c.id = d.campaign_id LEFT JOIN domains m ON m.id = c.domain_id LEFT JOIN messages a ON a.id = d.message_id`;

/**
 * What became of a message, from acceptance to the last reply.
 * @param scope `workspaceId` null: of any workspace
 * @param idOrAddress a delivery's id, an accepted message's id (then all its recipients), a Message-ID of ours, or an address: then the last 20 messages to it, the newest first
 * @throws ChaparError `message_query_invalid` or `message_not_found`
 */
export async function traceMessage(
  dataSource: DataSource,
  { workspaceId }: { readonly workspaceId: string | null },
  idOrAddress: string,
): Promise<MessageTrace[]> {
  const query = readQuery(idOrAddress);
  const rows = (await (query.acceptedId !== undefined
    ? dataSource.query(
        `${DELIVERIES} WHERE d.message_id = $1 AND ($2::uuid IS NULL OR d.workspace_id = $2) ORDER BY d.id LIMIT ${MAX_RECIPIENTS}`,
        [query.acceptedId, workspaceId],
      )
    : query.id !== undefined
      ? dataSource.query(`${DELIVERIES} WHERE d.id = $1 AND ($2::uuid IS NULL OR d.workspace_id = $2)`, [query.id, workspaceId])
      : dataSource.query(
          `${DELIVERIES} WHERE d.id IN (
           SELECT o.id FROM workspaces w CROSS JOIN LATERAL (
             (SELECT d.id FROM contacts k JOIN deliveries d ON d.contact_id = k.id WHERE k.workspace_id = w.id AND k.email_key = $1 ORDER BY d.id DESC LIMIT $4)
             UNION ALL
             (SELECT d.id FROM deliveries d WHERE d.workspace_id = w.id AND d.contact_id IS NULL AND lower(d.email) = $2 ORDER BY d.id DESC LIMIT $4)) o
           WHERE $3::uuid IS NULL OR w.id = $3)
         ORDER BY d.id DESC LIMIT $4`,
          [query.key, query.address, workspaceId, MAX_MESSAGES],
        ))) as DeliveryRow[];
  if (rows.length === 0) throw sendingError('message_not_found', `Nothing is known of a message ${idOrAddress.trim().slice(0, 200)}.`);
  return Promise.all(rows.map((row) => trace(dataSource, row)));
}

type TraceQuery =
  | { readonly acceptedId: string; readonly id?: undefined }
  | { readonly id: RowId; readonly acceptedId?: undefined }
  | { readonly id?: undefined; readonly acceptedId?: undefined; readonly key: string; readonly address: string };

function readQuery(text: string): TraceQuery {
  const query = text.trim();
  if (/^\d{1,19}$/.test(query) && BigInt(query) < ID_END) return { id: query };
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(query)) return { acceptedId: query };
  const accepted = /^<?([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})@[^<>\s]+>?$/i.exec(query);
  if (accepted) return { acceptedId: accepted.slice(1).join('-') };
  const messageId = /^<?([0-9a-z]{1,13})\.chapar@[^<>\s]+>?$/i.exec(query);
  if (messageId) {
    const id = fromBase36(messageId[1]!.toLowerCase());
    if (id < ID_END) return { id: id.toString() };
  }
  const address = tryParseAddress(query);
  if (address.ok) return { key: addressKey(address.value), address: query.toLowerCase() };
  throw sendingError(
    'message_query_invalid',
    `"${query.slice(0, 200)}" is neither a message's id, nor a Message-ID of ours, nor an address.`,
  );
}

function fromBase36(digits: string): bigint {
  let id = 0n;
  for (const digit of digits) id = id * 36n + BigInt(Number.parseInt(digit, 36));
  return id;
}

async function trace(dataSource: DataSource, row: DeliveryRow): Promise<MessageTrace> {
  const [attempts, events, inbound, suppression] = await Promise.all([
    readAttempts(dataSource, row.id),
    readEvents(dataSource, row.id),
    // What came back came later, and ids grow with time: the range keeps the look-up short.
    dataSource.query(
      `SELECT id, kind, header_from AS "from", subject, received_at AS "receivedAt" FROM inbound_messages
       WHERE id > $1 AND delivery_id = $1 AND campaign_id IS NOT DISTINCT FROM $2::uuid ORDER BY id`,
      [row.id, row.campaign_id],
    ) as Promise<TracedInbound[]>,
    readSuppression(dataSource, row),
  ]);
  const last = attempts.reduce<TracedAttempt | undefined>(
    (latest, one) => (latest && latest.number > one.number ? latest : one),
    undefined,
  );
  const state = last?.outcome ?? 'queued';
  return {
    id: row.id,
    acceptedId: row.accepted_id,
    messageId: row.message_id ?? (row.domain === null ? null : messageIdOf(row.id, row.domain)),
    workspaceId: row.workspace_id,
    email: row.email,
    kind: nameOf(DeliveryKind, row.kind),
    contactId: row.contact_id,
    campaign:
      row.campaign_id === null ? null : { id: row.campaign_id, name: row.campaign_name ?? '', status: row.campaign_status ?? 'deleted' },
    acceptedAt: rowIdTime(row.id),
    state,
    queue: state === 'queued' || state === 'deferred' ? await findPlace(dataSource, row) : null,
    attempts,
    events,
    inbound,
    suppression,
  };
}

async function readAttempts(dataSource: DataSource, id: RowId): Promise<TracedAttempt[]> {
  const rows = (await dataSource.query(
    `SELECT a.number, a.at, a.outcome, a.via, a.bounce_class AS "bounceClass", a.smtp_code AS "smtpCode", a.enhanced_code AS "enhancedCode", a.reply, a.mx,
       l.site, a.tls, a.duration_ms AS "durationMs", a.transcript
     FROM attempts a LEFT JOIN lanes l ON l.id = a.lane_id WHERE a.delivery_id = $1 ORDER BY a.id`,
    [id],
  )) as (Omit<TracedAttempt, 'outcome' | 'via' | 'transcript'> & { outcome: number; via: number; transcript: Buffer | null })[];
  return rows.map((row) => ({
    ...row,
    outcome: nameOf(Outcome, row.outcome),
    via: nameOf(Via, row.via),
    transcript: row.transcript === null ? null : (unpackTranscript(row.transcript) ?? null),
  }));
}

async function readEvents(dataSource: DataSource, id: RowId): Promise<TracedEvent[]> {
  const rows = (await dataSource.query(
    `SELECT at, kind, actor, actor_reason AS "actorReason", link, data FROM events WHERE delivery_id = $1 ORDER BY id LIMIT ${MAX_EVENTS}`,
    [id],
  )) as (Omit<TracedEvent, 'kind' | 'actor'> & { kind: number; actor: number })[];
  return rows.map((row) => ({ ...row, kind: nameOf(EventKind, row.kind), actor: nameOf(Actor, row.actor) }));
}

async function readSuppression(dataSource: DataSource, { workspace_id, email }: DeliveryRow): Promise<MessageTrace['suppression']> {
  const address = email.toLowerCase();
  const [row] = (await dataSource.query(
    `SELECT address_key AS address, reason, detail, created_at AS since FROM suppressions
     WHERE workspace_id = $1 AND address_key = ANY($2::text[]) AND (expires_at IS NULL OR expires_at > now())
     ORDER BY address_key LIKE '@%', scope LIMIT 1`,
    [workspace_id, [address, address.slice(address.lastIndexOf('@'))]],
  )) as NonNullable<MessageTrace['suppression']>[];
  return row ?? null;
}

async function findPlace(dataSource: DataSource, { id, campaign_id, workspace_id }: DeliveryRow): Promise<QueuePlace | null> {
  const [row] = (await dataSource.query(
    `SELECT b.id AS "batchId", l.site, l.provider, b.attempt, b.due_at AS "dueAt", b.expires_at AS "expiresAt", b.lease_owner IS NOT NULL AS "isLeased",
       l.reason AS "laneReason", CASE WHEN o.id IS NOT NULL THEN o.ordered_by || CASE o.reason WHEN '' THEN '' ELSE ': ' || o.reason END END AS "heldBy"
     FROM batches b JOIN lanes l ON l.id = b.lane_id LEFT JOIN queue_orders o ON o.id = b.hold_id
     WHERE ${campaign_id === null ? 'b.campaign_id IS NULL AND $2::uuid IS NULL' : 'b.campaign_id = $2'} AND b.workspace_id = $3
       AND b.delivery_ids @> ARRAY[$1::bigint] LIMIT 1`,
    [id, campaign_id, workspace_id],
  )) as QueuePlace[];
  return row ?? null;
}

function nameOf<T extends Readonly<Record<string, number>>>(names: T, value: number): keyof T & string {
  const found = Object.entries(names).find(([, number]) => number === value);
  if (!found) throw new TypeError(`${value} has no name`);
  return found[0];
}
