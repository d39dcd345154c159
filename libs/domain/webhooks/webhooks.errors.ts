import { defineErrors } from '#base/kernel';

export const webhookError = defineErrors({
  webhook_not_found: {
    kind: 'not-found',
    retry: 'after-fix',
    meaning: 'This workspace has no such webhook, or the webhook no such message.',
  },
  webhook_invalid: {
    kind: 'invalid',
    retry: 'after-fix',
    meaning: 'The webhook cannot be saved. The message says which rule its address or its events break.',
  },
  webhook_limit: {
    kind: 'limit',
    retry: 'after-fix',
    meaning: 'A workspace has at most 10 webhooks. Delete one, or let one serve several uses.',
  },
});
