import type { DataSource, EntityManager } from 'typeorm';
import { type Clock, type RowId, firstRowIdAt } from '#base/kernel';

/** Attempts younger than this wait for the next round: transactions that began before may still commit smaller ids. */
const SETTLE_MS = 60_000;
/** A round reads at most so much of the ledger at once. */
const WINDOW_MS = 3600_000;

/** A stretch of the ledger: attempts with `from < id <= to`. */
export interface LedgerStretch {
  readonly from: RowId;
  readonly to: RowId;
}

/**
 * Reads the ledger of attempts behind the senders, stretch by stretch, each exactly once: what `work` writes is committed together
 * with how far it has read. One reader of a name at a time.
 */
export async function readLedger(
  dataSource: DataSource,
  { reader, clock, settleMs = SETTLE_MS }: { readonly reader: string; readonly clock: Clock; readonly settleMs?: number },
  work: (manager: EntityManager, stretch: LedgerStretch) => Promise<void>,
): Promise<void> {
  const settled = firstRowIdAt(new Date(clock.now().getTime() - settleMs));
  for (let isUpToDate = false; !isUpToDate;) {
    isUpToDate = await dataSource.transaction(async (manager) => {
      const from = await lockCursor(manager, reader, settled);
      const end = BigInt(from) + (BigInt(WINDOW_MS / 1000) << 31n);
      const to = end < BigInt(settled) ? end.toString() : settled;
      if (BigInt(to) <= BigInt(from)) return true;
      await work(manager, { from, to });
      await manager.query('UPDATE ledger_cursors SET attempt_id = $2 WHERE reader = $1', [reader, to]);
      return to === settled;
    });
  }
}

/** A new reader begins with what is there. */
async function lockCursor(manager: EntityManager, reader: string, settled: RowId): Promise<RowId> {
  await manager.query(
    `INSERT INTO ledger_cursors (reader, attempt_id) SELECT $1, coalesce((SELECT min(id) - 1 FROM attempts), $2::bigint) ON CONFLICT DO NOTHING`,
    [reader, settled],
  );
  const [{ id }] = (await manager.query('SELECT attempt_id AS id FROM ledger_cursors WHERE reader = $1 FOR UPDATE', [reader])) as [
    { id: RowId },
  ];
  return id;
}
