import * as z from 'zod';
import { instant, listOf } from '../http/answers.js';

export const sessionAnswer = z
  .object({
    email: z.string(),
    name: z.string(),
    role: z.string(),
    workspace: z.string(),
    /** May see and change what belongs to the whole installation. */
    is_instance_admin: z.boolean(),
  })
  .meta({ id: 'Session' });

export const apiKeysAnswer = listOf(
  'ApiKeys',
  z.object({
    id: z.string(),
    name: z.string(),
    prefix: z.string(),
    permission: z.string(),
    domain: z.string().nullable(),
    allowed_networks: z.array(z.string()).readonly(),
    created_at: instant,
    last_used_at: instant.nullable(),
    expires_at: instant.nullable(),
  }),
);
export const newApiKeyAnswer = z.object({ object: z.string(), id: z.string(), token: z.string() }).meta({ id: 'ApiKeyMade' });

const webhook = z.object({
  object: z.string(),
  id: z.string(),
  endpoint: z.string(),
  description: z.string(),
  events: z.array(z.string()).readonly(),
  status: z.enum(['enabled', 'disabled']),
  status_reason: z.string(),
  failing_since: instant.nullable(),
  created_at: instant,
});
export const webhookAnswer = webhook.meta({ id: 'Webhook' });
export const webhooksAnswer = listOf('Webhooks', webhook);
export const newWebhookAnswer = webhook.extend({ signing_secret: z.string() }).meta({ id: 'WebhookMade' });
export const rotatedWebhookAnswer = z
  .object({ object: z.string(), id: z.string(), signing_secret: z.string(), old_secret_valid_until: instant.nullable() })
  .meta({ id: 'WebhookSecret' });
export const webhookReplayAnswer = z.object({ object: z.string(), messages: z.number().int() }).meta({ id: 'WebhookReplayed' });
export const webhookTestAnswer = z.object({ object: z.string(), id: z.string() }).meta({ id: 'WebhookMessageRef' });

const webhookMessage = z.object({
  object: z.string(),
  id: z.string(),
  event_id: z.string(),
  type: z.string(),
  created_at: instant,
  state: z.enum(['waiting', 'delivered', 'given_up']),
  tries: z.number().int(),
  next_attempt_at: instant.nullable(),
  last_status_code: z.number().int().nullable(),
  last_error: z.string(),
});
export const webhookMessagesAnswer = listOf('WebhookMessages', webhookMessage);
export const webhookMessageAnswer = webhookMessage
  .extend({
    attempts: z
      .array(
        z.object({
          at: instant,
          status_code: z.number().int().nullable(),
          error: z.string(),
          response: z.string(),
          duration_ms: z.number(),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'WebhookMessage' });

export const auditAnswer = listOf(
  'AuditEntries',
  z.object({
    object: z.string(),
    number: z.string(),
    at: instant,
    actor: z.string(),
    action: z.string(),
    target: z.string(),
    detail: z.string(),
  }),
);
