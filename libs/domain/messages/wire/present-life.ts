import type { MessageTrace, TracedAttempt, TracedEvent } from '#domain/sending';

/** One thing that happened to one recipient's copy of a message. */
export interface LifeEvent {
  readonly object: 'email_event';
  readonly type: string;
  readonly created_at: Date;
  readonly recipient: string;
  /** In plain words. */
  readonly explanation: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const attemptTypes: Readonly<Record<TracedAttempt['outcome'], string>> = {
  delivered: 'email.delivered',
  deferred: 'email.delivery_delayed',
  bounced: 'email.bounced',
  failed: 'email.failed',
  cancelled: 'email.canceled',
  unknown: 'email.sent',
  suppressed: 'email.suppressed',
};

const eventTypes: Readonly<Partial<Record<TracedEvent['kind'], string>>> = {
  open: 'email.opened',
  click: 'email.clicked',
  complaint: 'email.complained',
  unsubscribe: 'email.unsubscribed',
  reply: 'email.replied',
  autoReply: 'email.auto_replied',
};

/** The whole life of a message, of all its recipients, in the order in which it happened. */
export function presentLife(traces: readonly MessageTrace[]): LifeEvent[] {
  return traces.flatMap(lifeOf).sort((a, b) => a.created_at.getTime() - b.created_at.getTime());
}

function lifeOf(trace: MessageTrace): LifeEvent[] {
  const event = (type: string, at: Date, explanation: string, data: Record<string, unknown> = {}): LifeEvent => ({
    object: 'email_event',
    type,
    created_at: at,
    recipient: trace.email,
    explanation,
    data,
  });
  const { queue } = trace;
  return [
    event('email.accepted', trace.acceptedAt, 'Chapar took the message and wrote it down.', { delivery_id: trace.id }),
    ...(queue
      ? [
          event('email.queued', trace.acceptedAt, `It waits for ${queue.site}${queue.laneReason === '' ? '' : `: ${queue.laneReason}`}.`, {
            due_at: queue.dueAt,
            expires_at: queue.expiresAt,
            attempt: queue.attempt,
            held_by: queue.heldBy,
          }),
        ]
      : []),
    ...trace.attempts.map((attempt) =>
      event(attemptTypes[attempt.outcome], attempt.at, explain(attempt), {
        attempt: attempt.number,
        smtp_code: attempt.smtpCode,
        enhanced_code: attempt.enhancedCode,
        reply: attempt.reply,
        mx: attempt.mx,
        bounce_class: attempt.bounceClass,
        tls: attempt.tls,
        duration_ms: attempt.durationMs,
        transcript: attempt.transcript,
      }),
    ),
    ...trace.events.flatMap(({ kind, at, actor, actorReason, link, data }) => {
      const type = eventTypes[kind];
      return type === undefined
        ? []
        : [event(type, at, `By a ${actor}${actorReason === '' ? '' : `: ${actorReason}`}.`, { actor, link, ...data })];
    }),
  ];
}

function explain({ outcome, mx, reply, bounceClass }: TracedAttempt): string {
  const server = mx === '' ? '' : ` by ${mx}`;
  switch (outcome) {
    case 'delivered':
      return `Taken${server}.`;
    case 'deferred':
      return `Put off${server}; it is tried again. ${reply}`;
    case 'bounced':
      return `Refused for good${server}${bounceClass === null ? '' : ` (${bounceClass})`}. ${reply}`;
    case 'unknown':
      return `Sent; the connection broke before the answer. ${reply}`;
    default:
      return reply;
  }
}
