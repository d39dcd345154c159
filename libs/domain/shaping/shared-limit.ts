/** A limit that several lanes, or several processes, keep together. Equal keys are one limit. */
export type SharedLimit = SharedRate | DailyVolume;

interface Named {
  readonly key: string;
  /** For people: whose limit it is, as `example.org at google`. */
  readonly label: string;
}

/** Messages a second, for all who share it. */
export interface SharedRate extends Named {
  readonly kind: 'rate';
  readonly perSecond: number;
}

/** Messages a day, counted from midnight UTC. */
export interface DailyVolume extends Named {
  readonly kind: 'daily';
  readonly perDay: number;
  /** Why it is that many, for people; absent where the limits' file says so. */
  readonly why?: string;
}

/** The day in UTC, as `2026-11-23`. */
export function utcDay(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

const DAY_MS = 86_400_000;

/** When the day in UTC ends, Unix ms. */
export function nextUtcDay(at: number): number {
  return (Math.floor(at / DAY_MS) + 1) * DAY_MS;
}
