import * as z from 'zod';
import { streams } from '#domain/egress';
import { instant, listOf } from '../http/answers.js';

const count = z.number().int();

export const statusAnswer = z
  .object({
    delivery: z.enum(['sandbox', 'live']),
    mta_workers: count,
    waiting: count,
    lanes: z
      .array(
        z.object({
          site: z.string(),
          provider: z.string(),
          reason: z.string(),
          suspended_until: instant.nullable(),
          waiting: count,
          next_due: instant.nullable(),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'Status' });

const lane = z.object({
  object: z.string(),
  id: z.string(),
  source: z.string(),
  site: z.string(),
  provider: z.string(),
  waiting: count,
  held: count,
  in_hand: count,
  oldest: instant.nullable(),
  next_due: instant.nullable(),
  attempts_per_second: z.number(),
  accepted_per_second: z.number(),
  limit_per_second: z.number().nullable(),
  suspended_until: instant.nullable(),
  reason: z.string(),
  last_reply: z.string(),
  leased_by: z.string().nullable(),
});
const order = z
  .object({
    object: z.string(),
    id: z.string(),
    action: z.string(),
    site: z.string().nullable(),
    domain: z.string().nullable(),
    campaign_id: z.string().nullable(),
    workspace_id: z.string().nullable(),
    reason: z.string(),
    ordered_by: z.string(),
    until: instant.nullable(),
    created_at: instant,
  })
  .meta({ id: 'QueueOrder' });

export const queueAnswer = listOf('QueueLanes', lane.meta({ id: 'Lane' }))
  .extend({ waiting: count, orders: z.array(order).readonly() })
  .meta({ id: 'Queue' });
export const laneAnswer = lane
  .extend({
    campaigns: z.array(z.object({ id: z.string().nullable(), name: z.string(), status: z.string(), waiting: count })).readonly(),
    orders: z.array(order).readonly(),
    replies: z.array(z.object({ outcome: count, reply: z.string(), times: count })).readonly(),
    decisions: z
      .array(
        z.object({
          object: z.string(),
          id: z.string(),
          at: instant,
          kind: z.string(),
          sentence: z.string(),
          reply: z.string(),
          facts: z.object({
            rule: z.string().nullable(),
            rate_per_second: z.number().nullable(),
            connections: z.number().nullable(),
            until: z.string().nullable(),
            times: z.number(),
            moved_to: z.array(z.string()).readonly(),
          }),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'LaneDetail' });
export const queueChangeAnswer = z.object({ changed: count, in_hand: count }).meta({ id: 'QueueChange' });
export const queueResumedAnswer = z.object({ lifted: count, changed: count }).meta({ id: 'QueueResumed' });

export const sourceAnswer = z
  .object({
    object: z.string(),
    name: z.string(),
    state: z.enum(['active', 'draining', 'disabled']),
    local_v4: z.string().nullable(),
    local_v6: z.string().nullable(),
    helo: z.string().nullable(),
    has_proxy_secret: z.boolean(),
    has_smarthost_secret: z.boolean(),
    note: z.string(),
    pools: z.array(z.object({ pool: z.string(), weight: z.number() })).readonly(),
    created_at: instant,
    updated_at: instant,
  })
  .meta({ id: 'EgressSource' });
export const sourcesAnswer = listOf('EgressSources', sourceAnswer);
export const sourceChangeAnswer = sourceAnswer
  .extend({ moved: count, moved_to: z.array(z.string()).readonly().nullish(), left: count })
  .meta({ id: 'EgressSourceState' });
export const poolsAnswer = listOf(
  'EgressPools',
  z.object({
    object: z.string(),
    name: z.string(),
    members: z.array(z.object({ source: z.string(), weight: z.number() })).readonly(),
    streams: z.array(z.object({ stream: z.enum(streams), workspace_id: z.string().nullable() })).readonly(),
  }),
);

const domainStatus = z.enum(['pending', 'verified', 'failed']);
const domain = z.object({ object: z.string(), id: z.string(), name: z.string(), status: domainStatus, created_at: instant });
export const domainsAnswer = listOf('Domains', domain);
export const domainAnswer = domain
  .extend({
    records: z
      .array(
        z.object({
          record: z.string(),
          name: z.string(),
          type: z.enum(['TXT', 'MX']),
          value: z.string(),
          priority: z.number().int().optional(),
          ttl: z.string(),
          status: z.enum(['verified', 'pending', 'not_started']),
          required: z.boolean(),
          found: z.array(z.string()).readonly().optional(),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'Domain' });
export const dkimAnswer = listOf(
  'DkimRecords',
  z.object({
    type: z.string(),
    name: z.string(),
    value: z.string(),
    action: z.enum(['add', 'keep', 'remove']),
    note: z.string().nullable(),
    required: z.boolean(),
  }),
);
