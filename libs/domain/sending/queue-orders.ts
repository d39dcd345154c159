import type { DataSource, EntityManager } from 'typeorm';
import type { BounceClass } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { type PoolMember, memberOfSource, membersOfPool } from '#domain/egress';
import { CAMPAIGN_CHANNEL, QUEUE_CHANNEL } from './channels.js';
import type { OutgoingMessage } from './outgoing-message.js';
import type { QueueAction } from './queue-order.entity.js';

/** Which waiting mail is meant: all that is given must fit. */
export interface QueueFilter {
  /** A receiving site, or a provider: every site of it. */
  readonly site?: string | undefined;
  /** Of the recipient's address, lower case. */
  readonly domain?: string | undefined;
  readonly campaignId?: string | undefined;
  readonly workspaceId?: string | undefined;
  /** One source towards one site. */
  readonly laneId?: number | undefined;
}

export interface QueueOrder {
  readonly id: number;
  readonly action: QueueAction;
  readonly workspaceId: string | null;
  readonly campaignId: string | null;
  readonly site: string | null;
  readonly domain: string | null;
  readonly upTo: RowId | null;
  /** Of a move: the source, or the pool of sources, that takes the mail. */
  readonly toSourceId: number | null;
  readonly toPoolId: number | null;
  readonly laneId: number | null;
  /** Of a bounce. */
  readonly bounceClass: BounceClass;
  readonly reason: string;
  readonly orderedBy: string;
  readonly until: Date | null;
  readonly createdAt: Date;
}

const COLUMNS = `id, action, workspace_id AS "workspaceId", campaign_id AS "campaignId", site, domain, lane_id AS "laneId", bounce_class AS "bounceClass", up_to AS "upTo", to_source_id AS "toSourceId",
  to_pool_id AS "toPoolId", reason,
  ordered_by AS "orderedBy", until, created_at AS "createdAt"`;

/** Orders in force, the final ones first, then those that hold, then moves, of which the newest decides. */
export function readOrders(dataSource: Pick<DataSource, 'query'>): Promise<QueueOrder[]> {
  return dataSource.query(`SELECT ${COLUMNS} FROM queue_orders WHERE until IS NULL OR until > now() 
    ORDER BY CASE action WHEN 'hold' THEN 1 WHEN 'move' THEN 2 ELSE 0 END, CASE action WHEN 'move' THEN -id ELSE id END`);
}

export async function insertOrder(
  manager: EntityManager,
  order: Omit<QueueOrder, 'id' | 'createdAt' | 'upTo'> & { readonly onlyExisting: boolean },
): Promise<QueueOrder> {
  const [row] = (await manager.query(
    `INSERT INTO queue_orders (action, workspace_id, campaign_id, site, domain, up_to, reason, ordered_by, until, to_source_id, to_pool_id, lane_id, bounce_class)
     VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN chapar_row_id() END, $7, $8, $9, $10, $11, $12, $13) RETURNING ${COLUMNS}`,
    [
      order.action,
      order.workspaceId,
      order.campaignId,
      order.site,
      order.domain,
      order.onlyExisting,
      order.reason,
      order.orderedBy,
      order.until,
      order.toSourceId,
      order.toPoolId,
      order.laneId,
      order.bounceClass,
    ],
  )) as QueueOrder[];
  return row!;
}

/** Senders look at the orders, and for mail, as soon as the transaction commits. */
export async function announceOrders(manager: Pick<EntityManager, 'query'>): Promise<void> {
  await manager.query('SELECT pg_notify($1, $2), pg_notify($3, $4)', [CAMPAIGN_CHANNEL, '', QUEUE_CHANNEL, '']);
}

/** Names of the lane that a message waits in. */
interface LaneNames {
  readonly id: number;
  readonly sourceId: number;
  readonly site: string;
  readonly provider: string;
}

/** The orders in force, asked message by message. */
export class StandingOrders {
  private constructor(
    private readonly orders: readonly QueueOrder[],
    private readonly targets: ReadonlyMap<number, readonly PoolMember[]>,
  ) {}

  static async read(dataSource: DataSource): Promise<StandingOrders> {
    const orders = await readOrders(dataSource);
    const targets = new Map<number, readonly PoolMember[]>();
    for (const order of orders) if (order.action === 'move') targets.set(order.id, await moveTargets(dataSource, order));
    return new StandingOrders(orders, targets);
  }

  /** Where a move leads. */
  targetsOf(order: QueueOrder): readonly PoolMember[] {
    return this.targets.get(order.id) ?? [];
  }

  get isEmpty(): boolean {
    return this.orders.length === 0;
  }

