/** How many messages a day, step by step. */
export type WarmupRamp =
  /** As listed. */
  | { readonly kind: 'list'; readonly perDay: readonly number[] }
  /** Each step `factor` times the one before, up to `cap`. */
  | { readonly kind: 'factor'; readonly start: number; readonly factor: number; readonly cap: number };

export const MAX_STEPS = 365;

/** Days that the ramp takes when all of them are good. */
export function stepsOf(ramp: WarmupRamp): number {
  if (ramp.kind === 'list') return ramp.perDay.length;
  if (ramp.start >= ramp.cap) return 1;
  return Math.min(MAX_STEPS, 1 + Math.ceil(Math.log(ramp.cap / ramp.start) / Math.log(ramp.factor)));
}

/** @param step from 1; past the end it is the last one */
export function quotaOf(ramp: WarmupRamp, step: number): number {
  const n = Math.min(Math.max(1, step), stepsOf(ramp));
  if (ramp.kind === 'list') return ramp.perDay[n - 1]!;
  return Math.min(ramp.cap, Math.max(1, Math.floor(ramp.start * ramp.factor ** (n - 1))));
}
