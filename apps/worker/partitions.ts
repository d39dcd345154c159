import type { WorkerParts } from './worker-parts.js';

const DAY_MS = 24 * 3600_000;

/** The append-only tables get the partitions of the months to come, long before a row needs one. */
export function keepPartitionsAhead({ dataSource, periodic }: Pick<WorkerParts, 'dataSource' | 'periodic'>): void {
  periodic.every('partitions', DAY_MS, async () => {
    await dataSource.query(
      `SELECT chapar_ensure_partitions(parent, 2) FROM (VALUES ('deliveries'), ('attempts'), ('events')) AS partitioned (parent)`,
    );
    await dataSource.query(
      `SELECT chapar_ensure_uuid_partitions(parent, 2) FROM (VALUES ('messages'), ('message_bodies')) AS partitioned (parent)`,
    );
  });
}
