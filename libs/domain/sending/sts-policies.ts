import type { DataSource } from 'typeorm';
import type { MtaStsPolicy, MtaStsStore, StoredStsPolicy } from '#net/tls-policy';

/** MTA-STS policies in PostgreSQL, shared by all processes and kept across restarts. */
export function stsPolicyStore(dataSource: DataSource): MtaStsStore {
  return {
    async find(domain) {
      const [row]: { policy_id: string; mode: MtaStsPolicy['mode']; mx: string[]; max_age_seconds: number; fetched_at: Date }[] =
        await dataSource.query('SELECT policy_id, mode, mx, max_age_seconds, fetched_at FROM sts_policies WHERE domain = $1', [domain]);
      return row && { id: row.policy_id, mode: row.mode, mx: row.mx, maxAgeSeconds: row.max_age_seconds, fetchedAt: row.fetched_at };
    },
    async save(domain, { id, mode, mx, maxAgeSeconds, fetchedAt }: StoredStsPolicy) {
      // Of two processes that fetch at once the later answer stays.
      await dataSource.query(
        `INSERT INTO sts_policies (domain, policy_id, mode, mx, max_age_seconds, fetched_at) VALUES ($1, $2, $3, $4::text[], $5, $6)
         ON CONFLICT (domain) DO UPDATE SET policy_id = excluded.policy_id, mode = excluded.mode, mx = excluded.mx,
           max_age_seconds = excluded.max_age_seconds, fetched_at = excluded.fetched_at
         WHERE sts_policies.fetched_at <= excluded.fetched_at`,
        [domain, id, mode, mx, maxAgeSeconds, fetchedAt],
      );
    },
  };
}

/** Forgets policies that ended a day ago and more. */
export async function sweepStsPolicies(dataSource: DataSource): Promise<void> {
  await dataSource.query(`DELETE FROM sts_policies WHERE fetched_at + max_age_seconds * interval '1 second' < now() - interval '1 day'`);
}
