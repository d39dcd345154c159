import * as z from 'zod';
import { enhancedCodeOf } from './enhanced-code.js';
import { type LaneAction, type ReplyRule, matchesRule } from './reply-rules.js';

const whole = (max: number) => z.int().min(1).max(max);
const name = z.string().min(1).max(255);

/** Or `unlimited`, to lift what is limited elsewhere. */
const unlimited = z.literal('unlimited').transform(() => Number.POSITIVE_INFINITY);
const perSecond = z.union([z.number().min(0.001).max(100_000), unlimited]);
const perDay = z.union([z.int().min(1).max(2_000_000_000), unlimited]);

const limits = z.strictObject({
  connections: z
    .strictObject({ start: whole(1_000), min: whole(1_000), max: whole(1_000) })
    .partial()
    .refine(({ min, max }) => (min ?? 1) <= (max ?? 1_000), { path: ['min'], message: 'is more than max' })
    .refine(({ start, min, max }) => start === undefined || (start >= (min ?? 1) && start <= (max ?? 1_000)), {
      path: ['start'],
      message: 'is not between min and max',
    })
    .optional(),
  provider_connections: whole(10_000).optional(),
  messages_per_connection: whole(100_000).optional(),
  messages_per_second: perSecond.optional(),
  provider_messages_per_second: perSecond.optional(),
  domain_messages_per_second: perSecond.optional(),
  messages_per_day: perDay.optional(),
  provider_messages_per_day: perDay.optional(),
  domain_messages_per_day: perDay.optional(),
  dead_after_failures: whole(1_000).optional(),
  requires_tls: z.boolean().optional(),
});
export type Limits = z.output<typeof limits>;

const minutes = z.number().min(0.1).max(10_080);
const action = z
  .union([
    z.literal(['none', 'slow']),
    z.strictObject({ suspend: minutes }),
    z.strictObject({ one_connection: minutes }),
    z.strictObject({ rate: z.number().min(0.01).max(60_000), minutes }),
    z.strictObject({ switch_source: minutes }),
    z.strictObject({ bounce_rest: z.literal(['campaign', 'lane']) }),
  ])
  .transform((value): LaneAction | undefined => {
    if (value === 'none') return undefined;
    if (value === 'slow') return { kind: 'slow' };
    if ('suspend' in value) return { kind: 'suspend', minutes: value.suspend };
    if ('one_connection' in value) return { kind: 'one-connection', minutes: value.one_connection };
    if ('switch_source' in value) return { kind: 'switch-source', minutes: value.switch_source };
    if ('bounce_rest' in value) return { kind: 'bounce-rest', of: value.bounce_rest };
    return { kind: 'rate', perMinute: value.rate, minutes: value.minutes };
  });

const pattern = z
  .string()
  .min(1)
  .max(500)
  .transform((text, context) => {
    try {
      return new RegExp(text, 'i');
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is no regular expression' });
      return z.NEVER;
    }
  });

const rule = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,99}$/, 'is made of small letters, digits, dots and hyphens'),
    providers: z.array(name).min(1).max(100).optional(),
    code: z.union([z.literal([4, 5]), z.int().min(400).max(599)]),
    enhanced: z
      .string()
      .regex(/^[45](\.\d{1,3}){1,2}$/, 'is an enhanced code like 4.7.28')
      .optional(),
    text: pattern.optional(),
    action: action.optional(),
    after_per_hour: whole(100_000).optional(),
    sample: z.string().min(4).max(2_000),
  })
  .transform(({ after_per_hour, ...rest }, context): ReplyRule => {
    const made = { ...rest, ...(after_per_hour !== undefined && { afterPerHour: after_per_hour }) } as ReplyRule;
    const code = Number(/^([45]\d\d)[ -]/.exec(rest.sample)?.[1] ?? Number.NaN);
    const facts = { code, enhanced: enhancedCodeOf(rest.sample), text: rest.sample.slice(4), provider: rest.providers?.[0] ?? 'default' };
    if (Number.isNaN(code) || !matchesRule(made, facts))
      context.addIssue({ code: 'custom', path: ['sample'], message: 'is no reply that the rule matches' });
    return made;
  });

const byName = z.record(name, limits);

/** The form of a shaping file, shipped or a user's own. */
export const shapingFileSchema = z.strictObject({
  providers: byName.default({}),
  /** By name of the site, as `chapar queue list` shows it. */
  sites: byName.default({}),
  /** By name of the egress source: for all of its lanes, and among them for a provider or site. */
  sources: z.record(name, z.strictObject({ all: limits.optional(), providers: byName.default({}), sites: byName.default({}) })).default({}),
  rules: z
    .array(rule)
    .max(1_000)
    .default([])
    .superRefine((rules, context) => {
      const seen = new Set<string>();
      for (const [n, { name: ruleName }] of rules.entries()) {
        if (seen.has(ruleName)) context.addIssue({ code: 'custom', path: [n, 'name'], message: `${ruleName} is there twice` });
        seen.add(ruleName);
      }
    }),
});
export type ShapingFileContent = z.output<typeof shapingFileSchema>;
