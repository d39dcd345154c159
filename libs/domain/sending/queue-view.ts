import type { DataSource } from 'typeorm';
import { Outcome, Via } from '#base/contracts';
import { type RowId, firstRowIdAt, rowIdTime } from '#base/kernel';
import { type RecordedDecision, readDecisions } from '#domain/shaping';
import { type QueueOrder, explainOrder, readOrders } from './queue-orders.js';

/** What waits for one receiving site, and what keeps it. */
export interface LaneView {
  readonly id: number;
  readonly source: string;
  readonly site: string;
  readonly provider: string;
  /** Deliveries without a final outcome, the next two among them. */
  readonly waiting: number;
  /** Set aside by an order. */
  readonly held: number;
  /** Claimed by a sender. */
  readonly inHand: number;
  /** When the oldest of them was queued, to the second. */
  readonly oldest: Date | null;
  /** When the next of them is due; in the past for what is due. */
  readonly nextDue: Date | null;
  /** Of the last minute: attempts that ended, and those of them that were accepted, a second. */
  readonly attemptsPerSecond: number;
  readonly acceptedPerSecond: number;
  /** Lowered by what the servers said; null: as fast as the provider's usual rate. */
  readonly limitPerSecond: number | null;
  readonly suspendedUntil: Date | null;
  /** Why it is slow or still, in sentences; empty when it is neither. */
  readonly reason: string;
  readonly lastReply: string;
  /** The process that sends for it, as `host/pid`; null while nobody does. */
  readonly leasedBy: string | null;
}

export interface LaneDetails extends LaneView {
  /** What waits, by campaign; null: mail of no campaign. The largest first. */
  readonly campaigns: readonly { readonly id: string | null; readonly name: string; readonly status: string; readonly waiting: number }[];
  /** Orders that concern this site. */
  readonly orders: readonly QueueOrder[];
  /** What servers said in the last ten minutes, the most frequent first. */
  readonly replies: readonly { readonly outcome: Outcome; readonly reply: string; readonly times: number }[];
  /** Why it was slowed, stopped or let go again, the latest first. */
  readonly decisions: readonly RecordedDecision[];
}

interface LaneRow {
  id: number;
  source: string;
  site: string;
  provider: string;
  waiting: number;
  held: number;
  in_hand: number;
  paused: number;
  oldest: RowId | null;
  next_due: Date | null;
  limit: number | null;
  suspended_until: Date | null;
  reason: string;
  last_reply: string;
  leased_by: string | null;
  source_state: string;
  avoided_until: Date | null;
}

const RATE_SECONDS = 60;
const REPLIES_MS = 600_000;
const MAX_LANES = 1_000;

/** Ids in a batch grow, or nearly so: its first one tells its age. `$1` is the workspace, or null for all. */
const LANES = `
  SELECT l.id, s.name AS source, l.site, l.provider, coalesce(w.waiting, 0) AS waiting, coalesce(w.held, 0) AS held, coalesce(w.in_hand, 0) AS in_hand,
    coalesce(w.paused, 0) AS paused, w.oldest, w.next_due, l.rate_per_second AS "limit", CASE WHEN l.suspended_until > now() THEN l.suspended_until END AS suspended_until,
    CASE WHEN l.suspended_until <= now() AND l.lease_owner IS NULL AND l.failures = 0 THEN '' ELSE l.reason END AS reason, l.last_reply,
    m.hostname || '/' || m.pid AS leased_by, s.state AS source_state, CASE WHEN l.avoided_until > now() THEN l.avoided_until END AS avoided_until
  FROM lanes l JOIN egress_sources s ON s.id = l.source_id LEFT JOIN mta_workers m ON m.id = l.lease_owner
  LEFT JOIN (
    SELECT b.lane_id, sum(cardinality(b.delivery_ids))::int AS waiting,
      sum(cardinality(b.delivery_ids)) FILTER (WHERE b.hold_id IS NOT NULL)::int AS held,
      sum(cardinality(b.delivery_ids)) FILTER (WHERE b.lease_owner IS NOT NULL)::int AS in_hand,
      sum(cardinality(b.delivery_ids)) FILTER (WHERE c.status = 'paused' AND b.class = 2)::int AS paused,
      min(b.delivery_ids[1]) AS oldest, min(b.due_at) AS next_due
    FROM batches b LEFT JOIN campaigns c ON c.id = b.campaign_id
    WHERE $1::uuid IS NULL OR b.workspace_id = $1 GROUP BY b.lane_id) w ON w.lane_id = l.id`;

