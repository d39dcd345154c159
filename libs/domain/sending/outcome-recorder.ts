import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { Via } from '#base/contracts';
import { type Logger, type RowId, messageOf } from '#base/kernel';
import type { OutcomeRecord } from './delivery-outcome.js';
import type { Journal, JournalEntry } from './journal.js';
import { type LaneRef, ensureLanes, laneKey } from './lane-assignment.js';
import type { LeasedBatch } from './leased-batch.js';
import { recordLateOutcomes } from './record-late-outcomes.js';
import { insertBatches, recordOutcomes } from './record-outcomes.js';

/** An outcome on its way into the database. */
export interface PendingOutcome extends OutcomeRecord {
  readonly lease: LeasedBatch;
  /** Absent for outcomes that our own queue decided. */
  readonly journaled?: { readonly journal: Journal; readonly entry: JournalEntry };
}

/** Unsent deliveries of a claimed batch that go back into the queue, perhaps to another lane. */
export interface Release {
  readonly lease: LeasedBatch;
  readonly deliveryIds: readonly RowId[];
  readonly to?: LaneRef;
  /** The order that holds them back. */
  readonly holdId?: number;
  readonly dueAt: Date;
}

type Operation = { readonly kind: 'outcome'; readonly outcome: PendingOutcome } | { readonly kind: 'release'; readonly release: Release };

const FLUSH_AFTER_MS = 25;
const MAX_OPERATIONS = 500;
const RETRY_MS = 500;

/**
 * Group commit: what happened in the last moments becomes durable together, attempts, counters, retries and finished
 * batches in one transaction. While the database is away outcomes wait here, and their journal with them.
 */
export class OutcomeRecorder {
  private queue: Operation[] = [];
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private isFailing = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly logger: Logger,
    private readonly onCommitted: (outcomes: readonly PendingOutcome[]) => void = () => undefined,
  ) {}

  record(outcome: PendingOutcome): void {
    this.push({ kind: 'outcome', outcome });
  }

  release(release: Release): void {
    if (release.deliveryIds.length > 0) this.push({ kind: 'release', release });
  }

  /** Outcomes that are not in the database yet. */
  get backlog(): number {
    return this.queue.length;
  }

  /** False while commits fail: a reason to claim nothing more. */
  get isHealthy(): boolean {
    return !this.isFailing;
  }

  /** Returns when everything recorded so far is committed, however long the database takes. */
  async drain(): Promise<void> {
    while (this.queue.length > 0 || this.flushing) await this.flush();
  }

  private push(operation: Operation): void {
    this.queue.push(operation);
    if (this.flushing) return;
    if (this.queue.length >= MAX_OPERATIONS) void this.flush();
    else this.timer ??= setTimeout(() => void this.flush(), FLUSH_AFTER_MS);
  }

  /** One commit after the other: what arrives while one runs goes into the next. */
  private flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushing ??= this.commitNext().finally(() => {
      this.flushing = undefined;
      if (this.queue.length >= MAX_OPERATIONS) void this.flush();
      else if (this.queue.length > 0) this.timer ??= setTimeout(() => void this.flush(), FLUSH_AFTER_MS);
    });
    return this.flushing;
  }

  private async commitNext(): Promise<void> {
    const chunk = this.queue.slice(0, MAX_OPERATIONS);
    if (chunk.length === 0) return;
    for (let isRetry = false; ; isRetry = true) {
      try {
        await this.dataSource.transaction((manager) => this.commit(manager, chunk, isRetry));
        break;
      } catch (error) {
        if (!this.isFailing)
          this.logger.error(
            { reason: messageOf(error), outcomes: this.queue.length },
            'outcomes cannot be committed; they wait in the journal',
          );
        this.isFailing = true;
        await sleep(RETRY_MS);
      }
    }
    if (this.isFailing) this.logger.info({}, 'outcomes are committed again');
    this.isFailing = false;
    this.queue.splice(0, chunk.length);
    this.settle(chunk);
  }

  private async commit(manager: EntityManager, chunk: readonly Operation[], isRetry: boolean): Promise<void> {
    // A commit whose answer was lost with the connection may have happened.
    if (isRetry && (await this.isCommitted(manager, chunk))) return;
    const owned = await lockOwned(manager, new Set(chunk.map(leaseOf)));
    const outcomes = chunk.flatMap((operation) => (operation.kind === 'outcome' ? [operation.outcome] : []));
    const releases = await stillThere(
      manager,
      chunk.flatMap((operation) => (operation.kind === 'release' && owned.has(operation.release.lease) ? [operation.release] : [])),
    );
    const late = outcomes.filter(({ lease }) => !owned.has(lease));
    await recordOutcomes(
      manager,
      outcomes.filter(({ lease }) => owned.has(lease)),
    );
    if (late.length > 0) {
      this.logger.warn({ outcomes: late.length }, 'recorded outcomes of mail that another process had taken over');
      await recordLateOutcomes(manager, late);
    }
    await moveReleased(manager, releases);
    await closeBatches(manager, owned, settledBy(chunk), new Set(releases.map(({ lease }) => lease)));
  }

  /** The chunk is one transaction: if any of its outcomes is there, all are. */
  private async isCommitted(manager: EntityManager, chunk: readonly Operation[]): Promise<boolean> {
    const first = chunk.find((operation) => operation.kind === 'outcome');
    if (first?.kind !== 'outcome') return false;
    const { batch, deliveryId, outcome } = first.outcome;
    const rows: unknown[] = await manager.query('SELECT FROM attempts WHERE delivery_id = $1 AND number = $2 AND via <> $3 AND at = $4', [
      deliveryId,
      batch.attempt,
      Via.dsn,
      outcome.at.toISOString(),
    ]);
    return rows.length > 0;
  }

  private settle(chunk: readonly Operation[]): void {
    for (const [lease, ids] of settledBy(chunk)) lease.settle(ids);
    const outcomes = chunk.flatMap((operation) => (operation.kind === 'outcome' ? [operation.outcome] : []));
    for (const { journaled } of outcomes) journaled?.journal.settle(journaled.entry);
    this.onCommitted(outcomes);
  }
}

