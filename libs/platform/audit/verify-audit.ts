import type { DataSource } from 'typeorm';
import { GENESIS, hashOf, readEntries } from './audit-log.js';

export interface AuditVerdict {
  readonly entries: number;
  readonly isIntact: boolean;
  /** What does not fit, in a sentence; empty when all does. */
  readonly problem: string;
  /** `number:hash` of the last good entry. Kept elsewhere, it proves later that nothing up to it was changed or cut off. */
  readonly head: string;
}

const PAGE = 1_000;

/**
 * Follows the chain from its beginning. An entry that was changed, removed or put in between breaks it there. That the end
 * was cut off shows only against a head that was kept elsewhere.
 * @param anchor an earlier `head`
 */
export async function verifyAudit(dataSource: DataSource, anchor?: string): Promise<AuditVerdict> {
  let previous: Buffer = GENESIS;
  let count = 0n;
  let isAnchored = anchor === undefined;
  const head = () => `${count}:${previous.toString('hex')}`;
  const verdict = (problem: string): AuditVerdict => ({ entries: Number(count), isIntact: problem === '', problem, head: head() });
  for (;;) {
    const page = await readEntries(dataSource, `WHERE number > $1 ORDER BY number LIMIT ${PAGE}`, [count.toString()]);
    for (const entry of page) {
      if (BigInt(entry.number) !== count + 1n) return verdict(`Entry ${count + 1n} is missing.`);
      const hash = hashOf(previous, entry);
      if (!hash.equals(entry.hash)) return verdict(`Entry ${entry.number} was changed, or one before it was.`);
      previous = hash;
      count++;
      if (head() === anchor) isAnchored = true;
    }
    if (page.length < PAGE) break;
  }
  return verdict(isAnchored ? '' : 'The chain does not go through the head that was kept: it was cut off or written anew.');
}