export async function readLanes(dataSource: DataSource, workspaceId: string | null): Promise<LaneView[]> {
  const [rows, recent, orders] = await Promise.all([
    dataSource.query(
      `${LANES} WHERE w.waiting > 0 OR ($1::uuid IS NULL AND l.suspended_until > now()) ORDER BY waiting DESC, l.site LIMIT ${MAX_LANES}`,
      [workspaceId],
    ) as Promise<LaneRow[]>,
    readRecent(dataSource, workspaceId),
    readOrders(dataSource),
  ]);
  return rows.map((row) => toView(discreet(row, workspaceId), recent.get(row.id), ordersFor(orders, row, workspaceId)));
}

export async function readLane(dataSource: DataSource, workspaceId: string | null, site: string): Promise<LaneDetails | undefined> {
  const [row] = (await dataSource.query(
    `${LANES} WHERE l.site = $2 OR l.id::text = $2 OR (l.provider = $2 AND l.provider <> 'default') ORDER BY l.site = $2 DESC, waiting DESC LIMIT 1`,
    [workspaceId, site],
  )) as LaneRow[];
  if (!row) return undefined;
  const [recent, all, campaigns, replies, decisions] = await Promise.all([
    readRecent(dataSource, workspaceId),
    readOrders(dataSource),
    dataSource.query(
      `SELECT b.campaign_id AS id, coalesce(c.name, '') AS name, coalesce(c.status, '') AS status, sum(cardinality(b.delivery_ids))::int AS waiting
       FROM batches b LEFT JOIN campaigns c ON c.id = b.campaign_id WHERE b.lane_id = $1 AND ($2::uuid IS NULL OR b.workspace_id = $2)
       GROUP BY 1, 2, 3 ORDER BY waiting DESC LIMIT 20`,
      [row.id, workspaceId],
    ) as Promise<LaneDetails['campaigns']>,
    dataSource.query(
      `SELECT outcome, reply, count(*)::int AS times FROM attempts WHERE id >= $3 AND lane_id = $1 AND ($2::uuid IS NULL OR workspace_id = $2)
       GROUP BY 1, 2 ORDER BY times DESC LIMIT 10`,
      [row.id, workspaceId, firstRowIdAt(new Date(Date.now() - REPLIES_MS))],
    ) as Promise<LaneDetails['replies']>,
    readDecisions(dataSource, row.id),
  ]);
  const orders = ordersFor(all, row, workspaceId);
  return {
    ...toView(discreet(row, workspaceId), recent.get(row.id), orders),
    campaigns,
    orders,
    replies,
    decisions: decisions.map((one) => discreetDecision(one, workspaceId)),
  };
}

interface Recent {
  readonly attempts: number;
  readonly accepted: number;
  /** What a server said when it last took nothing. */
  readonly reply: string | null;
}