  /** What to do with it instead of sending it, if anything. */
  find(message: Pick<OutgoingMessage, 'workspaceId' | 'domain' | 'deliveryId' | 'lease'>, lane: LaneNames): QueueOrder | undefined {
    const order = this.orders.find((one) => fits(one, message, lane));
    if (order?.action !== 'move') return order;
    // Nobody there to take it, or it is there already: it leaves from where it is.
    const targets = this.targetsOf(order);
    return targets.length === 0 || targets.some(({ sourceId }) => sourceId === lane.sourceId) ? undefined : order;
  }
}

/** Sources that a move leads to and that take mail now. */
export async function moveTargets(
  manager: Pick<EntityManager, 'query'>,
  { toSourceId, toPoolId }: Pick<QueueOrder, 'toSourceId' | 'toPoolId'>,
): Promise<PoolMember[]> {
  const members =
    toSourceId !== null ? await memberOfSource(manager, toSourceId) : toPoolId !== null ? await membersOfPool(manager, toPoolId) : [];
  return members.filter(({ state }) => state === 'active');
}

function fits(
  order: QueueOrder,
  message: Pick<OutgoingMessage, 'workspaceId' | 'domain' | 'deliveryId' | 'lease'>,
  lane: LaneNames,
): boolean {
  const { workspaceId, campaignId, site, domain, laneId, upTo } = order;
  return (
    (workspaceId === null || workspaceId === message.workspaceId) &&
    (campaignId === null || campaignId === message.lease.facts.campaignId) &&
    (domain === null || domain === message.domain) &&
    (laneId === null || laneId === lane.id) &&
    (site === null || isSite(site, lane)) &&
    (upTo === null || BigInt(message.deliveryId) <= BigInt(upTo))
  );
}

function isSite(name: string, { site, provider }: Pick<LaneNames, 'site' | 'provider'>): boolean {
  return name === site || (name === provider && provider !== 'default');
}

/** The same in SQL, but for the domain: `b` is a batch and `l` its lane; the parameters from `first` on are site, campaign, workspace and lane. */
export function batchFilter(first: number): string {
  const [site, campaign, workspace, lane] = [`$${first}::text`, `$${first + 1}::uuid`, `$${first + 2}::uuid`, `$${first + 3}::int`];
  return `(${site} IS NULL OR l.site = ${site} OR (l.provider = ${site} AND l.provider <> 'default'))
    AND (${campaign} IS NULL OR b.campaign_id = ${campaign}) AND (${workspace} IS NULL OR b.workspace_id = ${workspace})
    AND (${lane} IS NULL OR b.lane_id = ${lane})`;
}

export function batchFilterValues({ site, campaignId, workspaceId, laneId }: QueueFilter): (string | number | null)[] {
  return [site ?? null, campaignId ?? null, workspaceId ?? null, laneId ?? null];
}

/** The words of the outcome that an order gives. */
export function explainOrder({ action, orderedBy, reason }: Pick<QueueOrder, 'action' | 'orderedBy' | 'reason'>): string {
  const did = { hold: 'Held', bounce: 'Bounced', cancel: 'Cancelled', move: 'Moved' }[action];
  return `${did} by ${orderedBy}${reason === '' ? '.' : `: ${reason}`}`;
}

/**
 * Lifts orders and frees what they held: due as it was, and with as much time left as it had when it was set aside. A
 * one-time code alone is not kept fresh: nobody waits for it any longer.
 * @returns how many deliveries are free
 */
export async function liftOrders(manager: EntityManager, ids: readonly number[]): Promise<number> {
  if (ids.length === 0) return 0;
  await manager.query('DELETE FROM queue_orders WHERE id = ANY($1::int[])', [ids]);
  return free(manager, 'hold_id = ANY($1::int[])', [ids]);
}

/** Ends orders whose time is over, and frees what was set aside for an order that is gone. */
export async function sweepOrders(dataSource: DataSource): Promise<number> {
  return dataSource.transaction(async (manager) => {
    await manager.query('DELETE FROM queue_orders WHERE until <= now()');
    return free(manager, 'hold_id IS NOT NULL AND NOT EXISTS (SELECT FROM queue_orders o WHERE o.id = hold_id)', []);
  });
}

async function free(manager: EntityManager, which: string, values: unknown[]): Promise<number> {
  const [rows]: [{ size: number }[], number] = await manager.query(
    `UPDATE batches SET hold_id = NULL, held_at = NULL, expires_at = CASE class WHEN 0 THEN expires_at ELSE expires_at + (now() - held_at) END
     WHERE ${which} RETURNING cardinality(delivery_ids) AS size`,
    values,
  );
  return rows.reduce((sum, { size }) => sum + size, 0);
}
