import * as z from 'zod';
import { MAX_STEPS, type WarmupRamp, stepsOf } from './warmup-ramp.js';
import { defaultThresholds } from './warmup.policy.js';

const amount = z.int().min(1).max(100_000_000);
const share = z.number().min(0).max(1);

export const warmupRampSchema: z.ZodType<WarmupRamp> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('list'), perDay: z.array(amount).min(1).max(MAX_STEPS) }),
  z
    .strictObject({ kind: z.literal('factor'), start: amount, factor: z.number().min(1.05).max(10), cap: amount })
    .refine(({ start, cap }) => start <= cap, { path: ['cap'], message: 'is less than start' })
    .refine((ramp) => stepsOf(ramp) < MAX_STEPS, { path: ['factor'], message: 'does not come to cap within a year' }),
]);

function threshold({ hold, back }: { readonly hold: number; readonly back: number }) {
  return z
    .strictObject({ hold: share.default(hold), back: share.default(back) })
    .refine((one) => one.hold <= one.back, { path: ['back'], message: 'is less than hold' })
    .default({ hold, back });
}

export const warmupThresholdsSchema = z.strictObject({
  deferred: threshold(defaultThresholds.deferred),
  bounced: threshold(defaultThresholds.bounced),
  complained: threshold(defaultThresholds.complained),
});

/** A plan as it is set. */
export const warmupPlanSchema = z.strictObject({
  /** Name of the egress source. */
  source: z.string().min(1).max(100),
  /** A receiving site or a provider, as `chapar queue list` shows them; `*`: all mail of the source together. */
  site: z
    .string()
    .regex(/^[^\s\p{Cc}]{1,255}$/u, 'is a site, a provider or *')
    .default('*'),
  ramp: warmupRampSchema,
  thresholds: warmupThresholdsSchema.optional(),
  /** Where the ramp begins, from 1; absent: at its first step, or where a plan that is changed has come to. */
  step: z.int().min(1).max(MAX_STEPS).optional(),
});
export type WarmupPlanSettings = z.input<typeof warmupPlanSchema>;
