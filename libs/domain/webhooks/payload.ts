import type { EntityManager } from 'typeorm';
import { Actor, type BounceClass, Via } from '#base/contracts';
import type { RowId } from '#base/kernel';
import { type CompiledTemplate, mergeDataOf, renderLink } from '#domain/templates';

/** What a message is about, as its row holds it. */
export interface MessageFacts {
  readonly type: string;
  readonly subjectId: RowId | null;
  readonly occurredAt: Date;
  readonly facts: Readonly<Record<string, unknown>>;
}

interface SubjectRow {
  readonly id: RowId;
  readonly email: string;
  readonly merge: Record<string, unknown> | null;
  readonly contact_id: string | null;
  readonly message_id: string | null;
  readonly sender: string | null;
  readonly subject: string | null;
  readonly tags: { readonly name: string; readonly value: string }[] | null;
  readonly metadata: Record<string, unknown> | null;
  readonly accepted_at: Date | null;
  readonly campaign_id: string | null;
  readonly campaign_name: string | null;
  readonly from_name: string | null;
  readonly from_email: string | null;
  readonly compiled: Pick<CompiledTemplate, 'subject'> & CompiledTemplate;
}

const actorNames = { [Actor.unknown]: 'unknown', [Actor.human]: 'human', [Actor.machine]: 'machine' } as const;
const TRANSIENT: ReadonlySet<BounceClass> = new Set<BounceClass>(['mailbox-full', 'no-answer', 'dns-failure', 'expired', 'spam-block']);

/** The bodies of messages, in the shape that Resend's SDK types name; what is more than theirs stands beside it. */
export async function renderPayloads(manager: EntityManager, messages: readonly MessageFacts[]): Promise<string[]> {
  const ids = [...new Set(messages.map(({ subjectId }) => subjectId).filter((id) => id !== null))];
  const rows = (await manager.query(
    `SELECT d.id, d.email, d.merge, d.contact_id, d.message_id, m.sender, m.subject, m.tags, m.metadata, m.created_at AS accepted_at,
       d.campaign_id, c.name AS campaign_name, c.from_name, c.from_email, v.compiled
     FROM deliveries d LEFT JOIN messages m ON m.id = d.message_id LEFT JOIN campaigns c ON c.id = d.campaign_id
     LEFT JOIN template_versions v ON v.id = coalesce(d.template_version_id, c.template_version_id)
     WHERE d.id = ANY($1::bigint[])`,
    [ids],
  )) as SubjectRow[];
  const subjects = new Map(rows.map((row) => [row.id, row]));
  return messages.map((message) =>
    JSON.stringify(payloadOf(message, message.subjectId === null ? undefined : subjects.get(message.subjectId))),
  );
}

function payloadOf({ type, subjectId, occurredAt, facts }: MessageFacts, subject: SubjectRow | undefined): object {
  return {
    type,
    created_at: occurredAt.toISOString(),
    data: {
      ...(subjectId !== null && { delivery_id: subjectId }),
      ...(subject && describe(subject)),
      ...details(type, facts, occurredAt, subject),
    },
  };
}

function describe(subject: SubjectRow): object {
  const campaignFrom = subject.from_name ? `${subject.from_name} <${subject.from_email}>` : subject.from_email;
  const from = subject.sender ?? campaignFrom;
  return {
    ...(subject.message_id !== null && {
      email_id: subject.message_id,
      created_at: subject.accepted_at?.toISOString(),
      subject: subject.subject,
      // Resend's events carry them as an object.
      tags: Object.fromEntries((subject.tags ?? []).map(({ name, value }) => [name, value])),
      metadata: subject.metadata,
    }),
    to: [subject.email],
    ...(from !== null && { from }),
    ...(subject.campaign_id !== null && { broadcast_id: subject.campaign_id, broadcast_name: subject.campaign_name }),
    ...(subject.contact_id !== null && { contact_id: subject.contact_id }),
  };
}

function details(type: string, facts: MessageFacts['facts'], at: Date, subject: SubjectRow | undefined): object {
  switch (type) {
    case 'email.bounced':
      return {
        bounce: {
          type: TRANSIENT.has(facts['bounce_class'] as BounceClass) ? 'Transient' : 'Permanent',
          subType: facts['bounce_class'] ?? 'other',
          message: facts['reply'],
          late: facts['via'] === Via.dsn,
          smtp_code: facts['smtp_code'],
          enhanced_code: facts['enhanced_code'],
        },
      };
    case 'email.delivered':
    case 'email.delivery_delayed':
    case 'email.failed':
    case 'email.delivery_unknown':
      return {
        attempt: {
          number: facts['number'],
          reply: facts['reply'],
          mx: facts['mx'],
          smtp_code: facts['smtp_code'],
          enhanced_code: facts['enhanced_code'],
        },
      };
    case 'email.opened':
      return { open: reaction(facts, at), ...actor(facts) };
    case 'email.clicked':
      return { click: { link: linkOf(facts, subject), ...reaction(facts, at) }, ...actor(facts) };
    case 'email.received':
      return received(facts);
    case 'email.unsubscribed':
    case 'email.complained':
      return actor(facts);
    default:
      return {};
  }
}

/** Mail that came in, tied to what it answers. `to` above is whom we had written to, which is who writes now. */
function received({ from, subject, messageId, snippet, attachments, threadId, kind }: MessageFacts['facts']): object {
  return { from, subject, message_id: messageId, text: snippet, attachments, thread_id: threadId, kind };
}

function reaction(facts: MessageFacts['facts'], at: Date): object {
  return { ipAddress: facts['ip'], userAgent: facts['user_agent'], timestamp: at.toISOString() };
}

function actor(facts: MessageFacts['facts']): object {
  return { actor: actorNames[(facts['actor'] as Actor | undefined) ?? Actor.unknown], actor_reason: facts['actor_reason'] };
}

function linkOf(facts: MessageFacts['facts'], subject: SubjectRow | undefined): string | null {
  const position = facts['link'];
  if (!subject?.compiled || typeof position !== 'number') return null;
  return renderLink(subject.compiled, position, mergeDataOf(subject)) ?? null;
}
