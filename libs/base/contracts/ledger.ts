/** The numbers that the append-only tables store; the comments of migration 0001 repeat them. */

/** `deliveries.kind` */
export const DeliveryKind = { campaign: 0, test: 1, transactional: 2 } as const;
export type DeliveryKind = (typeof DeliveryKind)[keyof typeof DeliveryKind];

/** `batches.class`: a lower number always leaves first. */
export const MailClass = { oneTimeCode: 0, transactional: 1, bulk: 2 } as const;
export type MailClass = (typeof MailClass)[keyof typeof MailClass];

/** `attempts.outcome`. Every one but `deferred` is final, until a late bounce (`via` dsn) says otherwise. */
export const Outcome = { delivered: 1, deferred: 2, bounced: 3, failed: 4, cancelled: 5, unknown: 6, suppressed: 7 } as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** `attempts.via`: who said so: the SMTP peer, a delivery status notification that came later, or our own queue. */
export const Via = { smtp: 1, dsn: 2, queue: 3 } as const;
export type Via = (typeof Via)[keyof typeof Via];

/** `events.kind` */
export const EventKind = { open: 1, click: 2, unsubscribe: 3, complaint: 4, bounce: 5, reply: 6, autoReply: 7 } as const;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

/** `events.actor`: whether a person or a program did it. */
export const Actor = { unknown: 0, human: 1, machine: 2 } as const;
export type Actor = (typeof Actor)[keyof typeof Actor];

/** Why mail was refused for good, in the words of reports (`attempts.bounce_class`, counter dimension of `bounced`). */
export const bounceClasses = [
  'invalid-recipient',
  'bad-domain',
  'inactive-mailbox',
  'mailbox-full',
  'spam-content',
  'spam-block',
  'policy',
  'authentication',
  'message-too-large',
  'relaying',
  'no-answer',
  'dns-failure',
  'protocol',
  'expired',
  'other',
] as const;
export type BounceClass = (typeof bounceClasses)[number];

/**
 * `counters.metric`. Recipient-level metrics count a delivery once; `*_total` count every event.
 * For a campaign: recipients = queued + accepted + bounced + failed + cancelled + unknown + suppressed,
 * and delivered = accepted − late_bounced. `bounced` and `late_bounced` have the bounce class as dimension,
 * `deferred_total` and `accepted` the site's provider.
 */
export const counterMetrics = [
  'recipients',
  'accepted',
  'bounced',
  'late_bounced',
  'failed',
  'cancelled',
  'unknown',
  'suppressed',
  'deferred_total',
  'deferred_unique',
  'opens_human_unique',
  'opens_human_total',
  'opens_machine_unique',
  'opens_machine_total',
  'clicks_human_unique',
  'clicks_human_total',
  'clicks_machine_unique',
  'clicks_machine_total',
  'unsubscribed',
  'complained',
  'replied',
  'auto_replied',
] as const;
export type CounterMetric = (typeof counterMetrics)[number];
