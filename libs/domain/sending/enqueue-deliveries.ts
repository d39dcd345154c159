import type { EntityManager } from 'typeorm';
import type { MailClass } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { QUEUE_CHANNEL } from './channels.js';
import { avoidedLanes, ensureLanes, laneKey, pickLane, sourcesFor } from './lane-assignment.js';
import type { SiteDirectory } from './site-directory.js';

/** Small enough that an array of ids stays out of TOAST, large enough that a million deliveries are 4,000 rows. */
export const BATCH_SIZE = 250;

export interface EnqueueInput {
  readonly workspaceId: string;
  readonly campaignId: string | null;
  readonly class: MailClass;
  /** A delivery without a final outcome by then bounces as `expired`. */
  readonly expiresAt: Date;
  /**
   * Rows of `deliveries` that the caller inserted in the same transaction, with the domain of their address. By the address,
   * where it is given, a recipient always hears from the same egress source.
   */
  readonly deliveries: readonly { readonly id: RowId; readonly domain: string; readonly email?: string }[];
}

/**
 * Queues deliveries in the caller's transaction: batches of one lane each, and the lanes that do not exist yet.
 * The sender is woken when the transaction commits.
 * @returns the number of batches
 */
export async function enqueueDeliveries(
  manager: EntityManager,
  input: EnqueueInput,
  sites: Pick<SiteDirectory, 'lookup'>,
): Promise<number> {
  if (input.deliveries.length === 0) return 0;
  const domainOf = (delivery: { domain: string }) => delivery.domain.toLowerCase();
  const siteOf = await sites.lookup(input.deliveries.map(domainOf));
  const sources = await sourcesFor(manager, input.workspaceId, input.class);
  const avoided = await avoidedLanes(manager, sources);
  const refs = new Map<string, ReturnType<typeof pickLane>>();
  const byLane = Map.groupBy(input.deliveries, (delivery) => {
    const ref = pickLane(sources, siteOf.get(domainOf(delivery))!, delivery.email?.toLowerCase() ?? delivery.id, avoided);
    const key = laneKey(ref);
    refs.set(key, ref);
    return key;
  });
  const laneOf = await ensureLanes(manager, [...refs.values()]);
  const batches = [...byLane].flatMap(([key, deliveries]) =>
    chunk(deliveries, BATCH_SIZE).map((ids) => ({ lane_id: laneOf.get(key)!, ids: ids.map(({ id }) => id) })),
  );
  await manager.query(
    `INSERT INTO batches (lane_id, workspace_id, campaign_id, class, expires_at, delivery_ids)
     SELECT b.lane_id, $2, $3, $4, $5, b.ids::bigint[] FROM unnest($1::int[], $6::text[]) AS b (lane_id, ids)`,
    [
      batches.map((batch) => batch.lane_id),
      input.workspaceId,
      input.campaignId,
      input.class,
      input.expiresAt,
      batches.map(({ ids }) => `{${ids.join(',')}}`),
    ],
  );
  await manager.query('SELECT pg_notify($1, $2)', [QUEUE_CHANNEL, '']);
  return batches.length;
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
