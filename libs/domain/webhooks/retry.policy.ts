const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

/** Waits after the first failure, the second and so on: eight tries in the first day, three days in all. */
const LADDER_MS = [5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 18 * HOUR, 22 * HOUR];
/** What a receiver may ask for with Retry-After. */
const MAX_ASKED_MS = 6 * HOUR;

/** An endpoint that takes nothing for so long is switched off. */
export const DISABLE_AFTER_MS = 72 * HOUR;
/** The same once a message has had all its tries: then a day is enough. */
export const GIVEN_UP_AFTER_MS = 24 * HOUR;

/**
 * @param attempts so many have failed, one or more
 * @param random 0 ≤ x < 1; a tenth of the wait is left to chance, so that what failed together does not come together again
 */
export function retryDelayMs(attempts: number, askedMs: number | undefined, random: number): number {
  const wait = LADDER_MS[Math.min(attempts, LADDER_MS.length) - 1]!;
  const jittered = wait * (0.95 + 0.1 * random);
  return Math.round(Math.max(jittered, Math.min(askedMs ?? 0, MAX_ASKED_MS)));
}

/** Retry-After (RFC 9110 §10.2.3), seconds or a date, as ms from now. */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * SECOND;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
