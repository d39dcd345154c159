import type { DataSource, EntityManager } from 'typeorm';
import { type Logger, messageOf } from '#base/kernel';
import type { BlobStore } from '#platform/blobs';
import { SpamTraining, type TrainingKind } from './spam-training.js';

/**
 * For whoever keeps mailboxes: people moved these messages into Junk (`junk`), or out of it (`ham`). To be called in the
 * transaction that moves them; it only notes it, and the worker learns from it later.
 * @param blobs references of the messages' bytes
 */
export async function rememberMove(
  manager: EntityManager,
  workspaceId: string,
  blobs: readonly string[],
  kind: TrainingKind,
): Promise<void> {
  if (blobs.length === 0) return;
  await manager.query('INSERT INTO spam_moves (workspace_id, blob, kind) SELECT $1, blob, $3 FROM unnest($2::text[]) AS blob', [
    workspaceId,
    blobs,
    kind,
  ]);
}

const PAGE = 50;
const MAX_FAILURES = 3;

interface Move {
  readonly id: string;
  readonly workspaceId: string;
  readonly blob: string;
  readonly kind: TrainingKind;
}

/** Learns from noted moves in their order, so that the last one holds. @returns how many */
export async function learnFromMoves(dataSource: DataSource, blobs: BlobStore, logger: Logger, signal: AbortSignal): Promise<number> {
  const training = new SpamTraining(dataSource);
  let learnt = 0;
  for (let after = '0'; !signal.aborted;) {
    const page = (await dataSource.query(
      'SELECT id, workspace_id AS "workspaceId", blob, kind FROM spam_moves WHERE id > $1 ORDER BY id LIMIT $2',
      [after, PAGE],
    )) as Move[];
    for (const move of page) {
      if (signal.aborted) return learnt;
      if (await learn(dataSource, training, blobs, move, logger)) learnt++;
    }
    if (page.length < PAGE) return learnt;
    after = page.at(-1)!.id;
  }
  return learnt;
}

async function learn(dataSource: DataSource, training: SpamTraining, blobs: BlobStore, move: Move, logger: Logger): Promise<boolean> {
  try {
    const raw = await blobs.get(move.blob);
    return await dataSource.transaction(async (manager) => {
      const [, taken] = (await manager.query('DELETE FROM spam_moves WHERE id = $1', [move.id])) as [unknown, number];
      if (taken === 0) return false;
      await training.trainWithin(manager, move.workspaceId, { raw, kind: move.kind });
      return true;
    });
  } catch (error) {
    // Bytes that are gone teach nothing; a disk that does not answer is asked again.
    logger.warn({ blob: move.blob, reason: messageOf(error) }, 'a moved message could not be learnt from');
    await dataSource.query('UPDATE spam_moves SET failures = failures + 1 WHERE id = $1', [move.id]);
    await dataSource.query('DELETE FROM spam_moves WHERE id = $1 AND failures >= $2', [move.id, MAX_FAILURES]);
    return false;
  }
}
