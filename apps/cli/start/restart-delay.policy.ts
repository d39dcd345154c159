const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/** A role that was up for this long has earned a fresh count of its failures. */
export const STABLE_AFTER_MS = 60_000;

/** How long to wait before a role is started again after its n-th failure in a row: 0.5 s, doubling, at most 30 s. */
export function restartDelayMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, Math.min(failures, 20) - 1));
}
