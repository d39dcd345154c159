import type { EntityManager } from 'typeorm';
import type { MailClass } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { QUEUE_CHANNEL } from './channels.js';
import type { SiteDirectory, SiteOfDomain } from './site-directory.js';

/** Small enough that an array of ids stays out of TOAST, large enough that a million deliveries are 4,000 rows. */
export const BATCH_SIZE = 250;

export interface EnqueueInput {
  readonly workspaceId: string;
  readonly campaignId: string | null;
  readonly class: MailClass;
  /** A delivery without a final outcome by then bounces as `expired`. */
  readonly expiresAt: Date;
  /** Rows of `deliveries` that the caller inserted in the same transaction, with the domain of their address. */
  readonly deliveries: readonly { readonly id: RowId; readonly domain: string }[];
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
  const bySite = Map.groupBy(input.deliveries, (delivery) => siteOf.get(domainOf(delivery))!.site);
  const laneOf = await ensureLanes(manager, [...siteOf.values()]);
  const batches = [...bySite].flatMap(([site, deliveries]) =>
    chunk(deliveries, BATCH_SIZE).map((ids) => ({ lane_id: laneOf.get(site)!, ids: ids.map(({ id }) => id) })),
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

/** The lane of every site, from the egress source that new mail leaves by; created where missing. */
export async function ensureLanes(manager: EntityManager, sites: readonly SiteOfDomain[]): Promise<Map<string, number>> {
  const wanted = new Map(sites.map(({ site, provider }) => [site, provider]));
  const lanes = await findLanes(manager, [...wanted.keys()]);
  // Sorted: two freezes that create the same lanes at once wait for each other instead of deadlocking.
  const missing = [...wanted].filter(([site]) => !lanes.has(site)).sort(([a], [b]) => (a < b ? -1 : 1));
  if (missing.length === 0) return lanes;
  await manager.query(
    `INSERT INTO lanes (source_id, site, provider)
     SELECT (SELECT min(id) FROM egress_sources), site, provider FROM unnest($1::text[], $2::text[]) AS wanted (site, provider)
     ON CONFLICT (source_id, site) DO NOTHING`,
    [missing.map(([site]) => site), missing.map(([, provider]) => provider)],
  );
  return findLanes(manager, [...wanted.keys()]);
}

async function findLanes(manager: EntityManager, sites: readonly string[]): Promise<Map<string, number>> {
  const rows: { id: number; site: string }[] = await manager.query(
    'SELECT id, site FROM lanes WHERE source_id = (SELECT min(id) FROM egress_sources) AND site = ANY($1::text[])',
    [sites],
  );
  return new Map(rows.map(({ id, site }) => [site, id]));
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