function leaseOf(operation: Operation): LeasedBatch {
  return operation.kind === 'outcome' ? operation.outcome.lease : operation.release.lease;
}

function settledBy(chunk: readonly Operation[]): Map<LeasedBatch, Set<RowId>> {
  const settled = new Map<LeasedBatch, Set<RowId>>();
  for (const operation of chunk) {
    const lease = leaseOf(operation);
    let ids = settled.get(lease);
    if (!ids) settled.set(lease, (ids = new Set()));
    if (operation.kind === 'outcome') ids.add(operation.outcome.deliveryId);
    else for (const id of operation.release.deliveryIds) ids.add(id);
  }
  return settled;
}

/** Which of the batches are still ours; held until the commit, so that no recovery comes between. */
async function lockOwned(manager: EntityManager, leases: ReadonlySet<LeasedBatch>): Promise<Set<LeasedBatch>> {
  const all = [...leases];
  const rows: { id: RowId; lease_owner: string | null }[] = await manager.query(
    'SELECT id, lease_owner FROM batches WHERE id = ANY($1::bigint[]) ORDER BY id FOR NO KEY UPDATE',
    [all.map(({ facts }) => facts.id)],
  );
  const ownerOf = new Map(rows.map((row) => [row.id, row.lease_owner]));
  return new Set(all.filter((lease) => ownerOf.get(lease.facts.id) === lease.owner));
}

/** What an earlier try of the same commit has moved already is not in its batch any more. */
async function stillThere(manager: EntityManager, releases: readonly Release[]): Promise<Release[]> {
  if (releases.length === 0) return [];
  const rows: { id: RowId; delivery_ids: RowId[] }[] = await manager.query(
    'SELECT id, delivery_ids FROM batches WHERE id = ANY($1::bigint[])',
    [releases.map(({ lease }) => lease.facts.id)],
  );
  const idsOf = new Map(rows.map((row) => [row.id, new Set(row.delivery_ids)]));
  return releases
    .map((release) => ({ ...release, deliveryIds: release.deliveryIds.filter((id) => idsOf.get(release.lease.facts.id)?.has(id)) }))
    .filter(({ deliveryIds }) => deliveryIds.length > 0);
}

async function moveReleased(manager: EntityManager, releases: readonly Release[]): Promise<void> {
  if (releases.length === 0) return;
  const laneOf = await ensureLanes(
    manager,
    releases.flatMap(({ to }) => to ?? []),
  );
  await insertBatches(
    manager,
    releases.map(({ lease, deliveryIds, to, holdId, dueAt }) => ({
      ...lease.facts,
      laneId: to ? laneOf.get(laneKey(to))! : lease.facts.laneId,
      dueAt,
      deliveryIds,
      holdId,
    })),
  );
}

/** Deletes batches of which nothing is open any more; what was released must not be found in its old batch again. */
async function closeBatches(
  manager: EntityManager,
  owned: ReadonlySet<LeasedBatch>,
  settled: ReadonlyMap<LeasedBatch, Set<RowId>>,
  shrunk: ReadonlySet<LeasedBatch>,
): Promise<void> {
  const finished: RowId[] = [];
  const kept: { id: RowId; ids: RowId[] }[] = [];
  for (const lease of owned) {
    const open = lease.openWithout(settled.get(lease) ?? new Set());
    if (open.length === 0) finished.push(lease.facts.id);
    else if (shrunk.has(lease)) kept.push({ id: lease.facts.id, ids: open });
  }
  if (finished.length > 0) await manager.query('DELETE FROM batches WHERE id = ANY($1::bigint[])', [finished]);
  for (const { id, ids } of kept) await manager.query('UPDATE batches SET delivery_ids = $2::bigint[] WHERE id = $1', [id, ids]);
}
