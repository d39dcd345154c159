/** What an endpoint can ask for. The triggers of migration 0012 write these names; `email.…` are Resend's where Resend has one. */
export const webhookEventTypes = [
  'email.sent',
  'email.delivered',
  'email.delivery_delayed',
  'email.bounced',
  'email.failed',
  'email.canceled',
  'email.delivery_unknown',
  'email.suppressed',
  'email.opened',
  'email.clicked',
  'email.unsubscribed',
  'email.complained',
  'email.replied',
  'email.auto_replied',
  'email.received',
] as const;
export type WebhookEventType = (typeof webhookEventTypes)[number];