async function readRecent(dataSource: DataSource, workspaceId: string | null): Promise<Map<number, Recent>> {
  const rows = (await dataSource.query(
    `SELECT r.lane_id, r.attempts, r.accepted, a.reply FROM (
       SELECT lane_id, count(*)::int AS attempts, count(*) FILTER (WHERE outcome = ${Outcome.delivered})::int AS accepted,
         max(id) FILTER (WHERE outcome <> ${Outcome.delivered} AND via = ${Via.smtp}) AS refused
       FROM attempts WHERE id >= $2 AND lane_id IS NOT NULL AND ($1::uuid IS NULL OR workspace_id = $1) GROUP BY lane_id) r
     LEFT JOIN attempts a ON a.id = r.refused`,
    [workspaceId, firstRowIdAt(new Date(Date.now() - RATE_SECONDS * 1000))],
  )) as (Recent & { lane_id: number })[];
  return new Map(rows.map((row) => [row.lane_id, row]));
}

/** Orders that may concern mail of the lane and of the scope. */
function ordersFor(orders: readonly QueueOrder[], { id, site, provider }: LaneRow, scope: string | null): QueueOrder[] {
  return orders.filter(
    (order) =>
      (scope === null || order.workspaceId === null || order.workspaceId === scope) &&
      (order.laneId === null || order.laneId === id) &&
      (order.site === null || order.site === site || (order.site === provider && provider !== 'default')),
  );
}

function toView(row: LaneRow, recent: Recent | undefined, orders: readonly QueueOrder[]): LaneView {
  return {
    id: row.id,
    source: row.source,
    site: row.site,
    provider: row.provider,
    waiting: row.waiting,
    held: row.held,
    inHand: row.in_hand,
    oldest: row.oldest === null ? null : rowIdTime(row.oldest),
    nextDue: row.next_due,
    attemptsPerSecond: perSecond(recent?.attempts),
    acceptedPerSecond: perSecond(recent?.accepted),
    limitPerSecond: row.limit,
    suspendedUntil: row.suspended_until,
    reason: reasonOf(row, orders),
    lastReply: recent?.reply ?? row.last_reply,
    leasedBy: row.leased_by,
  };
}

/** A lane is shared: a workspace learns why it is slow, and nobody's address. */
function discreet(row: LaneRow, workspaceId: string | null): LaneRow {
  if (workspaceId === null) return row;
  return { ...row, reason: withoutAddresses(row.reason), last_reply: withoutAddresses(row.last_reply), leased_by: null };
}

function discreetDecision(decision: RecordedDecision, workspaceId: string | null): RecordedDecision {
  if (workspaceId === null) return decision;
  return { ...decision, sentence: withoutAddresses(decision.sentence), reply: withoutAddresses(decision.reply) };
}

function withoutAddresses(text: string): string {
  return text.replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '…');
}

function reasonOf(row: LaneRow, orders: readonly QueueOrder[]): string {
  const sentences = orders
    .filter(({ action }) => action === 'hold')
    .map((order) => `${namesOf(order)}${explainOrder(order).replace(/\.$/, '')}${order.until ? ` until ${minute(order.until)} UTC` : ''}.`);
  if (row.reason !== '') sentences.push(`${row.reason.replace(/\.$/, '')}.`);
  if (row.source_state === 'disabled') sentences.push(`The egress source ${row.source} is disabled.`);
  if (row.source_state === 'draining') sentences.push(`The egress source ${row.source} is being drained.`);
  if (row.avoided_until) sentences.push(`New mail goes by other sources of the pool until ${minute(row.avoided_until)} UTC.`);
  if (row.paused > 0) sentences.push(`${row.paused} wait for paused campaigns.`);
  return sentences.join(' ');
}

function minute(at: Date): string {
  return at.toISOString().slice(0, 16).replace('T', ' ');
}

/** What of the site an order is about; nothing when it is about all of it. */
function namesOf({ domain, campaignId, workspaceId }: QueueOrder): string {
  const parts = [domain && `mail for ${domain}`, campaignId && `campaign ${campaignId}`, workspaceId && `workspace ${workspaceId}`].filter(
    Boolean,
  );
  return parts.length === 0 ? '' : `(${parts.join(', ')}) `;
}

function perSecond(count = 0): number {
  return Math.round((count / RATE_SECONDS) * 100) / 100;
}
