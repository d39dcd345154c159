import type { DataSource } from 'typeorm';
import { DeliveryKind, MailClass } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { allowedSql, suppressionsOf } from '#domain/audience';
import { CLAIMABLE } from './lane-leases.js';

/** How many more batches a lane has room for: mail that somebody waits for has room of its own, behind no newsletter. */
export interface ClaimBudget {
  readonly laneId: number;
  readonly urgent: number;
  readonly bulk: number;
}

export interface ClaimedBatch {
  readonly id: RowId;
  readonly laneId: number;
  readonly workspaceId: string;
  readonly campaignId: string | null;
  readonly class: MailClass;
  readonly attempt: number;
  readonly expiresAt: Date;
  readonly deliveryIds: readonly RowId[];
}

/** A delivery as it is read for sending. */
export interface DeliveryRow {
  readonly id: RowId;
  readonly email: string;
  readonly kind: DeliveryKind;
  readonly templateVersionId: string | null;
  readonly merge: Record<string, unknown> | null;
  readonly messageId: string | null;
  /** The domain of ours that it is sent as; for mail of campaigns, their envelope says so. */
  readonly domainName: string | null;
  /** Sent as a domain that reaches only the simulator; for mail of campaigns, their envelope says so. */
  readonly isSandbox: boolean;
  /** Unsubscribed, complained or bounced since the campaign was prepared. */
  readonly isSuppressed: boolean;
}

/**
 * Claims due batches of leased lanes: lower classes first, and within a class the oldest batch of each workspace before
 * anybody's second. The tenants of a lane are found by skipping through the index, not by reading their batches.
 * @param room bulk messages that all lanes together have room for; the batch that crosses it is still taken
 */
export async function claimBatches(
  dataSource: DataSource,
  workerId: string,
  budgets: readonly ClaimBudget[],
  room: number,
): Promise<ClaimedBatch[]> {
  if (budgets.length === 0) return [];
  const [rows]: [ClaimedBatch[], number] = await dataSource.query(CLAIM, [
    workerId,
    budgets.map((budget) => budget.laneId),
    budgets.map((budget) => budget.urgent),
    budgets.map((budget) => budget.bulk),
    room,
  ]);
  return rows;
}

const CLAIM = `
  WITH RECURSIVE wanted AS (
    SELECT w.* FROM unnest($2::int[], $3::int[], $4::int[]) AS w (lane_id, urgent, bulk)
    JOIN lanes l ON l.id = w.lane_id AND l.lease_owner = $1
  ), tenants AS (
    SELECT w.lane_id, w.urgent, w.bulk, first.class, first.workspace_id FROM wanted w
    CROSS JOIN LATERAL (
      SELECT b.class, b.workspace_id FROM batches b WHERE b.lane_id = w.lane_id AND b.lease_owner IS NULL AND b.hold_id IS NULL
      ORDER BY b.class, b.workspace_id LIMIT 1) AS first
    UNION ALL
    SELECT t.lane_id, t.urgent, t.bulk, next.class, next.workspace_id FROM tenants t
    CROSS JOIN LATERAL (
      SELECT b.class, b.workspace_id FROM batches b WHERE b.lane_id = t.lane_id AND b.lease_owner IS NULL AND b.hold_id IS NULL
        AND (b.class, b.workspace_id) > (t.class, t.workspace_id)
      ORDER BY b.class, b.workspace_id LIMIT 1) AS next
  ), heads AS (
    SELECT t.lane_id, CASE WHEN t.class = ${MailClass.bulk} THEN t.bulk ELSE t.urgent END AS budget, (t.class = ${MailClass.bulk}) AS is_bulk,
      head.id, head.class, head.place, head.size
    FROM tenants t
    CROSS JOIN LATERAL (
      SELECT b.id, b.class, cardinality(b.delivery_ids) AS size, row_number() OVER (ORDER BY b.due_at, b.id) AS place FROM batches b
      WHERE b.lane_id = t.lane_id AND b.class = t.class AND b.workspace_id = t.workspace_id AND ${CLAIMABLE}
      ORDER BY b.due_at, b.id LIMIT CASE WHEN t.class = ${MailClass.bulk} THEN t.bulk ELSE t.urgent END) AS head
  ), turns AS (
    SELECT id, lane_id, is_bulk, size, budget, row_number() OVER (PARTITION BY lane_id, is_bulk ORDER BY class, place, id) AS turn FROM heads
  ), filling AS (
    -- One batch of every lane before anybody's second, until the memory that all lanes share is full.
    SELECT id, is_bulk, size, sum(size) OVER (PARTITION BY is_bulk ORDER BY turn, lane_id ROWS UNBOUNDED PRECEDING) AS filled FROM turns WHERE turn <= budget
  ), chosen AS (
    SELECT b.id FROM batches b WHERE b.id IN (SELECT id FROM filling WHERE NOT is_bulk OR filled - size < $5) AND b.lease_owner IS NULL AND b.hold_id IS NULL FOR UPDATE SKIP LOCKED
  )
  UPDATE batches SET lease_owner = $1, lease_epoch = lanes.lease_epoch
  FROM chosen, lanes
  WHERE batches.id = chosen.id AND lanes.id = batches.lane_id AND lanes.lease_owner = $1
  RETURNING batches.id, batches.lane_id AS "laneId", batches.workspace_id AS "workspaceId", batches.campaign_id AS "campaignId", batches.class,
    batches.attempt, batches.expires_at AS "expiresAt", batches.delivery_ids AS "deliveryIds"`;

const IS_SUPPRESSED = suppressionsOf({
  key: 'lower(d.email)',
  workspaceId: 'd.workspace_id',
  isAllowed: allowedSql('lower(d.email)', 'd.workspace_id'),
  scope: `IN ('all', CASE WHEN d.kind = ${DeliveryKind.transactional} THEN 'all' ELSE 'marketing' END)`,
}).join(' OR ');

/** Reads deliveries ahead of sending. Marketing stops at every suppression, transactional mail at those of scope `all`, a test at none. */
export function readDeliveries(dataSource: DataSource, ids: readonly RowId[]): Promise<DeliveryRow[]> {
  return dataSource.query(
    `SELECT d.id, d.email, d.kind, d.template_version_id AS "templateVersionId", d.merge, d.message_id AS "messageId",
       s.name AS "domainName", coalesce(s.is_sandbox, false) AS "isSandbox",
       d.kind <> ${DeliveryKind.test} AND (${IS_SUPPRESSED}) AS "isSuppressed"
     FROM deliveries d LEFT JOIN messages m ON m.id = d.message_id LEFT JOIN domains s ON s.id = m.domain_id WHERE d.id = ANY($1::bigint[])`,
    [ids],
  );
}
