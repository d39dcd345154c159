import * as z from 'zod';
import { instant, listOf, pagedListOf } from '../http/answers.js';

const count = z.number().int();

const email = z.object({
  object: z.string(),
  id: z.string(),
  message_id: z.string(),
  from: z.string(),
  to: z.array(z.string()).readonly(),
  cc: z.array(z.string()).readonly().nullable(),
  bcc: z.array(z.string()).readonly().nullable(),
  reply_to: z.array(z.string()).readonly().nullable(),
  subject: z.string(),
  created_at: instant,
  scheduled_at: instant.nullable(),
  last_event: z.string(),
  topic_id: z.string().nullable(),
  stream: z.string(),
});
export const emailsAnswer = listOf('Emails', email);
export const emailAnswer = email
  .extend({
    html: z.string().nullable(),
    text: z.string().nullable(),
    tags: z.array(z.object({ name: z.string(), value: z.string() })).readonly(),
    metadata: z.record(z.string(), z.string()),
  })
  .meta({ id: 'Email' });

const queuePlace = z.object({
  batch_id: z.string(),
  site: z.string(),
  provider: z.string(),
  attempt: count,
  due_at: instant,
  expires_at: instant,
  held_by: z.string().nullable(),
  is_leased: z.boolean(),
  lane_reason: z.string(),
});
const attempt = z.object({
  number: count,
  at: instant,
  outcome: z.string(),
  via: z.string(),
  bounce_class: z.string().nullable(),
  smtp_code: count.nullable(),
  enhanced_code: z.string().nullable(),
  reply: z.string(),
  mx: z.string(),
  site: z.string().nullable(),
  tls: z.object({ policy: z.string(), version: z.string().optional(), problem: z.string().optional() }).nullable(),
  duration_ms: z.number().nullable(),
  transcript: z.string().nullable(),
});
const event = z.object({
  at: instant,
  kind: z.string(),
  actor: z.string(),
  actor_reason: z.string(),
  link: count.nullable(),
});
export const tracesAnswer = listOf(
  'MessageTraces',
  z.object({
    object: z.string(),
    id: z.string(),
    message_id: z.string().nullable(),
    email: z.string(),
    kind: z.string(),
    contact_id: z.string().nullable(),
    campaign: z.object({ id: z.string(), name: z.string(), status: z.string() }).nullable(),
    accepted_at: instant,
    state: z.string(),
    queue: queuePlace.nullable(),
    attempts: z.array(attempt).readonly(),
    events: z.array(event).readonly(),
    inbound: z
      .array(z.object({ id: z.string(), kind: z.string(), from: z.string(), subject: z.string(), received_at: instant }))
      .readonly(),
    suppression: z.object({ address: z.string(), reason: z.string(), detail: z.string(), since: instant }).nullable(),
  }),
);

const thread = z.object({
  object: z.string(),
  id: z.string(),
  subject: z.string(),
  address: z.string(),
  contact_id: z.string().nullable(),
  campaign_id: z.string().nullable(),
  delivery_id: z.string().nullable(),
  messages_total: count,
  open: z.boolean(),
  created_at: instant,
  last_message_at: instant,
});
export const threadPageAnswer = pagedListOf('ThreadPage', thread);
export const threadAnswer = thread
  .extend({
    messages: z
      .array(
        z.object({
          object: z.string(),
          id: z.string(),
          direction: z.enum(['in', 'out']),
          kind: z.string(),
          message_id: z.string(),
          inbound_id: z.string().nullable(),
          delivery_id: z.string().nullable(),
          from: z.string(),
          subject: z.string(),
          text: z.string(),
          at: instant,
        }),
      )
      .readonly(),
  })
  .meta({ id: 'Thread' });
