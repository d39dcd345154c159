import type { DataSource } from 'typeorm';

const BATCH = 5_000;

/**
 * Forgets incoming messages that were settled longer than `days` ago, in small steps. What they meant stays: events,
 * suppressions, conversations with their words. Their bytes are blobs, which others may share and this leaves alone.
 * @returns how many
 */
export async function forgetOldInbound(dataSource: DataSource, days: number, signal: AbortSignal): Promise<number> {
  let forgotten = 0;
  while (!signal.aborted) {
    const [, gone] = (await dataSource.query(
      `DELETE FROM inbound_messages WHERE id IN (
         SELECT id FROM inbound_messages WHERE processed_at < now() - $1 * interval '1 day' AND NOT (kind = 'quarantined' AND EXISTS (
           SELECT FROM quarantined_messages q WHERE q.route = 'inbound' AND q.subject_id = inbound_messages.id::text AND q.state = 'held'))
         ORDER BY id LIMIT ${BATCH})`,
      [days],
    )) as [unknown, number];
    forgotten += gone;
    if (gone < BATCH) break;
  }
  return forgotten;
}

/** Suppressions and overrides that ended a while ago; they have had no effect since. */
export async function forgetExpiredSuppressions(dataSource: DataSource): Promise<void> {
  await dataSource.query(`DELETE FROM suppressions WHERE expires_at < now() - interval '30 days'`);
  await dataSource.query(`DELETE FROM suppression_overrides WHERE expires_at < now() - interval '30 days'`);
}
